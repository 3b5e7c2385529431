// What a request may not say ends in a problem with a code, the field and what is allowed, and changes nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addBatch, addDays, addHours, addSource } from './support/fixtures.ts';
import { makeForm } from './support/multipart.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let api: OpenApp;
let meter: number;
let batch: string;
beforeAll(async () => {
  api = await openApp();
  meter = await addSource(api.database.pool, 'meter', { timezone: 'UTC', client: 'Farm' });
  batch = await addBatch(api.database.pool, [meter]);
  await addHours(api.database.pool, meter, batch, '2025-01-01T00:00Z', '2025-01-02T00:00Z');
  await addDays(api.database.pool, meter, batch, '2025-01-01', '2025-01-05');
}, 120_000);
afterAll(() => api.close());

const headers = { host: 'localhost' };
const get = (url: string) => api.app.inject({ url, headers });
const send = (method: 'POST' | 'PATCH', url: string, payload: string) =>
  api.app.inject({ method, url, headers: { ...headers, 'content-type': 'application/json' }, payload });
const tell = (response: { statusCode: number; json: () => { code: string; errors: { field: string }[] } }) => {
  const { code, errors } = response.json();
  return [response.statusCode, code, errors.map(({ field }) => field).join()];
};
const INVALID = (field: string) => [400, 'invalid_request', field];

describe('a query', () => {
  test.each([
    '/datasources/freshness',
    '/datasources/types',
    '/datasources/external/meter',
    '/errors/file_empty',
    '/keys',
  ])('%s refuses what it does not know', async (path) => {
    expect((await get(path)).statusCode).toBe(200);
    expect(tell(await get(`${path}?colour=red`))).toEqual(INVALID('colour'));
    expect(tell(await get(`/api/v1${path}?colour=red`))).toEqual(INVALID('colour'));
  });

  test('of a route that anybody may ask for is let through: probes put all sorts of things there', async () => {
    expect((await get('/health?t=1')).statusCode).toBe(200);
  });

  test('with what belongs into the body undoes nothing', async () => {
    const undo = await api.app.inject({ method: 'POST', url: `/batches/${batch}/undo?dry_run=true`, headers });
    expect(tell(undo)).toEqual(INVALID('dry_run'));
    const { rows } = await api.database.pool.query('SELECT FROM batch_operation');
    expect(rows).toEqual([]);
  });

  test('with what belongs into the form takes no file in', async () => {
    const form = makeForm([{ name: 'file', filename: 'meter-a.csv', value: 'Date and Time,Hourly\n' }]);
    const upload = await api.app.inject({
      ...{ method: 'POST', url: '/batches?dry_run=true', payload: form.payload },
      headers: { ...headers, ...form.headers },
    });
    expect(tell(upload)).toEqual(INVALID('dry_run'));
    expect((await get('/batches')).json()).toMatchObject({ total: 1 });
  });

  test.each([
    ['/batches?from=2026-02-01&to=2026-01-01', 'to'],
    ['/batches/summary?from=2026-02-01&to=2026-01-01T00:00:00Z', 'to'],
    ['/energy/hourly?client=nobody&from=2026-02-01&to=2026-01-01', 'to'],
    ['/energy/aggregate?client=nobody&from=2026-02-01&to=2026-01-01', 'to'],
    ['/datasources/1/gaps?tolerance=', 'tolerance'],
    ['/datasources/1/gaps?tolerance=0x10', 'tolerance'],
  ])('%s is refused for %s', async (path, field) => {
    expect(tell(await get(path))).toEqual(INVALID(field));
  });

  test('may begin and end at the same instant, and mix a day and an instant', async () => {
    for (const bounds of ['from=2026-01-01&to=2026-01-01', 'from=2026-01-01&to=2025-12-31T23:00:00Z'])
      expect((await get(`/energy/hourly?client=nobody&${bounds}`)).json()).toEqual({ data: [], next_cursor: null });
    expect((await get('/batches?from=2026-01-01&to=2026-01-01T00:00:00Z')).statusCode).toBe(200);
  });
});

