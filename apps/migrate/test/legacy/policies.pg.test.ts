import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findServerUrl } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/legacy/commands.ts';
import { cutover, rollback } from '../../src/legacy/switch-commands.ts';
import { HOURLY, type Move, openMove } from './support.ts';

const here = describe.runIf(findServerUrl() !== '');

here('a policy, which the verifier reads in its own way', () => {
  let move: Move;
  beforeAll(async () => {
    move = await openMove();
  });
  afterAll(() => move.end());
  const hourly = async () => (await move.ask<{ said: string }>(HOURLY)).map(({ said }) => said);
  const runWith = async (map: string) => {
    const path = join(move.dir, 'map.yaml');
    await writeFile(path, map);
    expect(await move.run(run, { map: path })).toBe(0);
  };

  // One database for all: each run decides anew what the one before had decided otherwise.
  it.each([
    [
      'nonexistent: shift moves 03:00 of the spring day to 04:00, where a reading of the same file and time stands first',
      'nonexistent: shift',
      ['a 2025-03-30 01:00:00 1.3'],
      ['a 2025-03-30 01:00:00 1.2'],
    ],
    [
      'autumn: first takes an hour that occurs twice for summer time',
      'autumn: first',
      ['a 2025-10-26 00:00:00 1.4'],
      ['a 2025-10-26 01:00:00 1.4'],
    ],
    [
      'ampm: shift moves what is left of the day to its afternoon',
      'ampm: shift',
      ['a 2026-01-26 11:00:00 13', 'a 2026-01-26 21:00:00 23', 'a 2026-01-26 10:00:00 12'],
      ['a 2026-01-25 23:00:00 13'],
    ],
    [
      'ampm: keep leaves it where it stood',
      'ampm: keep',
      ['a 2026-01-25 23:00:00 13', 'a 2026-01-26 10:00:00 12'],
      ['a 2026-01-26 11:00:00 13'],
    ],
  ])('%s', async (_name, policy, there, absent) => {
    await runWith(`policies: { ${policy} }`);
    const said = await hourly();
    expect(said).toEqual(expect.arrayContaining(there));
    for (const one of absent) expect(said).not.toContain(one);
  });

  it('zero: keep leaves a zero, and weather_csv: utc leaves the clock of a file', async () => {
    await runWith('batches: { environmental_metrics: station-1 }\npolicies: { zero: keep, weather_csv: utc }');
    expect(await move.ask('SELECT average_lactation_days AS days FROM dairy_production')).toEqual([{ days: 0 }]);
    expect(
      await move.ask(
        "SELECT to_char(timestamp AT TIME ZONE 'UTC', 'HH24:MI') AS at FROM environmental_metrics WHERE timestamp < '2026-01-01' ORDER BY 1",
      ),
    ).toEqual([{ at: '02:00' }, { at: '03:10' }]);
  });

  it('ends where it began when the defaults are back', async () => {
    await runWith('{}');
    expect(await hourly()).toHaveLength(9);
  });

  it('never lets a rollback write one station or farm over another', async () => {
    expect(await move.run(cutover)).toBe(0);
    await move.target.pool.query(`
      INSERT INTO ingest_batch (batch_id, source_type, source_name, status, applied_at) VALUES ('01920000-0000-7000-8000-000000000002', 'file', 'new.csv', 'completed', now());
      INSERT INTO environmental_metrics (datasource_id, timestamp, temperature, batch_id)
        SELECT id, t, 5, '01920000-0000-7000-8000-000000000002' FROM datasource, unnest(ARRAY['2026-02-11 00:00Z', '2026-06-01 00:00Z']::timestamptz[]) t WHERE external_id = 'station-1';
      INSERT INTO dairy_production (datasource_id, production_date, number_of_animals, batch_id)
        SELECT id, d, 5, '01920000-0000-7000-8000-000000000002' FROM datasource, unnest(ARRAY['2026-02-01', '2026-06-01']::date[]) d WHERE external_id = 'robot-1'`);
    expect(await move.run(rollback, { acceptOverflow: true, json: true })).toBe(0);
    expect(JSON.parse(move.printed.at(-1) ?? '')).toEqual({ phase: 'rolled_back', replayed: 2, overflow: 2 });
    const { rows } = await move.old.pool.query(
      "SELECT (SELECT temperature::int FROM environmental_metrics WHERE timestamp = '2026-02-11 00:00Z') AS kept, (SELECT temperature::int FROM environmental_metrics WHERE timestamp = '2026-06-01 00:00Z') AS added, (SELECT number_of_animals FROM dairy_production WHERE production_date = '2026-02-01') AS cows",
    );
    expect(rows).toEqual([{ kept: 22, added: 5, cows: 58 }]);
  });
});
