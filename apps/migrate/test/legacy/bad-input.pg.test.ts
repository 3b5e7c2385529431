import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEmptyDatabase, findServerUrl } from '@cei-inoe/shared/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { plan, probe, run } from '../../src/legacy/commands.ts';
import { inferEpoch } from '../../src/legacy/probe.ts';
import { HOURLY, type Move, OLD_WORLD, openMove } from './support.ts';

const here = describe.runIf(findServerUrl() !== '');

here('an old database that is not as expected', () => {
  let move: Move;
  afterEach(() => move.end());
  const hourly = async () => (await move.ask<{ said: string }>(HOURLY)).map(({ said }) => said);

  it('with foreign keys still on device: all ids are those of device', async () => {
    move = await openMove(`
      ALTER TABLE fact_energy_hourly DROP CONSTRAINT fact_energy_hourly_device_id_fkey, ADD FOREIGN KEY (device_id) REFERENCES device;
      INSERT INTO device (id, device_id, device_token) VALUES (1, '${'a'.repeat(24)}', 'a'), (2, '${'b'.repeat(24)}', 'b');
      INSERT INTO generic_device (id, device_id, device_type, client) VALUES (2, '${'a'.repeat(24)}', 'energy', 'x'), (1, '${'b'.repeat(24)}', 'energy', 'x');
      INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh, created_at) VALUES (1, '2026-02-20 12:00', 1, '2026-02-20 13:00Z')`);
    expect(await move.run(run)).toBe(0);
    expect(await hourly()).toEqual(['a 2026-02-20 10:00:00 1']);
  });

  it('without flyway_schema_history: the epoch is inferred from the files, and rows in the gap are set aside', async () => {
    move = await openMove(`${OLD_WORLD}; DROP TABLE flyway_schema_history;
      INSERT INTO fact_energy_hourly (energy_id, device_id, ts, energy_kwh, created_at) VALUES (500, 1, '2026-02-01 00:00', 1, '2026-02-01 08:00Z')`);
    expect(await move.run(plan, { json: true })).toBe(3);
    const { verdicts, decisions } = JSON.parse(move.printed.at(-1) ?? '');
    expect(decisions.map((one: { field: string }) => one.field)).toEqual(['--id-epoch']);
    const rejected = verdicts.tables.find((one: { table: string }) => one.table === 'fact_energy_hourly').rejected;
    expect(rejected.ambiguous_epoch).toBe(1);
    expect(await move.run(run, { idEpoch: '2026-01-28T16:00:00Z' })).toBe(0);
    expect(await hourly()).toContain('b 2026-01-31 22:00:00 1');
  });

  it('empty and already migrated databases: nothing to move ends well, and a second run changes nothing', async () => {
    move = await openMove('');
    for (const _time of [1, 2]) {
      expect(await move.run(run)).toBe(0);
      expect(await hourly()).toEqual([]);
    }
  });

  it('with columns nobody knows keeps them, and says so', async () => {
    move =
      await openMove(`ALTER TABLE ingest_file ADD COLUMN farm_no int; ALTER TABLE generic_device ADD COLUMN colour text;
      INSERT INTO generic_device (device_id, device_type, client, colour) VALUES ('robot', 'dairy', 'Farm', 'red');
      INSERT INTO ingest_file (file_id, file_name, device_id, granularity, sha256, farm_no) VALUES ('00000000-0000-4000-8000-000000000001', 'x', 'robot', 'daily', 'x', 7)`);
    expect(await move.run(probe, { json: true })).toBe(0);
    expect(JSON.parse(move.printed.at(-1) ?? '').extraColumns).toEqual([
      'generic_device.colour',
      'ingest_file.farm_no',
    ]);
    await move.run(run);
    expect(await move.ask("SELECT legacy->>'farm_no' AS farm FROM ingest_batch WHERE source_name = 'x'")).toEqual([
      { farm: '7' },
    ]);
    expect(await move.ask("SELECT metadata->'legacy'->>'colour' AS colour FROM datasource")).toEqual([
      { colour: 'red' },
    ]);
  });

  it('whose role may read but make no triggers is planned, and a run says what right is missing', async () => {
    move = await openMove();
    const role = `reader_${move.old.name}`;
    await move.old.pool.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    const sourceUrl = move.old.url.replace(/\/\/[^@]+@/, `//${role}:x@`);
    expect(await move.run(plan, { sourceUrl })).toBe(0);
    await expect(move.run(run, { sourceUrl })).rejects.toMatchObject({ code: 'legacy_rights' });
    await move.old.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it('whose files the new database has loaded by itself is refused before anything is written', async () => {
    move = await openMove();
    await move.target.pool.query(`INSERT INTO ingest_batch (batch_id, source_type, source_name, file_sha256, status)
      VALUES ('01920000-0000-7000-8000-000000000009', 'file', 'again.csv', repeat('c', 64), 'completed')`);
    await expect(move.run(run)).rejects.toMatchObject({
      code: 'legacy_target_taken',
      errors: [{ field: '01920000-0000-7000-8000-000000000009', message: 'again.csv' }],
    });
    expect(await move.ask("SELECT count(*)::int AS n FROM pg_namespace WHERE nspname = 'legacy_move'")).toEqual([
      { n: 0 },
    ]);
  });

  it('that disappears in mid-copy leaves a run that goes on where it was', async () => {
    move = await openMove();
    const gone = move.run(run, { chunk: 2, maxRowsPerS: 100 }).catch((fault: { code?: string }) => fault.code);
    const there = () =>
      move.ask("SELECT FROM pg_class WHERE relname = 'progress' AND relnamespace = to_regnamespace('legacy_move')");
    while ((await there()).length === 0) await sleep(20);
    await sleep(300);
    const rename = (from: string, to: string) =>
      move.target.pool
        .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${from}'`)
        .then(() => move.target.pool.query(`ALTER DATABASE ${from} RENAME TO ${to}`))
        .then(
          () => true,
          () => false,
        );
    while (!(await rename(move.old.name, `${move.old.name}_away`))) await sleep(5);
    expect(await gone).toBe('legacy_source_lost');
    expect(await rename(`${move.old.name}_away`, move.old.name)).toBe(true);
    expect(await move.run(run)).toBe(0);
    expect(await hourly()).toHaveLength(9);
  });

  it('that is none says so', async () => {
    move = await openMove('');
    const empty = await createEmptyDatabase();
    await expect(move.run(probe, { sourceUrl: empty.url })).rejects.toMatchObject({ code: 'legacy_not_found' });
    await expect(move.run(probe, { sourceUrl: move.target.url })).rejects.toMatchObject({ code: 'legacy_not_found' });
    await empty.drop();
  });

  it('concurrent runs: only one begins', async () => {
    move = await openMove();
    const both = await Promise.allSettled([move.run(run), move.run(run)]);
    const refused = both.filter((one) => one.status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: 'legacy_running' } }]);
    expect(await hourly()).toHaveLength(9);
  });
});

