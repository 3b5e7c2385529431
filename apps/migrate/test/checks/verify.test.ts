import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createDatabase, makeTempDir, runCli, type TempDir, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDashboards } from '../../src/checks/dashboard-check.ts';
import { type Chosen, fillMacros } from '../../src/checks/fill-macros.ts';
import { checkHealth } from '../../src/checks/health-check.ts';
import { checkIngest } from '../../src/checks/ingest-check.ts';
import { checkObjects, checkRows } from '../../src/checks/schema-checks.ts';
import { printTables } from '../backup/support.ts';
import { migrate } from '../support.ts';

let database: TestDatabase;
let dir: TempDir;
const verify = (args: readonly string[] = []) =>
  runCli('apps/migrate/src/checks/cli.ts', args, {
    env: { DATABASE_URL: database.url, DATA_DIR: join(dir.path, 'data'), PORT: '1', HOST: '' },
  });

beforeAll(async () => {
  [database, dir] = await Promise.all([createDatabase(), makeTempDir()]);
  await database.pool.query(`
    INSERT INTO datasource (external_id, source_category, data_type, client, timezone) VALUES ('m', 'device', 'energy', 'C', 'UTC');
    INSERT INTO ingest_batch (batch_id, source_type, status) VALUES ('01920000-0000-7000-8000-000000000001', 'manual', 'completed');
    INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id) SELECT id, now(), 1, '01920000-0000-7000-8000-000000000001' FROM datasource`);
});
afterAll(() => Promise.all([database.drop(), dir.remove()]));

const failures = async (checks: Promise<readonly { passed: boolean; name: string; detail: string }[]>) =>
  (await checks).filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`);

describe('pnpm verify', () => {
  it('passes on a sound database, with a line for each check, and leaves nothing behind', async () => {
    const before = await printTables(database);
    const done = await verify();
    expect(done.stderr).toMatch(/^verified: \d\d checks passed$/m);
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(/^ok {6}migrations/);
    const [{ tables }] = (
      await database.pool.query(
        "SELECT count(*)::int AS tables FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations'",
      )
    ).rows as [{ tables: number }];
    expect(done.stdout).toContain(`ok      tables        ${tables} there`);
    expect(done.stdout).toContain('a file of 5 records: 4 loaded, 1 refused, rolled back');
    expect(await printTables(database)).toEqual(before);
    expect(await readdir(dir.path)).toEqual([]);
  });

  it('says what a database without its migrations needs, and asks nothing more of it', async () => {
    const behind = await createDatabase();
    await migrate(behind.url, ['down', '--allow-data-loss']);
    const done = await runCli('apps/migrate/src/checks/cli.ts', ['--json'], { env: { DATABASE_URL: behind.url } });
    expect(done.code).toBe(1);
    expect(JSON.parse(done.stdout)).toMatchObject({
      passed: false,
      checks: [{ name: 'migrations', passed: false, remedy: 'Run `pnpm migrate`.' }],
    });
    await behind.drop();
  });
});

describe('what is broken is named', () => {
  it.each([
    [
      'an index',
      'DROP INDEX ingest_batch_status_created_at_idx',
      'indexes: ingest_batch_status_created_at_idx is missing or not valid',
    ],
    [
      'a constraint that was never validated',
      'ALTER TABLE fact_energy_hourly DROP CONSTRAINT fact_energy_hourly_batch_id_fkey, ADD CONSTRAINT fact_energy_hourly_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES ingest_batch NOT VALID',
      'constraints: fact_energy_hourly fact_energy_hourly_batch_id_fkey is missing or not valid',
    ],
    ['a table', 'DROP TABLE api_fetch_cursor', 'tables: api_fetch_cursor is missing or not valid'],
    ['a view', 'DROP VIEW v_energy_daily', 'views: v_energy_daily is missing or not valid'],
  ])('%s', async (_what, sql, said) => {
    const broken = await createDatabase();
    await broken.pool.query(sql);
    expect(await failures(checkObjects(broken.pool))).toContain(said);
    await broken.drop();
  });

  it('orphans that were copied in replica mode, and an identity that is behind', async () => {
    const broken = await createDatabase();
    await broken.pool.query(`INSERT INTO datasource (id, external_id, source_category, data_type) VALUES (99, 'x', 'device', 'energy');
      BEGIN; SET LOCAL session_replication_role = replica; INSERT INTO fact_energy_daily (datasource_id, ts, energy_kwh, batch_id) VALUES (1234, '2026-01-01', 1, gen_random_uuid()); COMMIT`);
    expect(await failures(checkRows(broken.pool))).toEqual([
      'identities: datasource 0 < 99',
      'orphans: 1 facts without a parent',
    ]);
    await broken.drop();
  });

  it('an ingestor that cannot load, and nothing of its file stays', async () => {
    const broken = await createDatabase();
    await broken.pool.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
      CREATE TRIGGER refuse BEFORE INSERT ON fact_energy_hourly FOR EACH ROW EXECUTE FUNCTION refuse(); ALTER TABLE fact_energy_hourly ENABLE ALWAYS TRIGGER refuse`);
    const before = await printTables(broken);
    const folder = join(dir.path, 'broken');
    await mkdir(folder);
    expect(await checkIngest(broken.pool, broken.url, folder)).toMatchObject({ passed: false, name: 'ingest' });
    expect(await printTables(broken)).toEqual(before);
    await broken.drop();
  });

  it('a running API that says it is not well', async () => {
    const server = createServer((_request, response) =>
      response.writeHead(503).end('{"status":"fail","database":"down"}'),
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const before = process.env.PORT;
    process.env.PORT = String((server.address() as AddressInfo).port);
    try {
      expect(await failures(checkHealth(database.url, dir.path))).toMatchObject(
        [/503 .*down/, /ready/].map((text) => expect.stringMatching(text)),
      );
    } finally {
      if (before === undefined) delete process.env.PORT;
      else process.env.PORT = before;
      server.close();
    }
  });
});

