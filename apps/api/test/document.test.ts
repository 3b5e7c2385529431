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
