import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addBatch, addDays, addHours, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

type Row = Record<string, unknown>;
type Page = { data: Row[]; next_cursor: string | null };
let api: OpenApp;
let nicosia: number;
let other: number;
let batch: string;

beforeAll(async () => {
  api = await openApp();
  const { pool } = api.database;
  nicosia = await addSource(pool, 'meter-1', { client: 'Farm A' });
  other = await addSource(pool, 'meter-2', { client: 'Farm A', timezone: null });
  batch = await addBatch(pool, [nicosia, other]);
  // Local midnight in Nicosia is 22:00Z in winter and 21:00Z in summer; summer time began on 2025-03-30 at 01:00Z.
  await addHours(pool, nicosia, batch, '2025-03-28T22:00Z', '2025-04-01T21:00Z');
  await addHours(pool, other, batch, '2025-03-29T00:00Z', '2025-03-31T00:00Z');
  await addDays(pool, nicosia, batch, '2025-03-28', '2025-04-03');
  await pool.query(
    `INSERT INTO environmental_metrics (datasource_id, timestamp, temperature, batch_id) VALUES
     ($1, '2025-05-01T00:00:00.25Z', -1.5, $2), ($1, '2025-05-01T01:00Z', 1e-7, $2)`,
    [nicosia, batch],
  );
  await pool.query(
    `INSERT INTO dairy_production (datasource_id, production_date, number_of_animals, batch_id) VALUES ($1, '2025-05-01', 12, $2)`,
    [nicosia, batch],
  );
});
afterAll(() => api.close());

const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await api.app.inject({ url, headers: { host: 'localhost', ...headers } });
  const isJson = /^application\/(problem\+)?json/.test(String(response.headers['content-type']));
  return { response, body: isJson ? response.json() : null };
};
const readTimes = async (url: string) => {
  const { body } = await get(url);
  return (body.data as Record<string, string>[]).map((row) => row.ts ?? row.production_date ?? row.timestamp);
};

test('a row says what was measured, when, and where it came from', async () => {
  const { response, body } = await get(`/energy/hourly?datasource_id=${nicosia}&limit=2`);
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(body.data[1]).toEqual({
    datasource_id: nicosia,
    ts: '2025-03-28T23:00:00Z',
    energy_kwh: 1,
    batch_id: batch,
    source_row: 3,
    quality: 0,
  });
});

test('pages by cursor give every row of every source exactly once, in order', async () => {
  const seen: string[] = [];
  let cursor: string | null = '';
  let pages = 0;
  while (cursor !== null) {
    const { body }: { body: Page } = await get(
      `/energy/hourly?datasource_id=${other}&datasource_id=${nicosia}&limit=7${cursor && `&cursor=${cursor}`}`,
    );
    expect(body.data.length).toBeGreaterThan(0);
    seen.push(...body.data.map((row: Row) => `${row.datasource_id} ${row.ts}`));
    cursor = body.next_cursor;
    pages++;
  }
  const { rows } = await api.database.pool.query(
    `SELECT datasource_id || ' ' || to_char(ts, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS key FROM fact_energy_hourly ORDER BY datasource_id, ts`,
  );
  expect(seen).toEqual(rows.map((row) => row.key));
  // 95 and 48 hours
  expect(pages).toBe(Math.ceil(143 / 7));
});

test('a page that holds exactly the rest has no next cursor', async () => {
  const { body } = await get(`/energy/hourly?datasource_id=${other}&limit=48`);
  expect(body.data).toHaveLength(48);
  expect(body.next_cursor).toBeNull();
});

test('a cursor of daily rows goes on with the next day', async () => {
  const first = await get(`/energy/daily?datasource_id=${nicosia}&limit=4`);
  const second = await get(`/energy/daily?datasource_id=${nicosia}&limit=4&cursor=${first.body.next_cursor}`);
  expect(first.body.data.at(-1).ts).toBe('2025-03-31');
  expect(second.body.data.map((row: Row) => row.ts)).toEqual(['2025-04-01', '2025-04-02']);
  expect(second.body.next_cursor).toBeNull();
});

