import { setTimeout as sleep } from 'node:timers/promises';
import { read, utils } from '@e965/xlsx';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addBatch, addHours, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let api: OpenApp;
let meter: number;
let station: number;
let large: number;
let loaded: string;
let address: string;
const PARQUET = 'application/vnd.apache.parquet';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

beforeAll(async () => {
  api = await openApp();
  const { pool } = api.database;
  meter = await addSource(pool, 'meter');
  station = await addSource(pool, 'station', { dataType: 'weather' });
  large = await addSource(pool, 'large', { timezone: 'UTC' });
  const batch = await addBatch(pool, [meter, station, large]);
  loaded = batch;
  await addHours(pool, meter, batch, '2024-01-01T00:00Z', '2027-01-01T00:00Z');
  // A hundred thousand hours are eleven years and a half.
  await addHours(pool, large, batch, '2000-01-01T00:00Z', '2011-05-29T17:00Z');
  await pool.query(
    `INSERT INTO environmental_metrics (datasource_id, timestamp, temperature, pm10, batch_id, source_row) VALUES
     ($1, '2025-05-01T00:00:00.250001Z', -1.5, NULL, $2, 2), ($1, '2025-05-01T01:00Z', 1e-7, 3, $2, NULL)`,
    [station, batch],
  );
  await pool.query(
    `INSERT INTO dairy_production (datasource_id, production_date, number_of_animals, feed_efficiency, batch_id) VALUES
     ($1, '1899-12-31', 12, 1.25, $2), ($1, '2025-05-01', 13, NULL, $2)`,
    [station, batch],
  );
  address = await api.app.listen({ port: 0, host: '127.0.0.1' });
}, 120_000);
afterAll(() => api.close());

