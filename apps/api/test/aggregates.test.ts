import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addBatch, addDays, addHours, addSource, sumMonths } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

type Row = Record<string, string | number | null>;
let api: OpenApp;
let meter: number;
let station: number;
let herd: number;

beforeAll(async () => {
  api = await openApp();
  const { pool } = api.database;
  meter = await addSource(pool, 'meter-1', { client: 'Farm A' });
  station = await addSource(pool, 'station-1', { client: 'Farm A', dataType: 'weather' });
  herd = await addSource(pool, 'herd-1', { client: 'Farm A', dataType: 'dairy' });
  const batch = await addBatch(pool, [meter, station, herd]);
  // 71 hours of three local days, the second with 23: summer time began on 2025-03-30 at 01:00Z. Values 0, 1, 2, … 70.
  await addHours(pool, meter, batch, '2025-03-28T22:00Z', '2025-03-31T21:00Z');
  // One hour is missing on the second day: the reading with the value 30.
  await pool.query("DELETE FROM fact_energy_hourly WHERE ts = '2025-03-30T04:00Z'");
  await sumMonths(pool);
  await addDays(pool, meter, batch, '2025-01-01', '2026-01-01');
  await pool.query(
    `INSERT INTO environmental_metrics (datasource_id, timestamp, temperature, wind_angle, noise_level_db, wind_direction_sectors, batch_id) VALUES
     ($1, '2025-05-01T00:00Z', 10, 350, 60, 3, $2), ($1, '2025-05-01T00:10Z', 20, 10, 70, 3, $2),
     ($1, '2025-05-01T00:20Z', 30, NULL, NULL, 5, $2), ($1, '2025-05-01T01:00Z', NULL, 90, NULL, NULL, $2),
     ($1, '2025-05-01T01:10Z', NULL, 270, NULL, NULL, $2)`,
    [station, batch],
  );
  await pool.query(
    `INSERT INTO dairy_production (datasource_id, production_date, day_production_per_cow_kg, number_of_animals, batch_id) VALUES
     ($1, '2025-05-30', 30, 100, $2), ($1, '2025-05-31', 20, 50, $2), ($1, '2025-06-01', 25, NULL, $2)`,
    [herd, batch],
  );
});
afterAll(() => api.close());

const get = async (url: string, headers: Record<string, string> = {}) =>
  api.app.inject({ url, headers: { host: 'localhost', ...headers } });
const read = async (url: string): Promise<Row[]> => (await get(url)).json().data;

