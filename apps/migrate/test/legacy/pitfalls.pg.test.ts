// Each pitfall of a move has a test named after it: here those that data alone can show; the others stand beside what they need.
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findServerUrl } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, verify } from '../../src/legacy/commands.ts';
import { cutover, rollback } from '../../src/legacy/switch-commands.ts';
import { type Move, OLD_SCHEMA, OLD_WORLD, openMove } from './support.ts';

/** Beside the small old world: a file of nobody, a file without a row, sums that depend on order, an id above the others. */
const MORE = `
  INSERT INTO ingest_file (file_id, file_name, device_id, granularity, sha256, ingested_at) VALUES
    ('00000000-0000-4000-8000-0000000000e1', 'strange.csv', 'unknown', 'hourly', repeat('e', 64), '2026-02-11 10:00Z'),
    ('00000000-0000-4000-8000-0000000000e2', 'aaaaaaaaaaaaaaaaaaaaaaaa-empty.csv', '3', 'hourly', repeat('f', 64), '2026-02-11 10:00Z');
  INSERT INTO fact_energy_hourly (energy_id, device_id, ts, energy_kwh, source_file, created_at) SELECT 300 + h, 3, '2026-03-05'::timestamp + make_interval(hours => h),
    CASE WHEN h = 0 THEN 1000000000 ELSE 0.1 END, '00000000-0000-4000-8000-0000000000e2', '2026-02-12 08:00Z' FROM generate_series(0, 5) h;
  DELETE FROM fact_energy_hourly WHERE energy_id = 305;
  INSERT INTO pipeline_execution (id, pipeline_name, stage, status) VALUES (7000, 'energy', 'load', 'success')`;

const kwh = (where: string) =>
  `SELECT left(d.external_id, 1) || to_char(f.ts AT TIME ZONE 'UTC', ' MM-DD HH24:MI:SS ') || f.energy_kwh AS said FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id WHERE ${where} ORDER BY 1`;
const refused = (ids: string) =>
  `SELECT (key || ' ' || reason) AS said FROM legacy_move.reading WHERE tab = 'fact_energy_hourly' AND key IN (${ids}) ORDER BY key::int`;

