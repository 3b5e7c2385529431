import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKey } from '../src/access/keys.ts';
import { makeForm } from './support/multipart.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let api: OpenApp;
let one: string;
let other: string;
beforeAll(async () => {
  api = await openApp({ auth: true, loopbackOnly: false });
  const make = async (name: string) =>
    (await makeKey(api.pool, { name, scopes: ['admin'], datasourceIds: null, clients: null, expiresAt: null })).key;
  [one, other] = [await make('one'), await make('other')];
});
afterAll(() => api.close());

const post = (url: string, payload: object | Buffer, idempotencyKey: string, more: Record<string, string> = {}) =>
  api.app.inject({
    method: 'POST',
    url,
    headers: { host: 'farm.example', 'x-api-key': one, 'idempotency-key': idempotencyKey, ...more },
    payload,
  });
const source = (externalId: string) => ({ external_id: externalId, source_category: 'device', data_type: 'energy' });
const count = async (table: string) =>
  Number((await api.database.pool.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]!.n);

describe('a request with an Idempotency-Key', () => {
  test('that comes again gets the same answer, and does nothing', async () => {
    const first = await post('/datasources', source('a'), 'k1');
    expect(first.statusCode).toBe(201);
    const again = await post('/datasources', source('a'), 'k1');
    expect([again.statusCode, again.payload, again.headers.location]).toEqual([
      201,
      first.payload,
      first.headers.location,
    ]);
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    // Without the key, it is a second one.
    expect((await post('/datasources', source('a'), 'k2')).json().code).toBe('datasource_exists');
    expect((await post('/datasources', source('a'), 'k2')).json().code).toBe('datasource_exists');
  });

  test('is refused where the key was sent with another request', async () => {
    await post('/datasources', source('b'), 'k3');
    for (const [url, body] of [
      ['/datasources', source('c')],
      ['/api/v1/datasources', source('b')],
    ] as const) {
      const mismatch = await post(url, body, 'k3');
      expect([mismatch.statusCode, mismatch.json().code]).toEqual([422, 'idempotency_mismatch']);
    }
  });

  test('of another key of the API is another request', async () => {
    await post('/datasources', source('d'), 'k4');
    expect((await post('/datasources', source('e'), 'k4', { 'x-api-key': other })).statusCode).toBe(201);
  });

  test('many at once: one is done, the others are told to wait or get its answer', async () => {
    const before = await count('datasource');
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/datasources', source('f'), 'k5')));
    expect(await count('datasource')).toBe(before + 1);
    for (const { statusCode, payload } of answers)
      expect(statusCode === 201 || JSON.parse(payload).code === 'idempotency_busy').toBe(true);
    expect((await post('/datasources', source('f'), 'k5')).statusCode).toBe(201);
  });

  test('whose answer never came, as the service died, is done again after a while', async () => {
    await post('/datasources', source('g'), 'k6');
    await api.database.pool.query(
      "UPDATE idempotent_request SET status = NULL, body = NULL, created_at = now() - interval '3 minutes' WHERE key = 'k6'",
    );
    expect((await post('/datasources', source('g'), 'k6')).json().code).toBe('datasource_exists');
  });

  test('is forgotten after a day', async () => {
    await post('/datasources', source('h'), 'k7');
    await api.database.pool.query("UPDATE idempotent_request SET created_at = now() - interval '25 hours'");
    expect((await post('/datasources', source('i'), 'k7')).statusCode).toBe(201);
  });

  test('that failed on our side is done anew', async () => {
    await api.database.pool.query('ALTER TABLE datasource RENAME COLUMN description TO gone');
    const failed = await post('/datasources', source('j'), 'k8');
    expect(failed.statusCode).toBeGreaterThanOrEqual(500);
    await api.database.pool.query('ALTER TABLE datasource RENAME COLUMN gone TO description');
    expect((await post('/datasources', source('j'), 'k8')).statusCode).toBe(201);
  });

  test.each(['', ' ', 'ü', 'x'.repeat(201)])('must have a key that is one: %j', async (key) => {
    if (key === '') return expect((await post('/datasources', source('x'), key)).statusCode).toBe(400);
    expect((await post('/datasources', source('x'), key)).json().code).toBe('invalid_request');
  });
});

describe('an upload with an Idempotency-Key', () => {
  const upload = (content: string, key: string, boundaryName = 'm-x.csv') => {
    const form = makeForm([{ name: 'file', filename: boundaryName, value: content }]);
    return post('/batches', form.payload, key, form.headers);
  };

  test('that comes again is the same batch, not a duplicate', async () => {
    const first = await upload('a,b\n1,2\n', 'u1');
    expect(first.statusCode).toBe(202);
    const again = await upload('a,b\n1,2\n', 'u1');
    expect([again.statusCode, again.json().batch_id, again.headers.location]).toEqual([
      202,
      first.json().batch_id,
      first.headers.location,
    ]);
    expect((await upload('a,b\n1,2\n', 'u2')).json().code).toBe('duplicate_file');
    expect((await upload('a,b\n1,3\n', 'u1')).json().code).toBe('idempotency_mismatch');
    expect((await upload('a,b\n1,2\n', 'u1', 'other-x.csv')).json().code).toBe('idempotency_mismatch');
  });
});

test('a new API key is kept nowhere, whatever is sent with the request', async () => {
  const made = await post('/keys', { name: 'x', scopes: ['read'] }, 'k9');
  expect(made.statusCode).toBe(201);
  const { rows } = await api.database.pool.query('SELECT * FROM idempotent_request');
  expect(JSON.stringify(rows)).not.toContain(made.json().key);
});
