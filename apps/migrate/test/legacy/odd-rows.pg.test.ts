// Rows that no clean database has: names whose letters fold differently in JavaScript and PostgreSQL, years off every calendar, staging values
// that are no numbers. None of them may end a move, and each ends as migrated or rejected.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEmptyDatabase, findServerUrl } from '@cei-inoe/shared/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { run, verify } from '../../src/legacy/commands.ts';
import { abort, finish, rollback } from '../../src/legacy/switch-commands.ts';
import { type Move, OLD_SCHEMA, openMove } from './support.ts';

const here = describe.runIf(findServerUrl() !== '');
const FILE = '00000000-0000-4000-8000-00000000000';

here('odd rows of an old database', () => {
  let move: Move;
  afterEach(() => move.end());

  // "ΑΓΡΟΣ" ends in σ for PostgreSQL and in ς for JavaScript; a tab is no space to btrim().
  it.each(['ΑΓΡΟΣ', 'İzmir-1', 'Ферма-Б', 'tab\t', 'nbsp\u00a0', ' spaced '])(
    'moves the readings of a source named %j',
    async (name) => {
      move = await openMove('');
      await move.old.pool.query(
        "INSERT INTO generic_device (id, device_id, device_type, client) VALUES (7, $1, 'energy', 'x')",
        [name],
      );
      await move.old.pool.query(
        `INSERT INTO ingest_file (file_id, file_name, device_id, granularity, sha256, ingested_at) VALUES ('${FILE}1', 'x.csv', $1, 'hourly', 'x', '2026-03-01Z')`,
        [name],
      );
      await move.old.pool.query(`INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh, source_file, created_at)
      VALUES (7, '2026-02-20 12:00', 1.5, '${FILE}1', '2026-03-01Z'), (7, '2026-02-20 13:00', 2.5, NULL, '2026-03-01Z')`);
      expect(await move.run(run)).toBe(0);
      const rows =
        await move.ask(`SELECT d.external_id AS id, f.ts AT TIME ZONE 'UTC' = '2026-02-20 10:00' AS first, f.energy_kwh AS kwh
      FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id ORDER BY f.ts`);
      const id = name.replaceAll(' ', '');
      expect(rows).toEqual([
        { id, first: true, kwh: 1.5 },
        { id, first: false, kwh: 2.5 },
      ]);
    },
  );

  it('rejects years off every calendar, and staging values that are no numbers, rather than ending', async () => {
    move =
      await openMove(`INSERT INTO generic_device (id, device_id, device_type, client) VALUES (1, 'aaaaaaaaaaaaaaaaaaaaaaaa', 'energy', 'x'), (2, 'robot', 'dairy', 'x');
      INSERT INTO ingest_file (file_id, file_name, device_id, granularity, sha256, ingested_at) VALUES ('${FILE}1', 'x.csv', '1', 'hourly', 'x', '2026-03-01Z'), ('${FILE}2', 'y.csv', '2', 'daily', 'y', '2026-03-01Z');
      INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh, source_file) SELECT 1, ts::timestamp, 1, '${FILE}1'
        FROM unnest(ARRAY['infinity', '-infinity', '294276-12-31 23:00', '4713-01-01 00:00 BC', '2026-02-20 12:00']) ts;
      INSERT INTO fact_energy_daily (device_id, ts, energy_kwh, source_file) SELECT 1, ts::date, 1, '${FILE}1' FROM unnest(ARRAY['infinity', '-infinity', '5874897-12-31', '2026-02-20']) ts;
      INSERT INTO dairy_production (production_date, number_of_animals, source_file) SELECT ts::date, 1, '${FILE}2' FROM unnest(ARRAY['infinity', '5874897-12-31', '2026-02-20']) ts;
      INSERT INTO staging_energy_hourly (file_id, row_number, raw_data, transformed_data, is_valid, loaded_to_final)
        SELECT '${FILE}1', n, '{}', jsonb_build_object('device_id', 1, 'ts', '2026-02-21'::timestamp + make_interval(hours => n::int), 'energy_kwh', said::jsonb), true, false
        FROM unnest(ARRAY['"abc"', '"1e999"', '1e999', '"nan"', '{"a": 1}', 'true', '""', '" -3"', '"12.5"', '7']) WITH ORDINALITY x(said, n);
      INSERT INTO staging_dairy_production (file_id, row_number, raw_data, transformed_data, is_valid, loaded_to_final) VALUES
        ('${FILE}2', 1, '{}', '{"production_date": "2026-02-21", "number_of_animals": 1e12}', true, false),
        ('${FILE}2', 2, '{}', '{"production_date": "2026-02-22", "number_of_animals": "12"}', true, false)`);
    expect(await move.run(run, { recover: true })).toBe(0);
    const verdicts = await move.ask(
      "SELECT tab, outcome, coalesce(reason, '') AS reason, count(*)::int AS n FROM legacy_move.ledger WHERE tab ~ 'energy|dairy' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    );
    expect(verdicts.map(({ tab, outcome, reason, n }) => `${tab} ${outcome} ${reason} ${n}`)).toEqual([
      'dairy_production migrated  1',
      'dairy_production rejected non_finite 2',
      'fact_energy_daily migrated  1',
      'fact_energy_daily rejected non_finite 3',
      'fact_energy_hourly migrated  1',
      'fact_energy_hourly rejected non_finite 4',
      'staging_dairy_production migrated  1',
      'staging_dairy_production rejected non_finite 1',
      'staging_energy_hourly migrated  2',
      'staging_energy_hourly rejected negative 1',
      'staging_energy_hourly rejected non_finite 7',
    ]);
    expect(await move.ask('SELECT sum(energy_kwh) AS kwh FROM fact_energy_hourly')).toEqual([{ kwh: 20.5 }]);
  });

  it('a map may spell a name as the register does, whatever its letters', async () => {
    move =
      await openMove(`INSERT INTO generic_device (id, device_id, device_type, client, timezone) VALUES (7, 'ΑΓΡΟΣ', 'energy', 'x', 'UTC');
      INSERT INTO ingest_file (file_id, file_name, device_id, granularity, sha256, ingested_at) VALUES ('${FILE}1', 'x.csv', 'None', 'hourly', 'x', '2026-03-01Z');
      INSERT INTO fact_energy_daily (device_id, ts, energy_kwh, source_file) VALUES (7, '2026-02-20', 1, '${FILE}1')`);
    const map = join(move.dir, 'map.yaml');
    await writeFile(map, 'batches: {None: ΑΓΡΟΣ}\nsources: {ΑΓΡΟΣ: {timezone: Europe/Athens}}\n');
    expect(await move.run(run, { map })).toBe(0);
    expect(
      await move.ask(
        "SELECT timezone, context->'legacy'->>'attributed_by' AS via FROM ingest_batch b JOIN datasource d ON d.id = b.datasource_id",
      ),
    ).toEqual([{ timezone: 'Europe/Athens', via: 'map' }]);
  });

  it('a command that names another old database than the run did is refused and touches neither', async () => {
    move = await openMove('');
    const other = await createEmptyDatabase();
    try {
      await other.pool.query(OLD_SCHEMA);
      expect(await move.run(run)).toBe(0);
      for (const command of [run, verify, rollback, finish, abort]) {
        await move.target.pool.query(
          "UPDATE legacy_move.settings SET phase = CASE WHEN $1 THEN 'cut_over' ELSE 'copied' END, reverse_until = NULL",
          [command === rollback || command === finish],
        );
        await expect(move.run(command, { sourceUrl: other.url, yes: true })).rejects.toMatchObject({
          code: 'legacy_phase',
        });
      }
      expect(await move.ask("SELECT to_regclass('legacy_move.settings') IS NOT NULL AS there")).toEqual([
        { there: true },
      ]);
    } finally {
      await other.drop();
    }
  });

  it('names the server as well as the database: two servers set up alike give their databases the same number', async () => {
    move = await openMove('');
    await move.run(run);
    const { rows } = await move.old.pool.query<{ old: string }>(
      "SELECT left(encode(sha256(convert_to(oid || '/' || datname, 'UTF8')), 'hex'), 16) AS old FROM pg_database WHERE datname = current_database()",
    );
    expect(
      (await move.ask<{ id: string }>("SELECT source->>'identity' AS id FROM legacy_move.settings"))[0]?.id,
    ).not.toBe(rows[0]?.old);
  });
});
