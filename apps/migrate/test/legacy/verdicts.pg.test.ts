import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findServerUrl } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plan, probe, run, verify } from '../../src/legacy/commands.ts';
import type { Verdicts } from '../../src/legacy/verdicts.ts';
import { HOURLY, type Move, openMove } from './support.ts';

const here = describe.runIf(findServerUrl() !== '');

/** Worked out by hand from old-world.sql: meters by the id space of their time, Asia/Nicosia. */
const READINGS = [
  'a 2025-03-30 00:00:00 1.1',
  'a 2025-03-30 01:00:00 1.3',
  'a 2025-10-26 01:00:00 1.4',
  'a 2026-02-11 22:00:00 1.5',
  'a 2026-02-12 02:30:17 0.1',
  'a 2026-02-12 03:00:00 0.2',
  'b 2025-03-30 00:00:00 2.1',
  'c 2025-03-30 02:00:00 3.5',
  'c 2025-11-30 22:00:00 3.7',
];

const lastJson = (move: Move) =>
  JSON.parse(move.printed.at(-1) ?? '') as { verdicts: Verdicts; decisions: { field: string }[] };
const tableOf = ({ tables }: Verdicts, name: string) => tables.find(({ table }) => table === name);

here('a small old database', () => {
  let move: Move;
  beforeAll(async () => {
    move = await openMove();
  });
  afterAll(() => move.end());
  const hourly = async () => (await move.ask<{ said: string }>(HOURLY)).map(({ said }) => said);

  it('is probed: variant, permuted ids, the epoch between the two id spaces', async () => {
    expect(await move.run(probe, { json: true })).toBe(0);
    const found = JSON.parse(move.printed.at(-1) ?? '');
    expect(found).toMatchObject({
      fkRegister: 'generic_device',
      permuted: { shared: 3, moved: 3 },
      deviceIsEmpty: false,
    });
    expect(found.epoch).toMatchObject({
      low: '2026-01-28T16:00:00.000Z',
      high: '2026-01-28T16:00:00.000Z',
      from: 'flyway',
    });
  });

  it('is planned without a trace: nothing is written on either side', async () => {
    expect(await move.run(plan, { json: true })).toBe(0);
    const { verdicts } = lastJson(move);
    expect(tableOf(verdicts, 'fact_energy_hourly')).toEqual({
      table: 'fact_energy_hourly',
      rows: 27,
      migrated: 9,
      pending: 0,
      rejected: {
        ampm_collapsed: 12,
        non_finite: 2,
        superseded_duplicate: 1,
        nonexistent_local_time: 1,
        negative: 1,
        future: 1,
      },
    });
    expect(verdicts.notes.fact_energy_hourly).toEqual({ reattributed: 18, lineageCorrected: 1 });
    expect(verdicts.sources).toMatchObject({
      merged: 8,
      device: 4,
      generic: 8,
      onlyDevice: 1,
      onlyGeneric: 5,
      twins: 1,
    });
    expect(verdicts.batches).toMatchObject({
      total: 12,
      unresolved: 3,
      texts: ['environmental_metrics', '9999', 'None'],
    });
    const traces =
      "SELECT (SELECT count(*)::int FROM pg_namespace WHERE nspname LIKE 'legacy%') AS n, (SELECT count(*)::int FROM datasource) AS d";
    expect(await move.ask(traces)).toEqual([{ n: 0, d: 0 }]);
    const { rows } = await move.old.pool.query("SELECT count(*)::int AS n FROM pg_trigger WHERE tgname LIKE 'legacy%'");
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('asks for a zone rather than trust the UTC that V008 filled in, and a run refuses until it is given', async () => {
    expect(await move.run(plan, { json: true, timezone: undefined })).toBe(3);
    expect(lastJson(move).decisions.map(({ field }) => field)).toEqual(['--timezone']);
    await expect(move.run(run, { timezone: undefined })).rejects.toMatchObject({ code: 'legacy_decision' });
  });

  it.each(['GMT+2', 'Cyprus/Nicosia', 'EET'])('refuses %s as a zone', async (timezone) => {
    await expect(move.run(plan, { timezone })).rejects.toMatchObject({ code: 'legacy_map_invalid' });
  });

  it('is moved: every reading with its meter of the time, its true writer, and its instant', async () => {
    expect(await move.run(run)).toBe(0);
    expect(await hourly()).toEqual(READINGS);
    expect(move.said.at(-1)).toMatch(/^verified: \d+ checks agree$/);
  });

  it('marks an autumn hour that stands for two', async () => {
    const rows = await move.ask("SELECT quality FROM fact_energy_hourly WHERE ts = '2025-10-26 01:00Z'");
    expect(rows).toEqual([{ quality: 2 }]);
  });

  it('gives overwritten weather and milk to the last writer, and a 0 that means nothing as NULL', async () => {
    const weather = `SELECT d.external_id AS source, to_char(m.timestamp AT TIME ZONE 'UTC', 'HH24:MI') AS at, m.temperature FROM environmental_metrics m JOIN datasource d ON d.id = m.datasource_id ORDER BY 1, 2`;
    expect(await move.ask(weather)).toEqual([
      { source: 'station-1', at: '01:00', temperature: 13 },
      { source: 'station-2', at: '00:00', temperature: 22 },
    ]);
    const milk =
      'SELECT d.external_id AS source, day_production_per_cow_kg AS kg, average_lactation_days AS lactation, m.quality FROM dairy_production m JOIN datasource d ON d.id = m.datasource_id';
    expect(await move.ask(milk)).toEqual([{ source: 'robot-2', kg: 28.5, lactation: null, quality: 4 }]);
  });

  it('merges registers: the newer wins where it says something, fillers say nothing, twins in another case are one', async () => {
    const rows = await move.ask(
      "SELECT external_id, alias, client, timezone FROM datasource WHERE external_id ~ '^([abd])\\1+$' ORDER BY 1",
    );
    expect(rows).toEqual([
      { external_id: 'a'.repeat(24), alias: 'A renamed', client: 'Farm', timezone: 'Asia/Nicosia' },
      { external_id: 'b'.repeat(24), alias: 'B', client: 'Farm', timezone: 'Asia/Nicosia' },
      { external_id: 'd'.repeat(24), alias: null, client: null, timezone: 'Asia/Nicosia' },
    ]);
    const secrets = await move.ask(
      "SELECT s.name, s.value FROM datasource_secret s JOIN datasource d ON d.id = s.datasource_id WHERE d.external_id LIKE 'aaa%' ORDER BY 1",
    );
    expect(secrets).toEqual([
      { name: 'device_token', value: 'token-a-new' },
      { name: 'device_token_2', value: 'token-a' },
    ]);
    expect(await move.ask("SELECT count(*)::int AS n FROM datasource_alias WHERE value ~ '^\\d+$'")).toEqual([
      { n: 0 },
    ]);
  });

  it('keeps what does not fit the lists in legacy: hashes, periods, statuses', async () => {
    const rows = await move.ask(
      "SELECT source_name AS name, file_sha256 AS sha, granularity AS grain, validation_status AS said, legacy->>'validation_status' AS was FROM ingest_batch WHERE source_name IN ('weather.csv', 'cccccccccccccccccccccccc-resend.csv') ORDER BY 1",
    );
    expect(rows).toEqual([
      {
        name: 'cccccccccccccccccccccccc-resend.csv',
        sha: 'c'.repeat(64),
        grain: 'hourly',
        said: 'passed',
        was: 'Success',
      },
      { name: 'weather.csv', sha: null, grain: 'raw', said: null, was: 'weird' },
    ]);
    const runs = await move.ask(
      "SELECT metadata->'legacy'->>'status' AS was, status FROM pipeline_execution ORDER BY 1",
    );
    expect(runs).toEqual([
      { was: 'Success', status: 'completed' },
      { was: 'odd', status: 'completed' },
      { was: 'running', status: 'failed' },
    ]);
  });

  it('keeps a refused row whole, as a rejection of its batch too', async () => {
    const rows = await move.ask(
      "SELECT raw->>'energy_kwh' AS kwh, errors->0->>'code' AS code FROM ingest_rejection WHERE raw->>'energy_id' IN ('2', '12') ORDER BY 2",
    );
    expect(rows).toEqual([
      { kwh: '-1', code: 'negative' },
      { kwh: '1.2', code: 'nonexistent_local_time' },
    ]);
  });

  it('writes a report that a person can sign', async () => {
    const text = await readFile(join(move.dir, 'report.md'), 'utf8');
    expect(text).toContain('Everything agrees.');
    expect(text).toContain('| fact_energy_hourly | 27 | 9 |');
    expect(text).toContain('Signature: ____');
    const json = JSON.parse(await readFile(join(move.dir, 'report.json'), 'utf8'));
    expect(json.verification.passed).toBe(true);
    expect(text).not.toContain('token-a');
  });

  it('is copied once: a second run changes no row', async () => {
    const before = await move.ask('SELECT xmin::text, datasource_id, ts FROM fact_energy_hourly ORDER BY 2, 3');
    expect(await move.run(run)).toBe(0);
    expect(await move.ask('SELECT xmin::text, datasource_id, ts FROM fact_energy_hourly ORDER BY 2, 3')).toEqual(
      before,
    );
  });

  it('never-loaded rows, and a second --recover adds nothing: what staging still holds is rebuilt once', async () => {
    const day = Array.from({ length: 24 }, (_, h) => {
      const at = new Date(Date.UTC(2026, 0, 25, 22 + h)).toISOString().slice(0, 19).replace('T', ' ');
      return `a ${at} ${h}`;
    });
    const expected = [...READINGS, ...day, 'b 2026-02-07 22:00:00 8'].sort();
    for (let time = 0; time < 2; time++) {
      expect(await move.run(run, { recover: true })).toBe(0);
      expect(await hourly()).toEqual(expected);
      expect(await move.ask('SELECT count(*)::int AS n FROM environmental_metrics')).toEqual([{ n: 3 }]);
      expect(await move.ask('SELECT count(*)::int AS n FROM dairy_production')).toEqual([{ n: 2 }]);
    }
  });

  it('takes up a map: weather files read by the local clock, rows without a file given to a farm', async () => {
    const map = join(move.dir, 'map.yaml');
    await writeFile(map, 'batches: { environmental_metrics: Station-1 }\nrows: { dairy_production: robot-1 }\n');
    expect(await move.run(run, { map })).toBe(0);
    const weather = "SELECT temperature FROM environmental_metrics WHERE timestamp = '2025-03-30 00:00Z'";
    expect(await move.ask(weather)).toEqual([{ temperature: 10 }]);
    expect(await hourly()).toEqual(READINGS);
    const milk =
      "SELECT rumination_minutes AS minutes, average_lactation_days AS days FROM dairy_production WHERE production_date = '2026-02-02'";
    expect(await move.ask(milk)).toEqual([{ minutes: null, days: 170 }]);
  });

  it('is found to differ when a value, a meter or a row is wrong, down to the row', async () => {
    await move.target.pool.query("UPDATE fact_energy_hourly SET energy_kwh = 9 WHERE ts = '2026-02-12 03:00Z'");
    await expect(move.run(verify)).rejects.toMatchObject({ code: 'legacy_differs' });
    expect(await readFile(join(move.dir, 'differences.csv'), 'utf8')).toBe(
      `dataset,source,at,old,new\nenergy_hourly,"${'a'.repeat(24)}","2026-02-12 03:00:00+00","0.2","9"\n`,
    );
    await move.target.pool.query("DELETE FROM fact_energy_hourly WHERE ts = '2026-02-12 03:00Z'");
    await expect(move.run(verify)).rejects.toMatchObject({ code: 'legacy_differs' });
  });
});