test('the day on which the clocks go forward has 23 hours between its two local midnights', async () => {
  const times = await readTimes(`/energy/hourly?datasource_id=${nicosia}&from=2025-03-30&to=2025-03-31`);
  expect(times).toHaveLength(23);
  expect(times.at(0)).toBe('2025-03-29T22:00:00Z');
  expect(times.at(-1)).toBe('2025-03-30T20:00:00Z');
});

test('ranges that touch share no row and lose none', async () => {
  const days = ['2025-03-29', '2025-03-30', '2025-03-31', '2025-04-01'];
  const counts = [];
  for (const [i, day] of days.slice(0, -1).entries()) {
    counts.push((await readTimes(`/energy/hourly?datasource_id=${nicosia}&from=${day}&to=${days[i + 1]}`)).length);
  }
  expect(counts).toEqual([24, 23, 24]);
});

test('a bare date is UTC for a source whose zone is not known, and tz overrides every zone', async () => {
  const own = await readTimes(`/energy/hourly?datasource_id=${other}&from=2025-03-30&limit=1`);
  expect(own).toEqual(['2025-03-30T00:00:00Z']);
  const given = await readTimes(`/energy/hourly?datasource_id=${nicosia}&from=2025-03-30&tz=UTC&limit=1`);
  expect(given).toEqual(['2025-03-30T00:00:00Z']);
});

test('from is inclusive, to exclusive, with any offset, also with a plus that was not escaped', async () => {
  const times = await readTimes(
    `/energy/hourly?datasource_id=${nicosia}&from=2025-03-29T04:00:00%2B02:00&to=2025-03-29T06:00:00+02:00`,
  );
  expect(times).toEqual(['2025-03-29T02:00:00Z', '2025-03-29T03:00:00Z']);
});

test('daily rows are chosen by local day, and by the instant at which a local day begins', async () => {
  const url = `/energy/daily?datasource_id=${nicosia}`;
  expect(await readTimes(`${url}&from=2025-03-30&to=2025-04-01`)).toEqual(['2025-03-30', '2025-03-31']);
  // 2025-03-30 begins at 22:00Z of the day before, 2025-03-31 at 21:00Z.
  expect(await readTimes(`${url}&from=2025-03-29T22:00:00Z&to=2025-03-30T21:00:00Z`)).toEqual(['2025-03-30']);
  expect(await readTimes(`${url}&from=2025-03-29T22:00:01Z&to=2025-03-30T21:00:01Z`)).toEqual(['2025-03-31']);
});

describe('where the clocks change at midnight', () => {
  const firstHour = async (zone: string, day: string) => {
    const { pool } = api.database;
    const id = await addSource(pool, `${zone} ${day}`, { timezone: zone });
    await addHours(pool, id, batch, `${day}T00:00Z`, `${day}T12:00Z`);
    return (await readTimes(`/energy/hourly?datasource_id=${id}&from=${day}&limit=1`))[0];
  };
  // 01:00 went back to 00:00 on 2024-10-27 in the Azores: the first 00:00 was 00:00Z (summer time is UTC), the second 01:00Z.
  test('a midnight that occurs twice: the day begins at the first', async () => {
    expect(await firstHour('Atlantic/Azores', '2024-10-27')).toBe('2024-10-27T00:00:00Z');
  });
  // 00:00 went forward to 01:00 on 2018-11-04 in São Paulo, from -03:00 to -02:00, at 03:00Z.
  test('a midnight that does not exist: the day begins at the jump', async () => {
    expect(await firstHour('America/Sao_Paulo', '2018-11-04')).toBe('2018-11-04T03:00:00Z');
  });
});

test('fractions of a second and small numbers come back as they are stored', async () => {
  const { body } = await get(`/environmental?external_id=METER-1`);
  expect(body.data.map((row: Row) => [row.timestamp, row.temperature, row.humidity])).toEqual([
    ['2025-05-01T00:00:00.25Z', -1.5, null],
    ['2025-05-01T01:00:00Z', 1e-7, null],
  ]);
});

test('a client stands for all its sources, and narrows ids', async () => {
  expect((await get('/dairy/daily?client=Farm%20A')).body.data).toHaveLength(1);
  expect((await get(`/dairy/daily?client=Farm%20B&datasource_id=${nicosia}`)).body.data).toEqual([]);
});

