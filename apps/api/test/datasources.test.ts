import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addBatch, addDays, addHours, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

type Row = Record<string, unknown>;
let api: OpenApp;
beforeAll(async () => {
  api = await openApp();
});
afterAll(() => api.close());

const send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object | string) =>
  api.app.inject({
    method,
    url,
    headers: { host: 'localhost', ...(payload !== undefined && { 'content-type': 'application/json' }) },
    ...(payload !== undefined && { payload }),
  });
const METER = { external_id: 'meter-1', source_category: 'device', data_type: 'energy' };

test('a created datasource is found by id and by external id, under both prefixes', async () => {
  const created = await send('POST', '/api/v1/datasources', {
    ...METER,
    name: 'Barn',
    timezone: 'Asia/Nicosia',
    metadata: { meter: 'm1', registers: [1, 2] },
  });
  expect(created.statusCode).toBe(201);
  const body = created.json();
  expect(body).toMatchObject({ ...METER, name: 'Barn', client: null, status: 'unknown', metadata: { meter: 'm1' } });
  expect(created.headers.location).toBe(`/api/v1/datasources/${body.id}`);
  for (const url of [`/datasources/${body.id}`, `/api/v1/datasources/external/meter-1`]) {
    expect((await send('GET', url)).json()).toEqual(body);
  }
});

test.each(['meter-1', 'METER-1', ' meter-1 '])(
  'an external id that is taken, also as "%s", is 409',
  async (external_id) => {
    const response = await send('POST', '/datasources', { ...METER, external_id });
    expect([response.statusCode, response.json().code]).toEqual([409, 'datasource_exists']);
  },
);

test.each(['GMT+2', 'Etc/GMT+2', 'EET', 'EST5EDT', '+02:00', 'Mars/Olympus', "x'; DROP TABLE datasource"])(
  '"%s" is no time zone',
  async (timezone) => {
    const response = await send('POST', '/datasources', { ...METER, external_id: 'z', timezone });
    expect([response.statusCode, response.json().code]).toEqual([422, 'zone_invalid']);
    expect(response.json().errors[0].field).toBe('timezone');
  },
);

test.each(['UTC', 'Asia/Kolkata', 'Europe/Kyiv', 'America/Argentina/Buenos_Aires'])('"%s" is one', async (timezone) => {
  const response = await send('POST', '/datasources', { ...METER, external_id: `zone ${timezone}`, timezone });
  expect(response.statusCode).toBe(201);
});

const nest = (lists: number): string =>
  JSON.stringify({ ...METER, external_id: 'a', metadata: { a: 0 } }).replace(
    '0}',
    `${'['.repeat(lists)}${']'.repeat(lists)}}`,
  );

test.each([
  ['an unknown field', { ...METER, external_id: 'a', colour: 1 }, 'colour'],
  ['no external id', { source_category: 'device', data_type: 'energy' }, 'external_id'],
  ['a blank external id', { ...METER, external_id: '  ' }, 'external_id'],
  ['an unknown type', { ...METER, external_id: 'a', data_type: 'gas' }, 'data_type'],
  ['NUL in a text', { ...METER, external_id: 'a', name: 'x\u0000y' }, 'name'],
  ['half of a character in a text', { ...METER, external_id: 'a\ud83d' }, 'external_id'],
  ['NUL in metadata', { ...METER, external_id: 'a', metadata: { a: [{ 'x\u0000': 1 }] } }, 'metadata'],
  ['half of a character in metadata', { ...METER, external_id: 'a', metadata: { a: '\ude00' } }, 'metadata'],
  ['metadata of a hundred thousand lists in one another', nest(100_000), 'metadata'],
  ['metadata that is no object', { ...METER, external_id: 'a', metadata: [1] }, 'metadata'],
  ['a body that is no object', [], 'body'],
])('%s is refused by name', async (_, payload, field) => {
  const response = await send('POST', '/datasources', payload);
  expect([response.statusCode, response.json().code]).toEqual([400, 'invalid_request']);
  expect(response.json().errors[0].field).toBe(field);
});

describe('a change', () => {
  test('touches what it names and nothing else', async () => {
    const id = await addSource(api.database.pool, 'change-me', { client: 'Farm A' });
    const response = await send('PATCH', `/datasources/${id}`, { name: 'New', client: null, status: 'maintenance' });
    expect(response.json()).toMatchObject({
      name: 'New',
      client: null,
      status: 'maintenance',
      timezone: 'Asia/Nicosia',
    });
  });

  test('of the external id, or of nothing, is refused', async () => {
    const id = await addSource(api.database.pool, 'keep-me');
    expect((await send('PATCH', `/datasources/${id}`, { external_id: 'other' })).statusCode).toBe(400);
    expect((await send('PATCH', `/datasources/${id}`, {})).statusCode).toBe(400);
  });

  test('of the zone is refused as soon as there are measurements, and only of the zone', async () => {
    const id = await addSource(api.database.pool, 'zoned');
    expect((await send('PATCH', `/datasources/${id}`, { timezone: 'Europe/Madrid' })).statusCode).toBe(200);
    const batch = await addBatch(api.database.pool, [id]);
    await addHours(api.database.pool, id, batch, '2025-01-01T00:00Z', '2025-01-01T01:00Z');
    const refused = await send('PATCH', `/datasources/${id}`, { timezone: 'Asia/Nicosia' });
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'zone_in_use']);
    expect((await send('PATCH', `/datasources/${id}`, { name: 'x', timezone: 'Europe/Madrid' })).statusCode).toBe(200);
  });

  test('of one that is not there is 404', async () => {
    const response = await send('PATCH', '/datasources/999999', { name: 'x' });
    expect([response.statusCode, response.json().code]).toEqual([404, 'datasource_unknown']);
  });
});

