import { createDatabase, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkVacuum, judgeTables, type ServerState, type TableState } from '../../src/checks/vacuum-checks.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const sound: ServerState = { autovacuum: 'on', track_counts: 'on', xid_age: 5_000_000, settled: true };
const table = (state: Partial<TableState>): TableState => ({
  ...{ name: 't', live: 100_000, dead: 0, never_analysed: false, opted_out: false, bytes: 8e6, needed: 7e6 },
  ...state,
});
const findFailed = (server: ServerState, state: Partial<TableState> = {}) =>
  judgeTables(server, [table(state)])
    .filter(({ passed }) => !passed)
    .map(({ name, detail, remedy }) => [name, detail, remedy?.split(/[ .:;]/)[0]]);

describe('what PostgreSQL leaves behind', () => {
  it.each<[string, Partial<ServerState>, Partial<TableState>, unknown[]]>([
    ['a sound table', {}, {}, []],
    ['autovacuum off', { autovacuum: 'off' }, {}, [['autovacuum', 'autovacuum is off', 'ALTER']]],
    ['counts off', { track_counts: 'off' }, {}, [['autovacuum', expect.stringContaining('track_counts'), 'ALTER']]],
    ['a table without it', {}, { opted_out: true }, [['autovacuum', 't is taken out of it', 'ALTER']]],
    ['old rows', { xid_age: 1_500_000_000 }, {}, [['autovacuum', expect.stringContaining('1,500,000,000'), 'ALTER']]],
    ['dead rows', {}, { dead: 40_000 }, [['dead rows', 't has 40,000 dead rows beside 100,000', 'VACUUM']]],
    ['some dead rows', {}, { dead: 30_000 }, []],
    ['dead rows of a small table', {}, { live: 10, dead: 9_000 }, []],
    ['no statistics', {}, { never_analysed: true }, [['statistics', 't (100,000 rows) was never analysed', 'ANALYZE']]],
    ['no statistics yet', { settled: false }, { never_analysed: true }, []],
    ['no statistics of few rows', {}, { never_analysed: true, live: 9_999 }, []],
    [
      'bloat',
      {},
      { bytes: 400 * 2 ** 20, needed: 100 * 2 ** 20 },
      [['bloat', 't takes 400 MiB for about 100 MiB of rows', 'New']],
    ],
    ['room for as much again', {}, { bytes: 200 * 2 ** 20, needed: 100 * 2 ** 20 }, []],
    ['a small table of much room', {}, { bytes: 8e6, needed: 8_192 }, []],
    ['a width that is not known', {}, { bytes: 1e9, needed: null }, []],
  ])('is judged: %s', (_, server, state, failed) => {
    expect(findFailed({ ...sound, ...server }, state)).toEqual(failed);
  });

  it('is found in a real table: no autovacuum, dead rows, no statistics, and room for many times its rows', async () => {
    const { pool } = database;
    await pool.query(`
      ALTER TABLE fact_energy_hourly SET (autovacuum_enabled = off);
      INSERT INTO datasource (id, external_id, source_category, data_type) VALUES (1, 'm', 'device', 'energy');
      INSERT INTO ingest_batch (batch_id, source_type, applied_at) VALUES ('01910000-0000-7000-8000-000000000001', 'file', now() - interval '2 hours');
      INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id)
        SELECT 1, timestamptz '2000-01-01' + n * interval '1 minute', n, '01910000-0000-7000-8000-000000000001' FROM generate_series(1, 60000) n;`);
    await pool.query('UPDATE fact_energy_hourly SET energy_kwh = energy_kwh + 1');
    const failed = async () => (await checkVacuum(pool)).filter(({ passed }) => !passed).map(({ detail }) => detail);
    await expect
      .poll(failed, { timeout: 20_000 })
      .toEqual([
        'fact_energy_hourly is taken out of it',
        'fact_energy_hourly has 60,000 dead rows beside 60,000',
        'fact_energy_hourly (60,000 rows) was never analysed',
      ]);
    await pool.query('VACUUM (ANALYZE) fact_energy_hourly');
    await expect.poll(failed, { timeout: 20_000 }).toEqual(['fact_energy_hourly is taken out of it']);
    const [row] = (
      await pool.query(`SELECT pg_relation_size('fact_energy_hourly') / (c.reltuples * (sum(w.avg_width) + 28) / 0.9) AS times
        FROM pg_class c JOIN pg_stats w ON w.tablename = c.relname WHERE c.relname = 'fact_energy_hourly' GROUP BY c.reltuples`)
    ).rows;
    // Twice the rows were written: the reckoning of what they need is about right.
    expect(Number(row.times)).toBeGreaterThan(1.6);
    expect(Number(row.times)).toBeLessThan(2.4);
  });
});