test('CSV and NDJSON have the same rows as JSON, without a limit', async () => {
  const url = `/energy/hourly?datasource_id=${nicosia}&datasource_id=${other}&limit=1`;
  const csv = await get(url, { accept: 'text/csv' });
  expect(csv.response.headers['content-type']).toBe('text/csv; charset=utf-8');
  const lines = csv.response.payload.trimEnd().split('\n');
  expect(lines).toHaveLength(1 + 95 + 48);
  expect(lines[0]).toBe('datasource_id,ts,energy_kwh,batch_id,source_row,quality');
  expect(lines[2]).toBe(`${nicosia},2025-03-28T23:00:00Z,1,${batch},3,0`);
  const ndjson = await get(url, { accept: 'application/x-ndjson' });
  const objects = ndjson.response.payload
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const json = await get(url.replace('limit=1', 'limit=1000'));
  expect(objects).toEqual(json.body.data);
});

test('an export without rows is a header, or nothing', async () => {
  const url = `/energy/hourly?datasource_id=${nicosia}&from=2030-01-01`;
  expect((await get(url, { accept: 'text/csv' })).response.payload).toBe(
    'datasource_id,ts,energy_kwh,batch_id,source_row,quality\n',
  );
  expect((await get(url, { accept: 'application/x-ndjson' })).response.payload).toBe('');
});

test.each([
  ['no source', '', 400, 'datasource_id'],
  ['a limit over the maximum', 'limit=10001', 400, 'limit'],
  ['a limit that is no number', 'limit=ten', 400, 'limit'],
  ['an unknown parameter', 'colour=red', 400, 'colour'],
  ['from after to', 'from=2025-02-02&to=2025-02-01', 400, 'to'],
  ['a day that does not exist', 'from=2025-02-30', 400, 'from'],
  ['a time without an offset', 'from=2025-02-03T00:00:00', 400, 'from'],
  ['a broken cursor', 'cursor=abc', 400, 'cursor'],
  ['a POSIX zone', 'from=2025-01-01&tz=GMT%2B2', 422, 'tz'],
  ['an unknown zone', 'from=2025-01-01&tz=Mars/Olympus', 422, 'tz'],
  ['an unknown id', 'datasource_id=999999', 404, 'datasource_id'],
  ['an id beyond int4', 'datasource_id=99999999999', 400, 'datasource_id.1'],
  ['an unknown external id', 'external_id=nobody', 404, 'external_id'],
])('%s is refused by name', async (_, query, status, field) => {
  const source = query === '' ? '' : `datasource_id=${nicosia}&`;
  const { response, body } = await get(`/energy/hourly?${source}${query}`);
  expect(response.statusCode).toBe(status);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(body.errors[0].field).toBe(field);
});

test('a cursor from another query is refused', async () => {
  const { body } = await get(`/energy/hourly?datasource_id=${nicosia}&limit=5`);
  const { response } = await get(`/energy/hourly?datasource_id=${other}&limit=5&cursor=${body.next_cursor}`);
  expect(response.statusCode).toBe(400);
  expect(response.json().errors[0].message).toContain('another query');
});

test('an export that nobody reads any more ends, and gives its connection back', async () => {
  const { pool } = api.database;
  const big = await addSource(pool, 'big');
  await addHours(pool, big, batch, '1990-01-01T00:00Z', '2020-01-01T00:00Z');
  const origin = await api.app.listen({ port: 0, host: '127.0.0.1' });
  const countExports = async () => {
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active'`,
    );
    return rows[0]?.n;
  };
  const controller = new AbortController();
  const url = `${origin}/energy/hourly?datasource_id=${big}`;
  const response = await fetch(url, { headers: { accept: 'text/csv' }, signal: controller.signal });
  await response.body?.getReader().read();
  expect(await countExports()).toBe(1);
  controller.abort();
  await expect.poll(countExports).toBe(0);
  // More exports than the pool has connections, one after the other: none may keep one.
  for (let i = 0; i < 6; i++) {
    const text = await (await fetch(`${url}&from=2019-12-31`, { headers: { accept: 'application/x-ndjson' } })).text();
    expect(text.trimEnd().split('\n').length).toBeGreaterThan(20);
  }
});