const fetchBytes = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${address}${path}`, { headers });
  return { response, bytes: await response.arrayBuffer() };
};
const query = <T extends object>(sql: string, values: unknown[] = []) =>
  api.database.pool.query<T>(sql, values).then(({ rows }) => rows);

describe('Parquet', () => {
  test('has every row, in row groups, with exact values and instants', async () => {
    const { response, bytes } = await fetchBytes(`/energy/hourly?datasource_id=${meter}`, { accept: PARQUET });
    expect(response.headers.get('content-type')).toBe(PARQUET);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="energy_hourly.parquet"');
    const metadata = parquetMetadata(bytes);
    // 26,304 hours of three years, one of them a leap year.
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([20_000, 6_304]);
    expect(metadata.key_value_metadata).toEqual([{ key: 'unit.energy_kwh', value: 'kWh' }]);
    const rows = await parquetReadObjects({ file: bytes });
    const wanted = await query<object>(
      'SELECT datasource_id, ts, energy_kwh, batch_id, source_row, quality FROM fact_energy_hourly WHERE datasource_id = $1 ORDER BY ts',
      [meter],
    );
    expect(rows).toEqual(wanted);
  });

  test('keeps microseconds, missing values, and days before 1970', async () => {
    const weather = await fetchBytes(`/environmental?datasource_id=${station}&format=parquet`);
    const raw = await parquetReadObjects({
      file: weather.bytes,
      parsers: { timestampFromMicroseconds: (micros: bigint) => micros } as never,
    });
    expect(raw).toMatchObject([
      { timestamp: BigInt(Date.UTC(2025, 4, 1)) * 1_000n + 250_001n, temperature: -1.5, pm10: null, source_row: 2 },
      { timestamp: BigInt(Date.UTC(2025, 4, 1, 1)) * 1_000n, temperature: 1e-7, pm10: 3, source_row: null },
    ]);
    const dairy = await fetchBytes(`/dairy/daily?datasource_id=${station}&format=parquet`);
    expect(await parquetReadObjects({ file: dairy.bytes })).toMatchObject([
      { production_date: new Date(Date.UTC(1899, 11, 31)), number_of_animals: 12, feed_efficiency: 1.25 },
      { production_date: new Date(Date.UTC(2025, 4, 1)), number_of_animals: 13, feed_efficiency: null },
    ]);
  });

  test('of nothing is a file without rows', async () => {
    const { bytes } = await fetchBytes(`/energy/hourly?datasource_id=${meter}&to=2000-01-01&format=parquet`);
    expect(await parquetReadObjects({ file: bytes })).toEqual([]);
  });
});

describe('a workbook', () => {
  const readSheet = (bytes: ArrayBuffer) => {
    const book = read(bytes, { cellDates: false });
    const name = book.SheetNames[0]!;
    return { name, rows: utils.sheet_to_json<unknown[]>(book.Sheets[name]!, { header: 1, raw: true, defval: null }) };
  };

  test('has numbers and dates that a spreadsheet counts with', async () => {
    const { response, bytes } = await fetchBytes(
      `/energy/hourly?datasource_id=${meter}&from=2024-01-01T00:00Z&to=2024-01-01T02:00Z`,
      { accept: XLSX },
    );
    expect(response.headers.get('content-type')).toBe(XLSX);
    const { name, rows } = readSheet(bytes);
    expect(name).toBe('energy_hourly UTC');
    const [{ batch_id: batch }] = (await query('SELECT batch_id FROM ingest_batch')) as [{ batch_id: string }];
    // 2024-01-01 is day 45292 of the 1900 date system.
    expect(rows).toEqual([
      ['datasource_id', 'ts', 'energy_kwh', 'batch_id', 'source_row', 'quality'],
      [meter, 45_292, 0, batch, 2, 0],
      [meter, expect.closeTo(45_292 + 1 / 24, 9), 1, batch, 3, 0],
    ]);
  });

  test('of a hundred thousand rows is made, of one more is refused before it begins', async () => {
    const whole = await fetchBytes(`/energy/hourly?datasource_id=${large}&format=xlsx&to=2011-05-29T16:00Z`);
    const { rows } = readSheet(whole.bytes);
    expect(rows).toHaveLength(100_001);
    expect(rows.at(-1)?.[2]).toBe(99_999);
    const { response, bytes } = await fetchBytes(`/energy/hourly?datasource_id=${large}&format=xlsx`);
    expect(response.status).toBe(422);
    expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ code: 'export_too_large' });
  });
});

describe('the form of an answer', () => {
  test.each([
    ['csv', 'text/csv; charset=utf-8'],
    ['ndjson', 'application/x-ndjson; charset=utf-8'],
    ['json', 'application/json; charset=utf-8'],
  ])('format=%s stands over Accept', async (format, type) => {
    const { response } = await fetchBytes(`/energy/hourly?datasource_id=${meter}&limit=1&format=${format}`, {
      accept: PARQUET,
    });
    expect(response.headers.get('content-type')).toBe(type);
  });

  test('a format that there is none of is refused with those that there are', async () => {
    const { response, bytes } = await fetchBytes(`/energy/hourly?datasource_id=${meter}&format=ods`);
    expect(response.status).toBe(400);
    expect(Buffer.from(bytes).toString()).toContain('parquet');
  });

  test('a cursor goes on whether or not the form is named', async () => {
    const first = await fetchBytes(`/energy/hourly?datasource_id=${meter}&limit=1&format=json`);
    const { next_cursor: cursor } = JSON.parse(Buffer.from(first.bytes).toString());
    const next = await fetchBytes(`/energy/hourly?datasource_id=${meter}&limit=1&cursor=${cursor}`);
    expect(next.response.status).toBe(200);
  });
});

test('the rows of several sources come by source and time, however they lie in the table', async () => {
  const { pool } = api.database;
  const sources = [await addSource(pool, 'late'), await addSource(pool, 'middle'), await addSource(pool, 'early')];
  const batch = await addBatch(pool, sources);
  await pool.query(
    `INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id)
     SELECT id, timestamptz '2025-01-01T00:00Z' + n * interval '1 hour', n, $2
     FROM unnest($1::int[]) AS id, generate_series(0, 4999) AS n ORDER BY md5(id || '-' || n)`,
    [sources, batch],
  );
  const names = 'external_id=early&external_id=late&external_id=middle';
  const { bytes } = await fetchBytes(`/energy/hourly?${names}&format=ndjson`);
  const rows = Buffer.from(bytes)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(rows.map((row) => [row.datasource_id, row.energy_kwh])).toEqual(
    sources.flatMap((id) => Array.from({ length: 5_000 }, (_, n) => [id, n])),
  );
});

test.each(['csv', 'parquet'])('an export (%s) ends with its reader, and gives its connection back', async (format) => {
  const stop = new AbortController();
  const response = await fetch(`${address}/energy/hourly?datasource_id=${large}&format=${format}`, {
    signal: stop.signal,
  });
  const reader = response.body!.getReader();
  await reader.read();
  stop.abort();
  await reader.read().catch(() => undefined);
  const countBusy = async () => {
    const { rows } = await api.database.pool.query<{ running: number }>(
      "SELECT count(*)::int AS running FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active'",
    );
    return { running: rows[0]?.running, held: api.pool.totalCount - api.pool.idleCount };
  };
  await expect.poll(countBusy, { timeout: 5_000 }).toEqual({ running: 0, held: 0 });
});

test('more exports than half of the connections are refused, and others are answered meanwhile', async () => {
  const stop = new AbortController();
  const half = Math.floor(api.pool.options.max / 2);
  const open = (signal?: AbortSignal, mount = '') =>
    fetch(
      `${address}${mount}/energy/hourly?datasource_id=${large}&format=ndjson`,
      signal === undefined ? {} : { signal },
    );
  // Held open: their bodies are not read. Both mounts of the routes share the connections.
  const held = await Promise.all(Array.from({ length: half }, (_, i) => open(stop.signal, i % 2 ? '/api/v1' : '')));
  expect(held.map(({ status }) => status)).toEqual(held.map(() => 200));
  const refused = await open();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
  expect(await refused.json()).toMatchObject({ code: 'too_many_exports' });
  // It is no file.
  expect(refused.headers.get('content-disposition')).toBeNull();
  expect((await open(undefined, '/api/v1')).status).toBe(429);
  // Refused records as CSV hold a connection, too.
  const rejections = await fetch(`${address}/batches/${loaded}/rejections`, { headers: { accept: 'text/csv' } });
  expect([rejections.status, rejections.headers.get('content-type')]).toEqual([
    429,
    'application/problem+json; charset=utf-8',
  ]);
  expect((await fetch(`${address}/energy/hourly?datasource_id=${meter}&limit=1`)).status).toBe(200);
  stop.abort();
  for (let tries = 0; tries < 100; tries++) {
    const again = await open();
    await again.body?.cancel();
    if (again.status === 200) return;
    await sleep(20);
  }
  expect.unreachable('the slots were not given back');
});