describe('a page', () => {
  test.each(['/datasources', '/batches', `/batches/:batch/rejections`])(
    'beyond the end of %s is refused; the first is there also where nothing is',
    async (path) => {
      const url = path.replace(':batch', batch);
      const first = (await get(`${url}?page_size=1`)).json<{ total_pages: number }>();
      const beyond = await get(`${url}?page_size=1&page=${Math.max(1, first.total_pages) + 1}`);
      expect(tell(beyond)).toEqual([400, 'page_beyond_end', 'page']);
      expect(beyond.json().errors[0].message).toBe('must be at most 1');
    },
  );
});

describe('a cursor that was not written here', () => {
  const writeForged = (cursor: string, changes: object): string => {
    const own = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as object;
    return Buffer.from(JSON.stringify({ ...own, ...changes })).toString('base64url');
  };
  test.each([
    ['/energy/hourly', { t: '2025-99-99 00:00:00' }],
    ['/energy/hourly', { t: '----------' }],
    ['/energy/hourly', { t: '9999999999-01-01' }],
    ['/energy/hourly', { i: 2 ** 31 }],
    ['/energy/daily', { t: '5874897-12-31' }],
  ])('of %s with %j is refused', async (path, changes) => {
    const url = `${path}?external_id=meter&limit=1`;
    const { next_cursor: cursor } = (await get(url)).json<{ next_cursor: string }>();
    expect((await get(`${url}&cursor=${cursor}`)).statusCode).toBe(200);
    expect(tell(await get(`${url}&cursor=${writeForged(cursor, changes)}`))).toEqual(INVALID('cursor'));
  });
});

describe('a body', () => {
  const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  test.each([
    ['name', '"\\ud800"'],
    ['external_id', '"half \\udc00"'],
    ['metadata', '{"a":"\\u0000"}'],
    ['metadata', '{"a":["\\ud800"]}'],
    ['metadata', '{"\\u0000":1}'],
    ['metadata', '{"a":1e999}'],
    ['metadata', deep(40)],
    ['metadata', deep(20_000)],
  ])('whose %s cannot be stored as it is, is refused', async (field, value) => {
    const members = { external_id: '"new"', data_type: '"energy"', [field]: value };
    const text = Object.entries(members).map(([name, json]) => `"${name}":${json}`);
    expect(tell(await send('POST', '/datasources', `{${text.join()}}`))).toEqual(INVALID(field));
    expect((await get('/datasources')).json()).toMatchObject({ total: 1 });
  });

  test('with metadata of any depth that people write is stored and comes back the same', async () => {
    const metadata = JSON.parse(deep(30)) as object;
    const changed = await send('PATCH', `/datasources/${meter}`, JSON.stringify({ metadata }));
    expect(changed.json()).toMatchObject({ metadata });
  });

  test('that fences a key with an id beyond every table is refused', async () => {
    const body = { name: 'x', scopes: ['read'], datasource_ids: [3_000_000_000] };
    expect(tell(await send('POST', '/keys', JSON.stringify(body)))).toEqual(INVALID('datasource_ids.0'));
  });

  test('that is empty or no JSON is told as the body', async () => {
    for (const payload of ['', '{bad', '{"__proto__":1}'])
      expect(tell(await send('POST', '/datasources', payload))).toEqual(INVALID('body'));
  });

  test.each([
    ['/datasources', 'must be application/json'],
    ['/batches', 'must be multipart/form-data'],
    ['/energy/hourly', 'must be application/json or application/x-ndjson'],
  ])('of a type that %s does not read is told which it reads', async (url, message) => {
    const given = { ...headers, 'content-type': 'text/xml' };
    const response = await api.app.inject({ method: 'POST', url, headers: given, payload: '<a/>' });
    expect(tell(response)).toEqual([415, 'media_type_unknown', 'Content-Type']);
    expect(response.json().errors[0].message).toBe(message);
  });
});

test('a name of 200 Greek letters is found by its address', async () => {
  const name = 'Ω'.repeat(200);
  const id = await addSource(api.database.pool, name);
  expect((await get(`/datasources/external/${encodeURIComponent(name)}`)).json()).toMatchObject({ id });
});
