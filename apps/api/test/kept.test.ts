// What the API answers about a past of which the policy of keeping has removed a part: exactly, or history_pruned.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addBatch, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

const SHA = 'ab'.repeat(32);
const HORIZON = '2025-07-01T12:00:00.000Z';

let api: OpenApp;
let meter: number;
let second: string;

/**
 * By hand, hour 00 of 2025-06-01: 1 from 10:00, 2 from 11:00, 3 from 12:30, 4 from 13:00 on. Hour 01: 20 from 10:00 until 11:30, and nothing since.
 */
beforeAll(async () => {
  api = await openApp();
  const { pool } = api.database;
  meter = await addSource(pool, 'meter-1', { timezone: 'UTC' });
  const times = ['10:00', '11:00', '12:30', '13:00'];
  const batches: string[] = [];
  for (const [at, time] of times.entries())
    batches.push(
      await addBatch(pool, [meter], { applied_at: `2025-07-01T${time}Z`, applied_seq: at + 1, file_sha256: SHA }),
    );
  second = batches[1]!;
  const version = `INSERT INTO fact_energy_hourly_history (datasource_id, ts, energy_kwh, batch_id, valid_from, valid_to, closed_by, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;
  for (const at of [0, 1, 2])
    await pool.query(version, [
      meter,
      '2025-06-01T00:00Z',
      at + 1,
      batches[at],
      `2025-07-01T${times[at]}Z`,
      `2025-07-01T${times[at + 1]}Z`,
      batches[at + 1],
      'update',
    ]);
  await pool.query(version, [
    meter,
    '2025-06-01T01:00Z',
    20,
    batches[0],
    '2025-07-01T10:00Z',
    '2025-07-01T11:30Z',
    second,
    'undo',
  ]);
  await pool.query('INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id) VALUES ($1, $2, 4, $3)', [
    meter,
    '2025-06-01T00:00Z',
    batches[3],
  ]);
});
afterAll(() => api.close());

const get = (url: string, headers: Record<string, string> = {}) =>
  api.app.inject({ url, headers: { host: 'localhost', ...headers } });
const prune = async () => {
  const { pool } = api.database;
  await pool.query("INSERT INTO retention (what, horizon) VALUES ('history', $1)", [HORIZON]);
  await pool.query(
    `BEGIN; SET LOCAL cei.purge = 'on'; DELETE FROM fact_energy_hourly_history WHERE valid_to <= '${HORIZON}'; COMMIT`,
  );
};

const READS = [
  ['a page', '/energy/hourly?'],
  ['CSV', '/energy/hourly?format=csv&'],
  ['NDJSON', '/energy/hourly?format=ndjson&'],
  ['Parquet', '/energy/hourly?format=parquet&'],
  ['a workbook', '/energy/hourly?format=xlsx&'],
  ['an aggregate', '/energy/aggregate?'],
  ['the latest', '/energy/latest?'],
  ['the stats', '/energy/stats?'],
] as const;

describe('as_of', () => {
  beforeAll(prune);

  test.each(READS)('before the horizon is refused: %s', async (_, path) => {
    for (const at of ['2025-07-01T09:00:00Z', '2025-07-01T11:15:00Z', '2025-07-01T11:59:59.999999Z']) {
      const answer = await get(`${path}external_id=meter-1&as_of=${at}`);
      expect([answer.statusCode, answer.json().code, answer.json().kept_from]).toEqual([
        410,
        'history_pruned',
        HORIZON,
      ]);
    }
  });

  test.each(READS)('from the horizon on is answered: %s', async (_, path) => {
    for (const at of [HORIZON, '2025-07-01T12:30:00Z', '2025-07-01T14:00:00Z'])
      expect((await get(`${path}external_id=meter-1&as_of=${at}`)).statusCode).toBe(200);
  });

  test.each([
    [HORIZON, 2],
    ['2025-07-01T12:29:59.999999Z', 2],
    ['2025-07-01T12:30:00Z', 3],
    ['2025-07-01T13:00:00Z', 4],
  ])('at %s is what stood there then', async (at, kwh) => {
    const { data } = (await get(`/energy/hourly?external_id=meter-1&as_of=${at}`)).json();
    expect(data.map((row: { energy_kwh: number }) => row.energy_kwh)).toEqual([kwh]);
    const csv = await get(`/energy/hourly?external_id=meter-1&as_of=${at}&format=csv`);
    expect(csv.body.trim().split('\n')[1]).toContain(`,${kwh},`);
  });

  test('is refused also where the horizon was moved between the first look and the answer', async () => {
    const { pool } = api;
    const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
    let moved = false;
    // The rows are read first: whatever moves the horizon before they are read has moved it when it is asked for.
    pool.query = (async (...args: unknown[]) => {
      const text = typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text;
      if (!moved && text.includes('_history')) {
        moved = true;
        await api.database.pool.query("UPDATE retention SET horizon = '2025-07-01T12:15:00Z'");
      }
      return query(...args);
    }) as typeof pool.query;
    const answer = await get(`/energy/hourly?external_id=meter-1&as_of=${HORIZON}`);
    pool.query = query as typeof pool.query;
    expect([moved, answer.statusCode, answer.json().code]).toEqual([true, 410, 'history_pruned']);
  });
});

describe('provenance', () => {
  test('tells what ended after the horizon, no beginning before it, and says from when it knows', async () => {
    const answer = (await get('/energy/hourly/provenance?external_id=meter-1&at=2025-06-01T00:00:00Z')).json();
    expect([answer.reading.energy_kwh, answer.kept_from]).toEqual([4, '2025-07-01T12:15:00.000Z']);
    expect(
      answer.earlier.map((each: { reading: { energy_kwh: number }; since: string; until: string }) => [
        each.reading.energy_kwh,
        each.since,
        each.until,
      ]),
    ).toEqual([
      [3, '2025-07-01T12:30:00.000Z', '2025-07-01T13:00:00.000Z'],
      [2, null, '2025-07-01T12:30:00.000Z'],
    ]);
  });

  test('of a reading that ended before says that none was there since, and not that none ever was', async () => {
    const answer = await get('/energy/hourly/provenance?external_id=meter-1&at=2025-06-01T01:00:00Z');
    expect([answer.statusCode, answer.json().detail]).toEqual([
      404,
      'No reading has the ts 2025-06-01T01:00:00Z, and none had since 2025-07-01T12:15:00.000Z.',
    ]);
  });
});

describe('the file of a batch', () => {
  const path = () => join(api.dataDir, 'archive', SHA.slice(0, 2), SHA);
  beforeEach(() => api.database.pool.query('DELETE FROM pruned_file'));

  test('that the policy took says so; one that is lost is missing; one that came again is there', async () => {
    expect((await get(`/batches/${second}/file`)).json()).toMatchObject({ status: 410, code: 'archive_missing' });
    await api.database.pool.query("INSERT INTO pruned_file VALUES ($1, 3, now(), '2026-01-02T03:04:05Z')", [SHA]);
    expect((await get(`/batches/${second}/file`)).json()).toMatchObject({
      status: 410,
      code: 'history_pruned',
      detail: 'The original was removed at 2026-01-02T03:04:05.000Z.',
    });
    await mkdir(dirname(path()), { recursive: true });
    await writeFile(path(), 'abc');
    expect((await get(`/batches/${second}/file`)).body).toBe('abc');
  });
});
