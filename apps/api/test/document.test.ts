// The document is held to rules, as prose is: whoever reads it finds every operation named, described, sorted, and its failures told.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from './support/open-app.ts';

/** Rules of Redocly's linter (https://redocly.com/docs/cli/rules); none of them reaches the internet. */
const RULES = {
  struct: 'error',
  'no-unresolved-refs': 'error',
  'no-unused-components': 'error',
  'spec-components-invalid-map-name': 'error',
  'info-license': 'error',
  'no-empty-servers': 'error',
  'operation-operationId': 'error',
  'operation-operationId-unique': 'error',
  'operation-operationId-url-safe': 'error',
  'operation-summary': 'error',
  'operation-description': 'error',
  'operation-tag-defined': 'error',
  'operation-singular-tag': 'error',
  'tag-description': 'error',
  'operation-2xx-response': 'error',
  'operation-4xx-response': 'error',
  'operation-parameters-unique': 'error',
  'parameter-description': 'error',
  'path-parameters-defined': 'error',
  'path-declaration-must-exist': 'error',
  'path-not-include-query': 'error',
  'no-path-trailing-slash': 'error',
  'no-identical-paths': 'error',
  'no-enum-type-mismatch': 'error',
  'no-required-schema-properties-undefined': 'error',
  'no-schema-type-mismatch': 'error',
  'no-invalid-media-type-examples': { severity: 'error', allowAdditionalProperties: false },
  'no-invalid-schema-examples': { severity: 'error', allowAdditionalProperties: false },
  'no-invalid-parameter-examples': 'error',
  'security-defined': 'error',
} as const;

let api: OpenApp;
let source: string;
beforeAll(async () => {
  api = await openApp();
  source = (await api.app.inject({ url: '/openapi.json', headers: { host: 'localhost' } })).payload;
});
afterAll(() => api.close());

async function lint(document: string): Promise<string[]> {
  const config = await createConfig({ rules: RULES });
  const problems = await lintFromString({ source: document, absoluteRef: 'openapi.json', config });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`);
}

describe('the document', () => {
  test('keeps the rules', async () => {
    expect(await lint(source)).toEqual([]);
  });
});

type Mutable = {
  paths: Record<string, Record<string, Record<string, unknown>>>;
  components: { schemas: Record<string, object> };
};
const setList = (document: Mutable, members: object): unknown =>
  Object.assign(document.paths['/batches']!.get!, members);
const setSchema = (document: Mutable, name: string, schema: object | undefined): unknown =>
  Object.assign(document.components.schemas, { [name]: schema });

// Each rule is shown to bite: a list of rules that nothing can break would be worth nothing. What is undefined is left out of JSON.
test.each<[string, (document: Mutable) => unknown]>([
  ['operation-operationId-unique', (document) => setList(document, { operationId: 'listDatasources' })],
  ['operation-summary', (document) => setList(document, { summary: undefined })],
  ['operation-description', (document) => setList(document, { description: undefined })],
  ['operation-tag-defined', (document) => setList(document, { tags: ['unheard-of'] })],
  ['operation-4xx-response', (document) => setList(document, { responses: { 200: { description: 'x' } } })],
  ['security-defined', (document) => setList(document, { security: [{ unheard_of: [] }] })],
  ['no-unused-components', (document) => setSchema(document, 'Unused', { type: 'object' })],
  ['no-unresolved-refs', (document) => setSchema(document, 'Batch', undefined)],
  [
    'no-invalid-schema-examples',
    (document) => setSchema(document, 'Health', { type: 'string', examples: [{ status: 'perhaps' }] }),
  ],
  [
    'no-invalid-media-type-examples',
    (document) => {
      const content = { 'application/json': { schema: { type: 'integer' }, example: 'one' } };
      return setList(document, { responses: { 200: { description: 'x', content } } });
    },
  ],
])('%s is kept because what breaks it is found', async (rule, breakIt) => {
  const document = JSON.parse(source) as Mutable;
  breakIt(document);
  expect((await lint(JSON.stringify(document))).map((line) => line.split(':', 1)[0])).toContain(rule);
});
