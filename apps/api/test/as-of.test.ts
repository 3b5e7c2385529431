import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addBatch, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let api: OpenApp;
let meter: number;

/**
 * What stood in the table, hour by hour (UTC, 2025-06-01), written down by hand:
 *   10:00 the first batch loads 00h = 1, 01h = 2, 02h = 3
 *   11:00 the second changes 01h to 20 and adds 03h = 40
 *   12:00 the second is undone
 *   13:00 a third changes 00h to 100
 */
beforeAll(async () => {
  api = await openApp();
  const { pool } = api.database;
  meter = await addSource(pool, 'meter-1', { timezone: 'UTC' });
  const [first, second, third] = [
    await addBatch(pool, [meter], { applied_at: '2025-07-01T10:00Z', applied_seq: 1 }),
    await addBatch(pool, [meter], { applied_at: '2025-07-01T11:00Z', applied_seq: 2, status: 'undone' }),
    await addBatch(pool, [meter], { applied_at: '2025-07-01T13:00Z', applied_seq: 3 }),
  ];
  await pool.query(
    `INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id) VALUES
     ($1, '2025-06-01T00:00Z', 100, $3), ($1, '2025-06-01T01:00Z', 2, $2), ($1, '2025-06-01T02:00Z', 3, $2)`,
    [meter, first, third],
  );
  await pool.query(
    `INSERT INTO fact_energy_hourly_history (datasource_id, ts, energy_kwh, batch_id, valid_from, valid_to, closed_by, reason) VALUES
     ($1, '2025-06-01T01:00Z', 2, $2, '2025-07-01T10:00Z', '2025-07-01T11:00Z', $3, 'update'),
     ($1, '2025-06-01T01:00Z', 20, $3, '2025-07-01T11:00Z', '2025-07-01T12:00Z', $3, 'undo'),
     ($1, '2025-06-01T03:00Z', 40, $3, '2025-07-01T11:00Z', '2025-07-01T12:00Z', $3, 'undo'),
     ($1, '2025-06-01T00:00Z', 1, $2, '2025-07-01T10:00Z', '2025-07-01T13:00Z', $4, 'update')`,
    [meter, first, second, third],
  );
});
afterAll(() => api.close());

const STOOD: [string, number[]][] = [
  ['2025-07-01T09:59:59Z', []],
  ['2025-07-01T10:00:00Z', [1, 2, 3]],
  ['2025-07-01T11:30:00%2B00:00', [1, 20, 3, 40]],
  ['2025-07-01T12:00:00Z', [1, 2, 3]],
  ['2025-07-01T13:00:00Z', [100, 2, 3]],
];

const get = (url: string, headers: Record<string, string> = {}) =>
  api.app.inject({ url, headers: { host: 'localhost', ...headers } });
const energies = (rows: Record<string, number>[]) => rows.map((row) => row.energy_kwh);

describe.each(STOOD)('as of %s', (asOf, values) => {
  const query = () => `datasource_id=${meter}&as_of=${asOf}`;

  test('a page has what stood in the table then', async () => {
    const body = (await get(`/energy/hourly?${query()}`)).json();
    expect(energies(body.data)).toEqual(values);
  });

  test('pages by cursor have it all, once', async () => {
    const seen: (number | undefined)[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const body: { data: Record<string, number>[]; next_cursor: string | null } = (
        await get(`/energy/hourly?${query()}&limit=1${cursor && `&cursor=${cursor}`}`)
      ).json();
      seen.push(...energies(body.data));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(values);
  });

  test('an export, a sum, the latest and the stats agree', async () => {
    const lines = (await get(`/energy/hourly?${query()}`, { accept: 'application/x-ndjson' })).body.trim();
    expect(energies(lines === '' ? [] : lines.split('\n').map((line) => JSON.parse(line)))).toEqual(values);
    const sums = (await get(`/energy/aggregate?${query()}&interval=year`)).json().data;
    const sum = values.reduce((total, value) => total + value, 0);
    expect(sums.map((row: Record<string, number>) => row.energy_kwh)).toEqual(values.length === 0 ? [] : [sum]);
    expect(energies((await get(`/energy/latest?${query()}`)).json().data)).toEqual(values.slice(-1));
    expect((await get(`/energy/stats?${query()}`)).json().data[0].rows).toBe(values.length);
  });
});

test('a bare date is no instant', async () => {
  const response = await get(`/energy/hourly?datasource_id=${meter}&as_of=2025-07-01`);
  expect([response.statusCode, response.json().errors[0].field]).toEqual([400, 'as_of']);
});

test('a cursor of one instant is refused at another', async () => {
  const { next_cursor } = (
    await get(`/energy/hourly?datasource_id=${meter}&as_of=2025-07-01T12:00:00Z&limit=1`)
  ).json();
  const other = await get(
    `/energy/hourly?datasource_id=${meter}&as_of=2025-07-01T13:00:00Z&limit=1&cursor=${next_cursor}`,
  );
  expect([other.statusCode, other.json().errors[0].field]).toEqual([400, 'cursor']);
});