describe('the list', () => {
  beforeAll(async () => {
    const { pool } = api.database;
    for (let i = 1; i <= 5; i++)
      await addSource(pool, `list-${i}`, { client: 'Lister', dataType: i < 3 ? 'dairy' : 'pv' });
    await addSource(pool, '100%_sure', { client: 'Percent' });
  });
  const list = async (query: string) => (await send('GET', `/datasources?${query}`)).json();

  test('is paged: every row once, with totals', async () => {
    const pages = [];
    for (const page of [1, 2, 3]) pages.push(await list(`client=Lister&page_size=2&page=${page}&sort=-external_id`));
    expect(pages.flatMap((page) => page.data.map((row: Row) => row.external_id))).toEqual([
      'list-5',
      'list-4',
      'list-3',
      'list-2',
      'list-1',
    ]);
    expect(pages[0]).toMatchObject({ total: 5, page: 1, page_size: 2, total_pages: 3 });
    expect(await list('client=Lister&page=9')).toMatchObject({ code: 'page_beyond_end', errors: [{ field: 'page' }] });
  });

  test('filters together', async () => {
    expect((await list('client=Lister&data_type=dairy')).total).toBe(2);
    expect((await list('client=Lister&data_type=dairy&status=offline')).total).toBe(0);
    expect((await list('source_category=manual')).total).toBe(0);
  });

  test('finds text anywhere, in any case, and takes % and _ for what they are', async () => {
    expect((await list('q=LIST-')).total).toBe(5);
    expect((await list('q=%25_s')).data.map((row: Row) => row.external_id)).toEqual(['100%_sure']);
    expect((await list('q=%25%25')).total).toBe(0);
  });

  test('counts by type', async () => {
    const { data } = (await send('GET', '/datasources/types')).json();
    expect(data).toContainEqual({ data_type: 'dairy', datasets: ['dairy_production'], datasources: 2 });
  });

  test('never shows a secret', async () => {
    const id = await addSource(api.database.pool, 'secretive');
    await api.database.pool.query(`INSERT INTO datasource_secret VALUES ($1, 'token', 'hunter2')`, [id]);
    const answers = [await send('GET', '/datasources?page_size=1000'), await send('GET', `/datasources/${id}`)];
    for (const answer of answers) expect(answer.payload).not.toMatch(/hunter2|secret"/);
  });
});

describe('removal', () => {
  const countAll = async (id: number) => {
    const { rows } = await api.database.pool.query(
      `SELECT (SELECT count(*) FROM fact_energy_hourly WHERE datasource_id = $1)::int AS hours,
              (SELECT count(*) FROM fact_energy_daily WHERE datasource_id = $1)::int AS days,
              (SELECT count(*) FROM fact_energy_hourly_history WHERE datasource_id = $1)::int AS history,
              (SELECT count(*) FROM datasource WHERE id = $1)::int AS sources`,
      [id],
    );
    return rows[0];
  };
  const make = async (name: string) => {
    const { pool } = api.database;
    const id = await addSource(pool, name);
    const neighbour = await addSource(pool, `${name}-neighbour`);
    const own = await addBatch(pool, [id]);
    const shared = await addBatch(pool, [id, neighbour]);
    await addHours(pool, id, own, '2025-01-01T00:00Z', '2025-01-02T00:00Z');
    await addHours(pool, neighbour, shared, '2025-01-01T00:00Z', '2025-01-01T05:00Z');
    await addDays(pool, id, shared, '2025-01-01', '2025-01-04');
    await pool.query(
      `INSERT INTO fact_energy_hourly_history SELECT f.*, now(), now(), $2, 'update' FROM fact_energy_hourly f WHERE datasource_id = $1 LIMIT 7`,
      [id, own],
    );
    await pool.query(`INSERT INTO ingest_rejection VALUES ($1, 1, 2, '{}', '[]')`, [own]);
    return { id, neighbour, own, shared };
  };

  test('without purge retires: the data stays', async () => {
    const { id } = await make('retired');
    const response = await send('DELETE', `/datasources/${id}`);
    expect([response.statusCode, response.json().status]).toEqual([200, 'offline']);
    expect(await countAll(id)).toEqual({ hours: 24, days: 3, history: 7, sources: 1 });
  });

  test.each(['', '&confirm=retired', '&confirm=PURGED'])('with purge but "%s" takes nothing', async (confirm) => {
    const id = await addSource(api.database.pool, `purged${confirm.length}`);
    const response = await send('DELETE', `/datasources/${id}?purge=true${confirm}`);
    expect([response.statusCode, response.json().code]).toEqual([409, 'confirm_mismatch']);
    expect((await countAll(id)).sources).toBe(1);
  });

  test('with purge takes its data, history and own batches, and leaves what belongs to others', async () => {
    const { id, neighbour, own, shared } = await make('doomed');
    const response = await send('DELETE', `/datasources/${id}?purge=true&confirm=doomed`);
    expect(response.json()).toEqual({
      purged: true,
      id,
      external_id: 'doomed',
      measurements: 27,
      history: 7,
      batches: 1,
    });
    expect(await countAll(id)).toEqual({ hours: 0, days: 0, history: 0, sources: 0 });
    expect((await countAll(neighbour)).hours).toBe(5);
    expect((await send('GET', `/batches/${own}`)).statusCode).toBe(404);
    expect((await send('GET', `/batches/${shared}`)).statusCode).toBe(200);
    expect((await send('GET', `/datasources/${id}`)).statusCode).toBe(404);
  });

  test('of one that is not there is 404', async () => {
    expect((await send('DELETE', '/datasources/999999')).statusCode).toBe(404);
    expect((await send('DELETE', '/datasources/999999?purge=true&confirm=x')).statusCode).toBe(404);
  });
});