/** Name of the pitfall, a query, and what it must say: worked out by hand from old-world.sql. */
const DATA: readonly (readonly [pitfall: string, sql: string, said: readonly string[]])[] = [
  [
    'id permutation',
    kwh("f.ts IN ('2025-03-30 00:00Z', '2026-02-12 03:00Z')"),
    ['a 02-12 03:00:00 0.2', 'a 03-30 00:00:00 1.1', 'b 03-30 00:00:00 2.1'],
  ],
  ['cross-epoch overwrite by a re-sent file', kwh('f.energy_kwh = 3.5'), ['c 03-30 02:00:00 3.5']],
  ['non-existent and ambiguous hours', `${refused("'2'")}`, ['2 nonexistent_local_time']],
  [
    'non-existent and ambiguous hours: standard time, marked',
    "SELECT quality || to_char(ts AT TIME ZONE 'UTC', ' HH24:MI') AS said FROM fact_energy_hourly WHERE energy_kwh = 1.4",
    ['2 01:00'],
  ],
  [
    'bad zones (GMT+2, Cyprus/Nicosia, an empty one)',
    "SELECT DISTINCT timezone AS said FROM datasource WHERE external_id ~ '^(ccc|ddd|station)'",
    ['Asia/Nicosia'],
  ],
  [
    'weather local-as-UTC beside true-UTC API rows',
    "SELECT temperature || to_char(timestamp AT TIME ZONE 'UTC', ' HH24:MI') AS said FROM environmental_metrics ORDER BY timestamp",
    ['10 00:00', '22 00:00', '13 01:00'],
  ],
  [
    'two stations and two farms',
    "SELECT external_id || ' ' || temperature AS said FROM environmental_metrics JOIN datasource d ON d.id = datasource_id WHERE timestamp = '2026-02-11 00:00Z' UNION ALL SELECT external_id || ' ' || number_of_animals FROM dairy_production JOIN datasource d ON d.id = datasource_id WHERE production_date = '2026-02-01' ORDER BY 1",
    ['robot-2 58', 'station-2 22'],
  ],
  [
    'AM/PM days',
    "SELECT count(*) || ' ' || reason AS said FROM legacy_move.reading WHERE key::int BETWEEN 101 AND 112 AND tab = 'fact_energy_hourly' GROUP BY reason",
    ['12 ampm_collapsed'],
  ],
  ['source_file NULL', kwh("f.ts = '2026-02-11 22:00Z'"), ['a 02-11 22:00:00 1.5']],
  [
    'ingest_file.device_id None, 9999, unknown',
    "SELECT (legacy->>'device_id') || ' ' || coalesce(datasource_id::text, 'nobody') AS said FROM ingest_batch WHERE legacy->>'device_id' IN ('None', '9999', 'unknown') ORDER BY 1",
    ['9999 nobody', 'None nobody', 'unknown nobody'],
  ],
  [
    'device-only, generic-only, conflicting and case-twin sources',
    "SELECT left(external_id, 3) || ' ' || coalesce(alias, '-') || ' ' || (SELECT count(*) FROM datasource_alias a WHERE a.datasource_id = d.id AND a.kind LIKE 'legacy_%device') AS said FROM datasource d WHERE external_id ~ '^(aaa|ddd|sta)' ORDER BY external_id",
    ['aaa A renamed 3', 'ddd - 1', 'sta Barn 1', 'sta Roof 1'],
  ],
  [
    'NaN, Infinity, negative, future',
    refused("'10', '11', '12', '13'"),
    ['10 non_finite', '11 non_finite', '12 negative', '13 future'],
  ],
  ['odd seconds', kwh("f.energy_kwh = 0.1 AND f.ts < '2026-03-01'"), ['a 02-12 02:30:17 0.1']],
  [
    'upper-case and non-hex sha256',
    "SELECT coalesce(left(file_sha256, 3), 'none') || ' ' || left(legacy->>'sha256', 7) AS said FROM ingest_batch WHERE legacy ? 'sha256' AND source_name IN ('weather.csv', 'cccccccccccccccccccccccc-resend.csv') ORDER BY 1",
    ['ccc CCCCCCC', 'none not hex'],
  ],
  [
    'reversed period, empty granularity',
    "SELECT coalesce(granularity, 'none') || ' ' || (coalesce(date_range_start <= date_range_end, true)) AS said FROM ingest_batch WHERE source_name IN ('https://api.example/12/', 'cccccccccccccccccccccccc-resend.csv') ORDER BY 1",
    ['hourly true', 'none true'],
  ],
  [
    'statuses Success, weird, a running that never ended',
    "SELECT (metadata->'legacy'->>'status') || ' ' || status AS said FROM pipeline_execution WHERE metadata->'legacy'->>'id' <> '7000' ORDER BY 1",
    ['Success completed', 'odd completed', 'running failed'],
  ],
  [
    'orphan batches',
    "SELECT source_name || ' ' || records_read AS said FROM ingest_batch WHERE source_name = 'strange.csv'",
    ['strange.csv 0'],
  ],
  [
    'a cursor whose device is gone',
    "SELECT key || ' ' || outcome || ' ' || coalesce(reason, '-') AS said FROM legacy_move.ledger WHERE tab = 'api_fetch_cursor' ORDER BY key",
    ['1 migrated -', '2 rejected unresolved_datasource'],
  ],
  [
    'float sums',
    "SELECT count(*) || ' ' || sum(energy_kwh::numeric)::text AS said FROM fact_energy_hourly WHERE energy_kwh IN (0.1, 1000000000) AND ts > '2026-03-01'",
    ['5 1000000000.4'],
  ],
  [
    'identities',
    "SELECT (nextval('pipeline_execution_id_seq') > (SELECT max(id) FROM pipeline_execution))::text || ' ' || (nextval('datasource_id_seq') > (SELECT max(id) FROM datasource))::text AS said",
    ['true true'],
  ],
];

