// Reads the OpenAPI document of an app, and finds what in an answer is not as it declares. Asks nothing else.
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { OpenApp } from './open-app.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
}
export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, Answer | { readonly $ref: string }>>;
}
export interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

export interface ApiDocument {
  readonly operations: readonly { readonly path: string; readonly method: string; readonly operation: Operation }[];
  /** Of an answer, in what it differs from what is declared; undefined where it does not. */
  findFlaw(
    operation: Operation,
    response: { statusCode: number; headers: object; payload: string },
  ): string | undefined;
  /** In what `value` differs from a schema of the components. */
  findMismatch(schema: string, value: unknown): string | undefined;
}

interface Source {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object; readonly responses: Readonly<Record<string, Answer>> };
}

export async function readDocument(app: OpenApp['app']): Promise<ApiDocument> {
  const source = (await app.inject({ url: '/openapi.json', headers: { host: 'localhost' } })).json() as Source;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (formats as unknown as (on: Ajv2020) => void)(ajv);
  ajv.addSchema({ $id: 'doc', components: source.components });
  const check = (schema: object, value: unknown): string | undefined => {
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"doc#/components/');
    const validate = ajv.compile(JSON.parse(text));
    return validate(value) ? undefined : `${ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 300)}`;
  };
  const findDeclared = (answer: Operation['responses'][string] | undefined): Answer | undefined =>
    answer !== undefined && '$ref' in answer
      ? source.components.responses[answer.$ref.replace('#/components/responses/', '')]
      : answer;
  return {
    operations: Object.entries(source.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    ),
    findMismatch: (schema, value) => check({ $ref: `#/components/schemas/${schema}` }, value),
    findFlaw(operation, { statusCode, headers, payload }) {
      const type = String((headers as Record<string, unknown>)['content-type'] ?? '').split(';')[0] ?? '';
      if (statusCode >= 500) return `${statusCode}: ${payload.slice(0, 300)}`;
      const declared = findDeclared(operation.responses[statusCode]);
      if ([304, 404, 405, 414, 431].includes(statusCode) && declared === undefined) return undefined;
      if (declared === undefined) return `${statusCode} is not declared: ${payload.slice(0, 300)}`;
      const schema = declared.content?.[type]?.schema;
      if (declared.content !== undefined && schema === undefined && payload !== '')
        return `${statusCode} as ${type} is not declared`;
      if (!/json$/.test(type) || schema === undefined || payload === '') return undefined;
      const mismatch = check(schema, JSON.parse(payload));
      return mismatch === undefined ? undefined : `${statusCode}: ${mismatch}`;
    },
  };
}