describe('energy by calendar interval', () => {
  test('days are those of the source, 23 hours long when the clocks go forward, and say what is missing', async () => {
    const rows = await read(`/energy/aggregate?datasource_id=${meter}&interval=day`);
    // By hand: 0+…+23 = 276; 24+…+46 = 805 without the 30; 47+…+70 = 1404.
    expect(rows.map((row) => [row.start, row.energy_kwh, row.expected, row.received, row.completeness])).toEqual([
      ['2025-03-28T22:00:00Z', 276, 24, 24, 1],
      ['2025-03-29T22:00:00Z', 775, 23, 22, 0.9565],
      ['2025-03-30T21:00:00Z', 1404, 24, 24, 1],
    ]);
    expect(rows[1]).toMatchObject({
      end: '2025-03-30T21:00:00Z',
      local_start: '2025-03-30T00:00:00+02:00',
      energy_kwh_min: 24,
      energy_kwh_max: 46,
    });
  });

  test('`tz` moves the days; `from` and `to` cut the first and the last', async () => {
    const rows = await read(
      `/energy/aggregate?datasource_id=${meter}&tz=UTC&from=2025-03-29T12:00:00Z&to=2025-03-30T06:00:00Z`,
    );
    // 14+…+25 = 234; 26+…+31 = 171 without the 30.
    expect(rows.map((row) => [row.start, row.end, row.energy_kwh, row.expected, row.received])).toEqual([
      ['2025-03-29T12:00:00Z', '2025-03-30T00:00:00Z', 234, 12, 12],
      ['2025-03-30T00:00:00Z', '2025-03-30T06:00:00Z', 141, 6, 5],
    ]);
  });

  test.each([
    ['week', ['2025-03-23T22:00:00Z', '2025-03-30T21:00:00Z'], [167, 168], [46, 24]],
    ['month', ['2025-02-28T22:00:00Z', '2025-03-31T21:00:00Z'], [743], [70]],
    ['quarter', ['2024-12-31T22:00:00Z', '2025-03-31T21:00:00Z'], [2159], [70]],
    ['year', ['2024-12-31T22:00:00Z', '2025-12-31T22:00:00Z'], [8760], [70]],
  ])('by %s without bounds the first and the last are whole', async (interval, bounds, expected, received) => {
    const rows = await read(`/energy/aggregate?datasource_id=${meter}&interval=${interval}`);
    expect([rows[0]?.start, rows.length === 1 ? rows[0]?.end : rows[1]?.start]).toEqual(bounds);
    expect(rows.map((row) => row.expected)).toEqual(expected);
    expect(rows.map((row) => row.received)).toEqual(received);
  });

  test('an interval without a reading is there, with nothing in it', async () => {
    const rows = await read(`/energy/aggregate?datasource_id=${meter}&from=2025-04-05&to=2025-04-06`);
    expect(rows).toEqual([
      expect.objectContaining({ energy_kwh: null, energy_kwh_min: null, received: 0, expected: 24, completeness: 0 }),
    ]);
  });

  test('rows that are not complete enough can be left out', async () => {
    const url = `/energy/aggregate?datasource_id=${meter}&interval=day&min_completeness=0.99`;
    expect((await read(url)).map((row) => row.energy_kwh)).toEqual([276, 1404]);
  });

  test('whole months come from the rollup, parts of months and other zones from the readings, and all agree', async () => {
    const ask = async (query: string) =>
      (await read(`/energy/aggregate?datasource_id=${meter}&interval=month${query}`)).map((row) => row.energy_kwh);
    await api.database.pool.query('UPDATE fact_energy_hourly_month SET energy_kwh = 1000000 WHERE datasource_id = $1', [
      meter,
    ]);
    expect(await ask('')).toEqual([1_000_000]);
    expect(await ask('&from=2025-01-01&to=2025-05-01')).toEqual([null, null, 1_000_000, null]);
    expect(await ask('&from=2025-03-30')).toEqual([2455 - 276]);
    expect(await ask('&tz=Europe/London')).toEqual([2455]);
    expect(await ask('&as_of=2100-01-01T00:00:00Z')).toEqual([2455]);
    await sumMonths(api.database.pool);
    expect(await ask('')).toEqual([2455]);
  });

  test('readings per day are summed by themselves', async () => {
    const rows = await read(`/energy/aggregate?datasource_id=${meter}&granularity=daily&interval=month`);
    expect(rows.map((row) => row.energy_kwh)).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
    expect(rows[2]).toMatchObject({ start: '2025-02-28T22:00:00Z', expected: 31, received: 31, completeness: 1 });
  });

  test('as CSV the same rows', async () => {
    const response = await get(`/energy/aggregate?external_id=meter-1&interval=month`, { accept: 'text/csv' });
    expect(response.headers['content-type']).toBe('text/csv; charset=utf-8');
    // 0+…+70 = 2485 without the 30.
    expect(response.body).toBe(
      'datasource_id,start,end,local_start,energy_kwh,energy_kwh_min,energy_kwh_max,expected,received,completeness\n' +
        `${meter},2025-02-28T22:00:00Z,2025-03-31T21:00:00Z,2025-03-01T00:00:00+02:00,2455,0,70,743,70,0.0942\n`,
    );
  });
});

describe('weather and milk', () => {
  test('states are averaged: temperatures plainly, directions as vectors, levels as energies', async () => {
    const rows = await read(`/environmental/aggregate?datasource_id=${station}&interval=hour`);
    expect(rows[0]).toMatchObject({ temperature: 20, temperature_min: 10, temperature_max: 30, received: 3 });
    // North lies between 350° and 10°; their plain mean would be south.
    expect(Math.min(Number(rows[0]?.wind_angle), 360 - Number(rows[0]?.wind_angle))).toBeCloseTo(0, 9);
    // 10 · lg((10^6 + 10^7) / 2) = 10 · (lg 5.5 + 6) = 67.4036…
    expect(rows[0]?.noise_level_db).toBeCloseTo(67.4036268949, 9);
    expect(rows[0]?.wind_direction_sectors).toBe(3);
    // East and west cancel out.
    expect(rows[1]).toMatchObject({ wind_angle: null, temperature: null });
  });

  test('a station is expected to go on at its own pace', async () => {
    const rows = await read(`/environmental/aggregate?datasource_id=${station}&interval=hour`);
    expect(rows.map((row) => [row.expected, row.received])).toEqual([
      [6, 3],
      [6, 2],
    ]);
  });

  test('milk is summed over cows and days', async () => {
    const rows = await read(`/dairy/aggregate?datasource_id=${herd}&interval=month`);
    expect(rows.map((row) => [row.milk_kg, row.day_production_per_cow_kg, row.received, row.expected])).toEqual([
      [4000, 25, 2, 31],
      [null, 25, 1, 30],
    ]);
  });
});

