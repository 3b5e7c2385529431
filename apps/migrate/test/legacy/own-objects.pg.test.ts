import { createEmptyDatabase, findServerUrl, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/legacy/commands.ts';
import type { Context, Flags } from '../../src/legacy/context.ts';
import { openOldSide } from '../../src/legacy/old-side.ts';
import { cutover, finish, rollback } from '../../src/legacy/switch-commands.ts';
import { type Move, OLD_SCHEMA, OLD_WORLD, openMove, ZONE } from './support.ts';

const here = describe.runIf(findServerUrl() !== '');

here('with --park, in a database that holds more than the old system', () => {
  let database: TestDatabase;
  let files: Move;
  const said: string[] = [];
  const park = async (command: (context: Context) => Promise<number>, given: Flags = {}) => {
    const old = await openOldSide({ sourceUrl: undefined, park: true }, database.url);
    try {
      const flags: Flags = { park: true, timezone: ZONE, report: files.dir, ...given };
      const common = { flags, dataDir: files.dir, targetUrl: database.url, target: database.pool, old };
      return await command({ ...common, say: (text) => said.push(text), print: (text) => said.push(text) });
    } finally {
      await old.close();
    }
  };
  beforeEach(async () => {
    [database, files] = await Promise.all([createEmptyDatabase(), openMove('')]);
    await database.pool.query(`SET TimeZone = 'UTC'; ${OLD_SCHEMA}; ${OLD_WORLD}`);
  });
  afterEach(async () => {
    await Promise.all([database.drop(), files.end()]);
  });

  it('what stands in the way is named before anything is moved: the old system keeps its place', async () => {
    await database.pool.query(
      'CREATE TABLE notes (text text); CREATE VIEW my_dash AS SELECT device_id FROM fact_energy_hourly',
    );
    await expect(park(run)).rejects.toMatchObject({ code: 'legacy_in_the_way', message: 'my_dash, notes.' });
    const { rows } = await database.pool.query("SELECT to_regclass('public.fact_energy_hourly') IS NOT NULL AS there");
    expect(rows).toEqual([{ there: true }]);
  });

  it('finish drops nothing of the site’s own: neither what stands beside the old tables nor what is built on them', async () => {
    await database.pool.query(
      "CREATE SCHEMA legacy; CREATE TABLE legacy.notes AS SELECT 'precious' AS text; CREATE SCHEMA mine; CREATE VIEW mine.dash AS SELECT device_id FROM fact_energy_hourly",
    );
    await park(run);
    await park(cutover);
    const end = { yes: true, endReverse: true };
    await expect(park(finish, end)).rejects.toMatchObject({
      code: 'legacy_depended',
      message: 'view mine.dash depends on table legacy.fact_energy_hourly.',
    });
    expect((await database.pool.query('SELECT count(*)::int AS n FROM mine.dash')).rows).toEqual([{ n: 27 }]);
    await database.pool.query('DROP VIEW mine.dash');
    expect(await park(finish, end)).toBe(0);
    expect((await database.pool.query('SELECT * FROM legacy.notes')).rows).toEqual([{ text: 'precious' }]);
    const { rows } = await database.pool.query(
      "SELECT relname FROM pg_class WHERE relnamespace = 'legacy'::regnamespace AND relkind IN ('r', 'v')",
    );
    expect(rows).toEqual([{ relname: 'notes' }]);
  });
});

here('long readers', () => {
  let move: Move;
  beforeEach(async () => {
    move = await openMove();
    await move.run(run);
  });
  afterEach(() => move.end());

  it('neither hold a rollback up nor are kept waiting by it, on both sides', async () => {
    await move.run(cutover);
    const readers = await Promise.all([move.old.pool.connect(), move.target.pool.connect()]);
    try {
      for (const reader of readers) await reader.query('BEGIN; SELECT count(*) FROM fact_energy_hourly');
      expect(await move.run(rollback)).toBe(0);
    } finally {
      for (const reader of readers) {
        await reader.query('COMMIT');
        reader.release();
      }
    }
    await move.old.pool.query('DELETE FROM dairy_production');
    await move.target.pool.query('DELETE FROM dairy_production');
    expect(await move.ask('SELECT count(*)::int AS n FROM legacy_move.reverse_queue')).toEqual([{ n: 0 }]);
  });

  it('are not queued behind a finish: it gives up, and can be said again', async () => {
    await move.run(cutover);
    const reader = await move.target.pool.connect();
    await reader.query('BEGIN; SELECT count(*) FROM fact_energy_hourly');
    const finished = move.run(finish, { yes: true, endReverse: true }).catch((fault: { code?: string }) => fault.code);
    const startedMs = Date.now();
    await move.ask('SELECT pg_sleep(0.3)');
    await move.ask('SELECT count(*) FROM fact_energy_hourly');
    expect(Date.now() - startedMs).toBeLessThan(2_000);
    await reader.query('COMMIT');
    reader.release();
    expect(await finished).toBe(0);
  });

  it('writers of the new tables do not let those of the old wait at a cutover', async () => {
    const writer = await move.target.pool.connect();
    await writer.query('BEGIN; DELETE FROM dairy_production');
    const switched = move.run(cutover);
    await move.ask('SELECT pg_sleep(1)');
    const startedMs = Date.now();
    await move.old.pool.query('UPDATE fact_energy_daily SET energy_kwh = energy_kwh');
    expect(Date.now() - startedMs).toBeLessThan(2_000);
    await writer.query('ROLLBACK');
    writer.release();
    expect(await switched).toBe(0);
  });
});
