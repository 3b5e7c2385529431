// The document is true: whatever is asked, the answer is one that it declares, in the form that it declares, and never a 5xx.
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addBatch, addDays, addHours, addSource, sumMonths } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';
import { addWebhook, endBatch } from './webhooks/support.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, Answer | { readonly $ref: string }>>;
}
interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

let api: OpenApp;
let document: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object; readonly responses: Readonly<Record<string, Answer>> };
};
let known: readonly string[];
const ajv = new Ajv2020({ strict: false, allErrors: true });
(formats as unknown as (on: Ajv2020) => void)(ajv);

beforeAll(async () => {
  api = await openApp();
  const { pool } = api.database;
  const meter = await addSource(pool, 'meter-1', { client: 'Farm A' });
  const batch = await addBatch(pool, [meter], { source_name: 'a.csv' });
  await addHours(pool, meter, batch, '2025-03-28T00:00Z', '2025-04-02T00:00Z');
  await addDays(pool, meter, batch, '2025-03-28', '2025-04-03');
  await sumMonths(pool);
  const webhook = await addWebhook(pool, 'https://hooks.example/');
  await endBatch(pool, [meter]);
  known = [
    String(meter),
    'meter-1',
    'Farm A',
    batch,
    '2025-03-30',
    '2025-03-30T01:00:00Z',
    webhook,
    'Asia/Nicosia',
    'internal',
    '1',
    '0',
  ];
  document = (await api.app.inject({ url: '/openapi.json', headers: { host: 'localhost' } })).json();
  ajv.addSchema({ $id: 'doc', components: document.components });
});
afterAll(() => api.close());

const findDeclared = (answer: Operation['responses'][string] | undefined): Answer | undefined =>
  answer !== undefined && '$ref' in answer
    ? document.components.responses[answer.$ref.replace('#/components/responses/', '')]
    : answer;

/** Of an answer that is declared, whether its body is what was declared. */
function findFlaw(
  operation: Operation,
  response: { statusCode: number; headers: object; payload: string },
): string | undefined {
  const { statusCode, payload } = response;
  const type = String((response.headers as Record<string, unknown>)['content-type'] ?? '').split(';')[0] ?? '';
  if (statusCode >= 500) return `${statusCode}: ${payload.slice(0, 300)}`;
  if ([304, 404, 405, 414, 431].includes(statusCode) && operation.responses[statusCode] === undefined) return undefined;
  const declared = findDeclared(operation.responses[statusCode]);
  if (declared === undefined) return `${statusCode} is not declared: ${payload.slice(0, 300)}`;
  const schema = declared.content?.[type]?.schema;
  if (declared.content !== undefined && schema === undefined && payload !== '')
    return `${statusCode} as ${type} is not declared`;
  if (!/json$/.test(type) || schema === undefined || payload === '') return undefined;
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"doc#/components/');
  const validate = ajv.compile(JSON.parse(text));
  return validate(JSON.parse(payload))
    ? undefined
    : `${statusCode}: ${ajv.errorsText(validate.errors)} in ${payload.slice(0, 300)}`;
}

const listOperations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

const odd = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.integer().map(String),
  fc.constantFrom(
    '',
    '-1',
    '99999999999999999999',
    '1e9',
    'NaN',
    'null',
    '2025-02-30',
    '0000-01-01',
    '9999-12-31',
    '275760-09-14',
    '2025-03-30T01:00:00+99:00',
    "';--",
    '\u0000',
    '%',
    '../..',
  ),
);
const makeValue = ({ schema }: Parameter) => {
  const choices = [schema, ...(schema.anyOf ?? [])].flatMap(({ enum: values }) => values ?? []).map(String);
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known, ...choices) }, { weight: 2, arbitrary: odd });
};
const body = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(
    '',
    '{}',
    '[]',
    'null',
    '{"dry_run":true}',
    '[{"external_id":"meter-1","ts":"2025-01-01T00:00:00Z","energy_kwh":1}]',
    '{"name":"x","scopes":["read"]}',
    '{"url":"https://hooks.example/in"}',
    '{"url":"https://127.0.0.1/","events":["batch.failed"]}',
    '{"active":false,"events":null}',
    '{"external_id":"x","source_category":"device","data_type":"energy"}',
    '{"timezone":"Mars/Base"}',
    '{"__proto__":{}}',
    '{"a":',
  ),
);

describe('every operation', () => {
  test('answers whatever is asked with what the document declares', async () => {
    // These wait for an ingestor, of which there is none here, up to half a minute; the events never end.
    const waits = /^(undo|redo|replay|post|follow)/;
    for (const { path, method, operation } of listOperations().filter(
      (one) => !waits.test(one.operation.operationId),
    )) {
      const parameters = operation.parameters ?? [];
      const request = fc.record({
        values: fc.tuple(
          ...parameters.map((parameter) =>
            fc.option(makeValue(parameter), { nil: undefined, freq: parameter.in === 'path' ? 1_000 : 2 }),
          ),
        ),
        extra: fc.option(fc.tuple(fc.stringMatching(/^[a-z_]{1,8}$/), odd), { nil: undefined, freq: 4 }),
        body,
        accept: fc.constantFrom(undefined, 'application/json', 'text/csv', '*/*;q=0', 'x/y'),
      });
      await fc.assert(
        fc.asyncProperty(request, async ({ values, extra, body: payload, accept }) => {
          let url = path;
          const query = new URLSearchParams();
          parameters.forEach((parameter, at) => {
            const value = values[at];
            if (parameter.in === 'path') url = url.replace(`{${parameter.name}}`, encodeURIComponent(value || 'x'));
            else if (value !== undefined) query.append(parameter.name, value);
          });
          if (extra !== undefined) query.append(...extra);
          const sends = operation.requestBody !== undefined;
          const response = await api.app.inject({
            method: method as 'GET',
            url: `${url}?${query}`,
            headers: {
              host: 'localhost',
              ...(accept === undefined ? {} : { accept }),
              ...(sends ? { 'content-type': 'application/json' } : {}),
            },
            ...(sends ? { payload } : {}),
          });
          const flaw = findFlaw(operation, response);
          if (flaw !== undefined) expect.unreachable(`${method} ${url}?${query} ${sends ? payload : ''}\n${flaw}`);
        }),
        { numRuns: Number(process.env.FUZZ_RUNS ?? 40) },
      );
    }
  }, 240_000);
});