describe('latest and stats', () => {
  test('the last reading of each source that has one', async () => {
    const rows = await read('/energy/latest?client=Farm%20A');
    expect(rows).toEqual([
      expect.objectContaining({ datasource_id: meter, ts: '2025-03-31T20:00:00Z', energy_kwh: 70 }),
    ]);
    expect(await read(`/energy/latest?datasource_id=${meter}&granularity=daily`)).toEqual([
      expect.objectContaining({ ts: '2025-12-31', energy_kwh: 1 }),
    ]);
    expect(await read(`/energy/latest?datasource_id=${meter}&to=2025-03-29T00:00:00Z`)).toEqual([
      expect.objectContaining({ ts: '2025-03-28T23:00:00Z' }),
    ]);
  });

  test('how many there are, since when, and between which extremes', async () => {
    const [row] = (await get(`/energy/stats?datasource_id=${meter}`)).json().data;
    expect(row).toMatchObject({ rows: 70, first: '2025-03-28T22:00:00Z', last: '2025-03-31T20:00:00Z' });
    expect(row.measures.energy_kwh).toMatchObject({ received: 70, min: 0, max: 70, sum: 2455 });
    expect(row.measures.energy_kwh.mean).toBeCloseTo(2455 / 70, 12);
    const [air] = (await get(`/environmental/stats?datasource_id=${station}`)).json().data;
    expect(air.measures.temperature).toEqual({ received: 3, min: 10, max: 30, mean: 20, stddev: 10 });
    expect(air.measures.humidity).toEqual({ received: 0, min: null, max: null, mean: null, stddev: null });
  });
});

test.each([
  [`/energy/aggregate?interval=fortnight&datasource_id=1`, 400, 'invalid_request', 'interval'],
  [`/energy/aggregate?interval=day`, 400, 'invalid_request', 'datasource_id'],
  [`/energy/aggregate?external_id=meter-1&interval=hour&granularity=daily`, 400, 'invalid_request', 'interval'],
  [`/dairy/aggregate?external_id=herd-1&interval=hour`, 400, 'invalid_request', 'interval'],
  [`/energy/aggregate?external_id=meter-1&min_completeness=2`, 400, 'invalid_request', 'min_completeness'],
  [`/energy/aggregate?external_id=meter-1&tz=GMT%2B2`, 422, 'zone_invalid', 'tz'],
  [`/energy/aggregate?external_id=nobody`, 404, 'datasource_unknown', 'external_id'],
  [`/dairy/aggregate?external_id=herd-1&granularity=daily`, 400, 'invalid_request', 'granularity'],
])('%s is refused with %i %s for %s', async (url, status, code, field) => {
  const response = await get(url);
  expect([response.statusCode, response.json().code]).toEqual([status, code]);
  expect(response.json().errors[0].field).toBe(field);
});

test('more than ten thousand intervals are refused, and what to do is said', async () => {
  const response = await get('/energy/aggregate?external_id=meter-1&interval=hour&from=2020-01-01&to=2025-01-01');
  expect([response.statusCode, response.json().code]).toEqual([422, 'too_many_intervals']);
  // 10,000 hours are 416 days and 16 hours.
  const hours = (end: string) =>
    get(`/energy/aggregate?external_id=meter-1&tz=UTC&interval=hour&from=2020-01-01&to=${end}`);
  expect((await hours('2021-02-20T16:00Z')).json().data).toHaveLength(10_000);
  expect((await hours('2021-02-20T17:00Z')).statusCode).toBe(422);
});

describe('quarters of hours', () => {
  test('are four readings of one hour received, in sums by day and in whole months', async () => {
    const { pool } = api.database;
    const quarters = await addSource(pool, 'quarters', { timezone: 'UTC' });
    await pool.query(
      `INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id)
       SELECT $1, ts, 0.1, (SELECT batch_id FROM ingest_batch LIMIT 1)
       FROM generate_series('2025-06-01T00:00Z'::timestamptz, '2025-06-01T05:45Z', '15 minutes') AS ts`,
      [quarters],
    );
    await sumMonths(pool);
    // 24 readings in 6 hours; as decimals 24 × 0.1 is 2.4.
    for (const interval of ['day', 'month']) {
      const [row] = await read(`/energy/aggregate?datasource_id=${quarters}&interval=${interval}`);
      expect(row).toMatchObject({ received: 6, energy_kwh: 2.4 });
    }
  });
});

test('stats mean what aggregates mean: directions as vectors, levels as energies', async () => {
  const [air] = (await get(`/environmental/stats?datasource_id=${station}`)).json().data;
  const [year] = await read(`/environmental/aggregate?datasource_id=${station}&interval=year`);
  for (const name of ['temperature', 'wind_angle', 'noise_level_db', 'wind_direction_sectors']) {
    expect(air.measures[name].mean, name).toBe(year?.[name]);
  }
  expect(air.measures.wind_angle).toMatchObject({ min: null, max: null, stddev: null });
});

test('a value per day is that of its source’s day, whatever zone the bounds are in', async () => {
  const [row] = await read(
    `/energy/aggregate?datasource_id=${meter}&granularity=daily&tz=America/New_York&from=2025-06-02&to=2025-06-03`,
  );
  expect(row).toMatchObject({ local_start: expect.stringMatching(/^2025-06-0[23]T00:00:00\+03:00$/), energy_kwh: 1 });
});