/** The others, by the beginning of the title that each has in a file of this folder. */
const ELSEWHERE = [
  'same names on both sides without --park',
  'deleting a datasource with facts',
  'never-loaded rows, and a second --recover adds nothing',
  'kill -9 after each chunk, then resume',
  'writes and deletes during the copy, one transaction held open',
  'a long reader at cutover',
  'the old upsert against compat',
  'each old view and sample query under compat',
  'concurrent runs',
  'rollback after new writes',
  'empty and already migrated databases',
  'the mutation "trust the foreign key"',
];

describe.runIf(findServerUrl() !== '')('pitfall', () => {
  let move: Move;
  beforeAll(async () => {
    move = await openMove(`${OLD_WORLD}; ${MORE}`);
    const map = join(move.dir, 'map.yaml');
    await writeFile(map, 'batches: { environmental_metrics: Station-1 }\n');
    // The run ends with its own verification, whose sums do not depend on the order of floats.
    expect(await move.run(run, { map })).toBe(0);
  });
  afterAll(() => move.end());

  it.each(DATA)('%s', async (_name, sql, said) => {
    expect((await move.ask<{ said: string }>(sql)).map((row) => row.said)).toEqual(said);
  });

  it('float sums: a difference in the seventeenth digit is found all the same', async () => {
    const set = (value: string) =>
      move.target.pool.query(`UPDATE fact_energy_hourly SET energy_kwh = ${value} WHERE ts = '2026-02-12 03:00Z'`);
    await set('0.20000000000000004');
    await expect(move.run(verify)).rejects.toMatchObject({ code: 'legacy_differs' });
    await set('0.2');
    expect(await move.run(verify)).toBe(0);
  });

  it('deleting a datasource with facts is refused, where the old tables cascaded', async () => {
    await expect(move.target.pool.query("DELETE FROM datasource WHERE external_id LIKE 'aaa%'")).rejects.toMatchObject({
      // PostgreSQL 18 has a code of its own for RESTRICT.
      code: expect.stringMatching(/^23(001|503)$/),
    });
  });

  it('same names on both sides without --park are noticed before anything is written', async () => {
    const both = await openMove(OLD_WORLD);
    const { old } = both;
    try {
      // The old tables stand in what is named as the new database too.
      await both.target.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
      await both.target.pool.query(OLD_SCHEMA);
      await expect(both.run(run)).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining('say --park instead'),
      });
      expect((await old.pool.query("SELECT FROM pg_namespace WHERE nspname LIKE 'legacy%'")).rows).toEqual([]);
    } finally {
      await both.end();
    }
  });

  it('a switch after which the two sides differ is told at once, and taken back by rollback', async () => {
    await move.target.pool.query(`CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM fact_energy_hourly WHERE energy_kwh = 1.4; RETURN NULL; END';
      CREATE TRIGGER lose AFTER UPDATE ON legacy_move.settings FOR EACH ROW WHEN (NEW.phase = 'cut_over' AND OLD.phase <> 'cut_over') EXECUTE FUNCTION lose()`);
    await expect(move.run(cutover)).rejects.toMatchObject({
      code: 'legacy_differs',
      message: expect.stringContaining('`rollback` takes it back'),
    });
    expect(await move.run(rollback, { acceptOverflow: true })).toBe(0);
  });
});

describe('the list of pitfalls', () => {
  it('is covered whole', () => {
    const dir = new URL('.', import.meta.url);
    const texts = readdirSync(dir)
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => readFileSync(new URL(name, dir), 'utf8'));
    const titled = (name: string) =>
      texts.some(
        (text) => text.includes(`it('${name}`) || text.includes(`describe('${name}`) || text.includes(`('${name}`),
      );
    expect(ELSEWHERE.filter((name) => !titled(name))).toEqual([]);
  });
});
