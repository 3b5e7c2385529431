// The document is true: whatever is asked, the answer is one that it declares, in the form that it declares, and never a 5xx.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiDocument, type Parameter, readDocument } from './support/document.ts';
import { addBatch, addDays, addHours, addSource, sumMonths } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';
import { addWebhook, endBatch } from './webhooks/support.ts';

let api: OpenApp;
let document: ApiDocument;
let known: readonly string[];

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
  document = await readDocument(api.app);
});
afterAll(() => api.close());

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
    // These wait for an ingestor, of which there is none here (see conformance-ingestor.test.ts); the events never end.
    const waits = /^(undo|redo|replay|post|follow)/;
    for (const { path, method, operation } of document.operations.filter(
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
          const flaw = document.findFlaw(operation, response);
          if (flaw !== undefined) expect.unreachable(`${method} ${url}?${query} ${sends ? payload : ''}\n${flaw}`);
        }),
        { numRuns: Number(process.env.FUZZ_RUNS ?? 40) },
      );
    }
  }, 240_000);
});