describe('the epoch between two id spaces', () => {
  const at = (day: number) => new Date(Date.UTC(2026, 0, day));
  const facts = {
    given: undefined,
    fkRegister: 'generic_device',
    hasBoth: true,
    deviceIsEmpty: false,
    permuted: { shared: 2, moved: 2 },
    v008: null,
  } as const;
  it.each([
    ['the one given', { ...facts, given: at(5), evidence: { low: at(9), high: at(1) } }, ['given', at(5), at(5)]],
    [
      'V008 where files agree with it',
      { ...facts, v008: at(20), evidence: { low: at(10), high: at(30) } },
      ['flyway', at(20), at(20)],
    ],
    [
      'the files where they contradict V008',
      { ...facts, v008: at(20), evidence: { low: at(22), high: at(30) } },
      ['files', at(22), at(30)],
    ],
    [
      'a question where files overlap',
      { ...facts, v008: at(20), evidence: { low: at(30), high: at(10) } },
      ['overlap', '-infinity', 'infinity'],
    ],
    [
      'a question where nothing tells',
      { ...facts, evidence: { low: null, high: null } },
      ['nothing', '-infinity', 'infinity'],
    ],
    [
      'none where device is empty',
      { ...facts, deviceIsEmpty: true, evidence: { low: null, high: null } },
      ['born_fresh', '-infinity', '-infinity'],
    ],
    [
      'none where ids were not permuted',
      { ...facts, permuted: { shared: 2, moved: 0 }, evidence: { low: null, high: null } },
      ['not_permuted', '-infinity', '-infinity'],
    ],
  ] as const)('is %s', (_name, given, [from, low, high]) => {
    expect(inferEpoch(given)).toMatchObject({ from, low, high });
  });
});