describe('dashboards', () => {
  const RANGE = { from: new Date('2025-01-01T00:00:00Z'), to: new Date('2025-02-01T00:00:00Z') };
  it.each([
    ['$__timeFilter(f.ts)', "f.ts BETWEEN '2025-01-01T00:00:00.000Z' AND '2025-02-01T00:00:00.000Z'"],
    ['$__timeGroup(ts, 1d, NULL)', 'floor(extract(epoch from ts)/86400)*86400'],
    ["$__timeGroupAlias(ts,'5m')", 'floor(extract(epoch from ts)/300)*300 AS "time"'],
    ['$__timeGroup(ts, $__interval)', 'floor(extract(epoch from ts)/3600)*3600'],
    ['$__unixEpochFilter(x)', 'x >= 1735689600 AND x <= 1738368000'],
    ['$__time(x), $__timeFrom()', 'x AS "time", \'2025-01-01T00:00:00.000Z\''],
    [`id IN ($id) AND x = \${id:csv} AND y = [[id]]`, "id IN ('1','2') AND x = 1,2 AND y = '1','2'"],
    [`\${tz:sqlstring} $tz \${all:sqlstring}`, "'O''Hare' O''Hare SELECT id FROM x"],
    ['$__from $__range_s', '1735689600000 2678400'],
    ["'^a$' || $$x$$", "'^a$' || $$x$$"],
  ])('%s is filled in as Grafana does', (sql, filled) => {
    expect(
      fillMacros(
        sql,
        new Map<string, Chosen>([
          ['id', { values: ['1', '2'], isList: true }],
          ['tz', { values: ["O'Hare"], isList: false }],
          ['all', 'SELECT id FROM x'],
        ]),
        RANGE,
      ),
    ).toBe(filled);
  });

  it('with nested panels, annotations and variables are all asked, and each query that fails is named while the others go on', async () => {
    const folder = join(dir.path, 'boards');
    await mkdir(folder);
    const board = {
      templating: {
        list: [
          {
            name: 'client',
            type: 'query',
            query: 'SELECT DISTINCT client FROM datasource',
            includeAll: true,
            multi: true,
          },
          {
            name: 'meter',
            type: 'query',
            query: { rawSql: 'SELECT id AS __value, external_id AS __text FROM datasource WHERE client IN ($client)' },
            multi: true,
          },
          { name: 'none', type: 'query', query: 'SELECT id FROM datasource WHERE false', multi: true },
          { name: 'step', type: 'interval', query: '1h,1d', current: { value: '1d' } },
        ],
      },
      panels: [
        {
          title: 'good',
          targets: [
            {
              refId: 'A',
              rawSql:
                'SELECT $__timeGroup(ts, $step) AS time, energy_kwh FROM fact_energy_hourly WHERE datasource_id IN ($meter) OR datasource_id IN ($none)',
            },
          ],
        },
        { title: 'row', panels: [{ title: 'inner', targets: [{ refId: 'B', rawSql: 'SELECT * FROM nowhere' }] }] },
        { title: 'writes', targets: [{ refId: 'C', rawSql: 'DELETE FROM datasource' }] },
      ],
      annotations: { list: [{ name: 'marks', rawQuery: 'SELECT value FROM datasource_secret' }] },
    };
    await writeFile(join(folder, 'mine.json'), JSON.stringify(board));
    const checks = await failures(checkDashboards(database.pool, pathToFileURL(`${folder}/`)));
    expect(checks).toEqual([
      'dashboard mine: inner B: relation "nowhere" does not exist',
      expect.stringMatching(/^dashboard mine: writes C: (permission denied|cannot execute DELETE)/),
      'dashboard mine: annotation marks: permission denied for table datasource_secret',
    ]);
  });

  it('whose table is gone are named, each query of them, with what to do', async () => {
    const broken = await createDatabase();
    await broken.pool.query('ALTER TABLE dairy_production RENAME TO dairy_gone');
    const failed = (await checkDashboards(broken.pool)).filter(({ passed }) => !passed);
    const [dairy] = failed.filter(({ name }) => name === 'dashboard dairy');
    expect(dairy?.detail).toMatch(/relation "dairy_production" does not exist/);
    expect(dairy?.remedy).toMatch(/^What it reads is not in this database: `pnpm migrate`/);
    expect(failed.map(({ name }) => name)).not.toContain('dashboard environment');
    await broken.drop();
  });
});