/** The same promises over the database that LEGACY_DIR holds (legacy-mini.sql.gz beside its answers). */
const dir = process.env.LEGACY_DIR ?? '';
describe.runIf(dir !== '' && findServerUrl() !== '')('the database of LEGACY_DIR', () => {
  let move: Move;
  beforeAll(async () => {
    const { gunzipSync } = await import('node:zlib');
    const { execFileSync } = await import('node:child_process');
    move = await openMove('');
    await move.old.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    execFileSync('psql', [move.old.url, '-q', '-v', 'ON_ERROR_STOP=1'], {
      input: gunzipSync(readFileSync(`${dir}/legacy-mini.sql.gz`)),
      stdio: ['pipe', 'ignore', 'inherit'],
    });
  });
  afterAll(() => move.end());
  const expected = () => JSON.parse(readFileSync(`${dir}/legacy-mini-expected.json`, 'utf8')).after_migration;

  it('is planned and moved as its answers say: counts, sums, checksum', { timeout: 120_000 }, async () => {
    expect(await move.run(run)).toBe(0);
    const [block] = [move.printed.slice(0, 6).join('\n')];
    expect(block).toContain(
      'fact_energy_hourly 21426 → 20602 + 824 rejected (superseded_duplicate 648, ampm_collapsed 168, nonexistent_local_time 4,',
    );
    expect(block).toContain(
      'non_finite 2, negative 1, future 1); 12628 re-attributed against the FK; 744 lineage corrected',
    );
    expect(block).toContain('recoverable with --recover: 168 collapsed AM/PM, 168 never loaded');
    const want = expected();
    const client = await move.target.pool.connect();
    await client.query("SET TimeZone = 'UTC'");
    const { rows: sums } = await client.query(
      want.hourly_checksum_sql.replace('select md5', 'select md5').replace(' from fact', ' AS sum from fact'),
    );
    const { rows: by } = await client.query(
      'SELECT d.external_id AS id, count(*)::int AS rows, sum(energy_kwh::numeric)::text AS kwh FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id GROUP BY 1',
    );
    const { rows: daily } = await client.query(
      'SELECT d.external_id AS id, count(*)::int AS rows, sum(energy_kwh::numeric)::text AS kwh FROM fact_energy_daily f JOIN datasource d ON d.id = f.datasource_id GROUP BY 1',
    );
    client.release();
    expect(sums).toEqual([{ sum: want.hourly_checksum }]);
    const asMap = (rows: { id: string; rows: number; kwh: string }[]) =>
      Object.fromEntries(rows.map(({ id, rows: n, kwh }) => [id, [n, Number(kwh)]]));
    const wantMap = (said: Record<string, { rows: number; kwh: string }>) =>
      Object.fromEntries(Object.entries(said).map(([id, { rows, kwh }]) => [id, [rows, Number(kwh)]]));
    expect(asMap(by)).toEqual(wantMap(want.hourly_by_datasource));
    expect(asMap(daily)).toEqual(wantMap(want.daily_by_datasource));
  });

  it('has with --recover what its answers call recoverable', { timeout: 120_000 }, async () => {
    const want = expected();
    await move.run(run, { recover: true });
    const { ampm_or_lost, stranded } = want.hourly_recoverable_from_staging;
    const recovered = await move.ask(
      'SELECT (SELECT count(*)::int FROM fact_energy_hourly WHERE quality & 8 = 8) AS hourly, (SELECT count(*)::int FROM environmental_metrics WHERE quality & 8 = 8) AS weather, (SELECT count(*)::int FROM dairy_production WHERE quality & 8 = 8) AS dairy',
    );
    expect(recovered).toEqual([
      {
        hourly: ampm_or_lost + stranded,
        weather: want.env_recoverable_from_staging,
        dairy: want.dairy_recoverable_from_staging,
      },
    ]);
  });
});
