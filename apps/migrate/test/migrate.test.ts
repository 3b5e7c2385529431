// `pnpm migrate` as users run it: a process of its own, on empty databases.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEmptyDatabase, findServerUrl, ROOT, type TestDatabase } from '@cei-inoe/shared/testing';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dropsData } from '../src/undo.ts';
import { INITIAL, LAST, migrate, NAMES, remove, writeMigrations, writeStep } from './support.ts';

const CATALOG = readFileSync(join(ROOT, 'db/checks/catalog.sql'), 'utf8');
const readChecksum = (name: string) =>
  createHash('sha256')
    .update(readFileSync(join(ROOT, 'prisma/migrations', name, 'migration.sql')))
    .digest('hex');

describe.skipIf(findServerUrl() === '')('pnpm migrate', () => {
  let database: TestDatabase;
  const folders: string[] = [];
  beforeEach(async () => {
    database = await createEmptyDatabase();
  });
  afterEach(async () => {
    await database.drop();
    for (const folder of folders.splice(0)) await remove(folder);
  });
  const make = async (steps: Parameters<typeof writeMigrations>[0]) => {
    const dir = await writeMigrations(steps);
    folders.push(dir);
    return { dir, env: { MIGRATIONS_DIR: dir } };
  };
  const query = async (sql: string) => (await database.pool.query(sql)).rows;
  const dump = async () => (await query(CATALOG)).map((row) => row.line as string);
  const listTables = async () =>
    (await query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"))
      .map((row) => row.relname as string)
      .sort();

  test('applies everything, records it as Prisma does, and then has nothing to do', async () => {
    const first = await migrate(database.url);
    expect(first).toMatchObject({ code: 0, stdout: '' });
    for (const name of NAMES) expect(first.stderr).toContain(`applied ${name}`);
    expect(
      await query(
        `SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count, length(id) AS id_length, finished_at >= started_at AS ended
         FROM _prisma_migrations ORDER BY 1`,
      ),
    ).toEqual(
      NAMES.map((name) => ({
        migration_name: name,
        checksum: readChecksum(name),
        logs: null,
        rolled_back_at: null,
        applied_steps_count: 1,
        id_length: 36,
        ended: true,
      })),
    );
    const second = await migrate(database.url, ['--json']);
    expect(second).toMatchObject({ code: 0, stderr: `up to date: ${NAMES.length} migrations applied\n` });
    expect(JSON.parse(second.stdout)).toEqual({ applied: [] });
  });

  test('up, down and up again leave the same catalog, and all down leaves nothing', async () => {
    await migrate(database.url);
    const before = await dump();
    const refused = await migrate(database.url, ['down', String(NAMES.length)]);
    expect(refused).toMatchObject({ code: 4 });
    expect(refused.stderr).toContain('data_loss');
    expect(await dump()).toEqual(before);
    expect(await migrate(database.url, ['down', String(NAMES.length), '--allow-data-loss'])).toMatchObject({ code: 0 });
    expect(await dump()).toEqual([]);
    expect(await query('SELECT * FROM _prisma_migrations')).toEqual([]);
    expect(await migrate(database.url)).toMatchObject({ code: 0 });
    expect(await dump()).toEqual(before);
  });

  test('down takes back the last one, or all after --to, newest first', async () => {
    await migrate(database.url);
    const one = await migrate(database.url, ['down', '--allow-data-loss', '--json']);
    expect(JSON.parse(one.stdout)).toMatchObject({ undone: [{ name: LAST }] });
    const pending = await migrate(database.url, ['status', '--json']);
    expect(pending.code).toBe(3);
    expect(JSON.parse(pending.stdout)).toMatchObject({ status: 'pending', pending: 1, trouble: null });
    await migrate(database.url);
    const to = await migrate(database.url, ['down', '--to', INITIAL, '--allow-data-loss', '--json']);
    expect(JSON.parse(to.stdout).undone.map((one: { name: string }) => one.name)).toEqual(NAMES.slice(1).reverse());
    expect(await migrate(database.url, ['down', '--to', LAST])).toMatchObject({ code: 2 });
  });

  test.each(['psql', 'a simple query'])('the printed SQL, run by %s, gives the same catalog', async (runner) => {
    await migrate(database.url);
    const expected = await dump();
    const printed = await migrate(undefined, ['--sql'], { DATA_DIR: '/nonexistent' });
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    const empty = await createEmptyDatabase();
    try {
      const psql = findPsql();
      if (runner === 'psql' && psql !== undefined) {
        execFileSync(psql, ['-qX', '-v', 'ON_ERROR_STOP=1', '-d', empty.url], { input: printed.stdout });
      } else await empty.pool.query(printed.stdout);
      expect((await empty.pool.query(CATALOG)).rows.map((row) => row.line)).toEqual(expected);
      expect(await migrate(empty.url, ['status'])).toMatchObject({ code: 0, stderr: 'up to date\n' });
      expect((await migrate(empty.url, ['--sql'])).stdout).toMatch(/^-- Nothing to do/);
    } finally {
      await empty.drop();
    }
  });

  test('--sql touches nothing, also for down', async () => {
    const up = await migrate(database.url, ['--sql']);
    expect(up.code).toBe(0);
    expect(await listTables()).toEqual([]);
    await migrate(database.url);
    const before = await dump();
    const down = await migrate(database.url, ['down', String(NAMES.length), '--sql']);
    expect(down.code).toBe(0);
    expect(await dump()).toEqual(before);
    await database.pool.query(down.stdout);
    expect(await dump()).toEqual([]);
  });

  test('a migration that fails half way leaves nothing, and can be run again once it is corrected', async () => {
    const good = { up: 'CREATE TABLE first (a int);', down: 'DROP TABLE first;' };
    const { dir, env } = await make({
      '20300101000000_good': good,
      '20300101000001_bad': { up: 'CREATE TABLE second (a int);\n\nSELECT 1 / 0;\nCREATE TABLE third (a int);\n' },
    });
    const failed = await migrate(database.url, ['--json'], env);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('error migration_failed');
    expect(failed.stderr).toContain('20300101000001_bad/migration.sql');
    expect(failed.stderr).toContain('division by zero');
    expect(JSON.parse(failed.stdout).error.code).toBe('migration_failed');
    expect(await listTables()).toEqual(['_prisma_migrations', 'first']);
    expect(await query('SELECT migration_name FROM _prisma_migrations')).toEqual([
      { migration_name: '20300101000000_good' },
    ]);
    await writeStep(dir, '20300101000001_bad', 'CREATE TABLE second (a int);');
    expect(await migrate(database.url, [], env)).toMatchObject({ code: 0 });
    expect(await listTables()).toEqual(['_prisma_migrations', 'first', 'second']);
  });

  test('the line of the mistake is named', async () => {
    const { env } = await make({ '20300101000000_bad': { up: 'SELECT 1;\n\nSELECT nonsense;\n' } });
    expect((await migrate(database.url, [], env)).stderr).toContain('20300101000000_bad/migration.sql, line 3: ');
  });

  test('a down.sql that fails leaves everything as it was', async () => {
    const { env } = await make({
      '20300101000000_a': { up: 'CREATE TABLE a (a int);', down: 'ALTER TABLE a RENAME TO b; SELECT 1 / 0;' },
      '20300101000001_b': { up: 'CREATE TABLE z (a int);' },
    });
    await migrate(database.url, [], env);
    expect(await migrate(database.url, ['down'], env)).toMatchObject({ code: 4 });
    await database.pool.query("DELETE FROM _prisma_migrations WHERE migration_name = '20300101000001_b'");
    const failed = await migrate(database.url, ['down'], env);
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.stderr).toContain('20300101000000_a/down.sql');
    expect(await listTables()).toEqual(['_prisma_migrations', 'a', 'z']);
    expect((await query('SELECT count(*)::int AS n FROM _prisma_migrations'))[0]).toEqual({ n: 1 });
  });

  test('of several runs at once, one works and the others wait and then find nothing to do', async () => {
    const { env } = await make({
      '20300101000000_slow': { up: 'CREATE TABLE slow (a int); SELECT pg_sleep(0.5);' },
      '20300101000001_next': { up: 'CREATE TABLE next (a int);' },
    });
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(72707369)');
    const running = Promise.all([1, 2, 3].map(() => migrate(database.url, ['--json'], env)));
    const countWaiting = async () =>
      Number(
        (
          await query(
            "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()",
          )
        )[0]!.n,
      );
    while ((await countWaiting()) < 3) await new Promise((resolve) => setTimeout(resolve, 50));
    await holder.end();
    const runs = await running;
    expect(runs.map((run) => run.code)).toEqual([0, 0, 0]);
    const applied = runs.map((run) => JSON.parse(run.stdout).applied.length as number).sort();
    expect(applied).toEqual([0, 0, 2]);
    expect(runs.filter((run) => run.stderr.includes('waiting for it'))).toHaveLength(3);
  });

  test('a run that waits too long says so', async () => {
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    try {
      await holder.query('SELECT pg_advisory_lock(72707369)');
      const waited = await migrate(database.url, [], { MIGRATE_LOCK_WAIT_MS: '300' });
      expect(waited.code).toBe(4);
      expect(waited.stderr).toContain('error migration_locked');
      expect(await listTables()).toEqual([]);
    } finally {
      await holder.end();
    }
  });

  test('a run killed in the middle of a migration leaves nothing of it', async () => {
    const { dir, env } = await make({
      '20300101000000_slow': { up: 'CREATE TABLE slow (a int); SELECT pg_sleep(30);' },
    });
    const killed = migrateKilled(database.url, env, async () => {
      const sleeping = await query(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()",
      );
      return sleeping.length > 0;
    });
    await killed;
    await query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cei-migrate' AND datname = current_database()",
    );
    expect(await listTables()).toEqual([]);
    await writeStep(dir, '20300101000000_slow', 'CREATE TABLE slow (a int);');
    expect(await migrate(database.url, [], env)).toMatchObject({ code: 0 });
  });

  test('an edited migration stops everything with its name and both checksums', async () => {
    const { dir, env } = await make({
      '20300101000000_a': { up: 'CREATE TABLE a (a int);', down: 'DROP VIEW nothing;' },
    });
    await migrate(database.url, [], env);
    const recorded = createHash('sha256').update('CREATE TABLE a (a int);').digest('hex');
    const edited = 'CREATE TABLE a (a bigint);';
    await writeStep(dir, '20300101000000_a', edited);
    await writeStep(dir, '20300101000001_b', 'CREATE TABLE b (a int);');
    for (const args of [[], ['status'], ['down'], ['--sql']]) {
      const stopped = await migrate(database.url, args, env);
      expect(stopped.code).toBe(4);
      expect(stopped.stderr).toContain('error migration_edited');
      expect(stopped.stderr).toContain('20300101000000_a');
      expect(stopped.stderr).toContain(recorded);
      expect(stopped.stderr).toContain(createHash('sha256').update(edited).digest('hex'));
    }
    expect(await listTables()).toEqual(['_prisma_migrations', 'a']);
    await writeStep(dir, '20300101000000_a', 'CREATE TABLE a (a int);');
    expect(await migrate(database.url, [], env)).toMatchObject({ code: 0 });
  });

  test('other line ends are no edit', async () => {
    const { dir, env } = await make({ '20300101000000_a': { up: 'CREATE TABLE a\n(a int);\n' } });
    await migrate(database.url, [], env);
    await writeStep(dir, '20300101000000_a', 'CREATE TABLE a\r\n(a int);\r\n');
    expect(await migrate(database.url, ['status'], env)).toMatchObject({ code: 0 });
  });

  test('a migration that this version does not have stops everything', async () => {
    const { env } = await make({ '20300101000000_a': { up: 'CREATE TABLE a (a int);' } });
    await migrate(database.url, [], env);
    const { env: older } = await make({ '20300101000001_b': { up: 'CREATE TABLE b (a int);' } });
    const stopped = await migrate(database.url, [], older);
    expect(stopped).toMatchObject({ code: 4 });
    expect(stopped.stderr).toContain('error migration_missing');
    expect(await listTables()).toEqual(['_prisma_migrations', 'a']);
  });

  test('a database with tables and no history is refused, and left alone', async () => {
    await query('CREATE TABLE stranger (a int)');
    const refused = await migrate(database.url);
    expect(refused).toMatchObject({ code: 4 });
    expect(refused.stderr).toContain('error history_missing');
    expect(refused.stderr).toContain('stranger');
    expect(await migrate(database.url, ['status'])).toMatchObject({ code: 4 });
    expect(await listTables()).toEqual(['stranger']);
  });

  test('baseline adopts a database that looks right, and no other', async () => {
    await migrate(database.url);
    await query('DROP TABLE _prisma_migrations');
    expect(await migrate(database.url, ['baseline', 'nonsense'])).toMatchObject({ code: 2 });
    expect(await migrate(database.url, ['baseline', String(NAMES[1])])).toMatchObject({ code: 4 });
    await query(
      'ALTER TABLE datasource ALTER COLUMN status DROP DEFAULT; DROP INDEX ingest_batch_status_created_at_idx',
    );
    const differs = await migrate(database.url, ['baseline', LAST]);
    expect(differs).toMatchObject({ code: 4 });
    expect(differs.stderr).toContain("- column datasource 009: status text not null default 'unknown'::text");
    expect(differs.stderr).toContain('+ column datasource 009: status text not null');
    expect(differs.stderr).toContain('- index ingest_batch_status_created_at_idx');
    expect(await listTables()).not.toContain('_prisma_migrations');
    await query(`ALTER TABLE datasource ALTER COLUMN status SET DEFAULT 'unknown';
      CREATE INDEX ingest_batch_status_created_at_idx ON ingest_batch (status, created_at)`);
    expect(await migrate(database.url, ['baseline', LAST])).toMatchObject({ code: 0 });
    expect(await migrate(database.url, ['status'])).toMatchObject({ code: 0 });
    expect(await migrate(database.url, ['baseline', LAST])).toMatchObject({ code: 0 });
    expect(await query("SELECT datname FROM pg_database WHERE datname LIKE 'cei_scratch_%'")).toEqual([]);
  });

  test.each([
    ['DROP TABLE "a";', true],
    ['-- derived: a\nDROP TABLE "a";', false],
    ['-- derived: a, b\nDROP TABLE "a";\nDROP TABLE "b";', false],
    ['-- derived: a\nDROP TABLE "ab";', true],
    ['-- derived: a\nDROP TABLE "a"; DELETE FROM "b";', true],
    ['DROP VIEW "v"; -- DROP TABLE "a"', false],
  ])('whether %j loses data: %s', (sql, loses) => {
    expect(dropsData(sql)).toBe(loses);
  });

  test('fresh wants a yes, then drops everything and migrates', async () => {
    await query(
      "CREATE TYPE mood AS ENUM ('good'); CREATE TABLE stranger (a serial, b mood); CREATE VIEW seen AS SELECT * FROM stranger",
    );
    expect(await migrate(database.url, ['fresh'])).toMatchObject({ code: 2 });
    expect(await listTables()).toEqual(['stranger']);
    expect(await migrate(database.url, ['fresh', '--yes'])).toMatchObject({ code: 0 });
    expect(await listTables()).not.toContain('stranger');
    const fresh = await dump();
    const other = await createEmptyDatabase();
    await migrate(other.url);
    expect((await other.pool.query(CATALOG)).rows.map((row) => row.line)).toEqual(fresh);
    await other.drop();
  });

  test.each([
    ['an unknown word', ['nonsense'], 2],
    ['an unknown option', ['--nonsense'], 2],
    ['a number that is none', ['down', 'x'], 2],
    ['baseline without a name', ['baseline'], 2],
    ['help', ['--help'], 0],
  ])('%s exits as it should', async (_case, args, code) => {
    expect(await migrate(database.url, args)).toMatchObject({ code });
  });

  test('a server that is not there, a wrong password and a missing database each end in one sentence', async () => {
    const gone = new URL(database.url);
    gone.port = '1';
    const wrong = new URL(database.url);
    wrong.password = 'wrong';
    const missing = database.url.replace(/\/[^/]*$/, '/nonexistent');
    for (const [url, code] of [
      [gone.href, 'database_unreachable'],
      [wrong.href, 'database_auth_failed'],
      [missing, 'database_missing'],
    ] as const) {
      const ended = await migrate(url);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(new RegExp(`^error ${code}: .*\\n→ .*\\n$`));
      expect(ended.stderr).not.toContain('wrong');
    }
  });
});

/** Starts a run, kills it when `ready` says so, and waits for its end. */
async function migrateKilled(url: string, env: Record<string, string>, ready: () => Promise<boolean>): Promise<void> {
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['--import', 'tsx', 'apps/migrate/src/cli.ts'], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: url, ...env },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (!(await ready())) await sleep(50);
  child.kill('SIGKILL');
  await ended;
}

/** psql on PATH or in Debian's versioned folders. */
function findPsql(): string | undefined {
  if (spawnSync('psql', ['--version']).status === 0) return 'psql';
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .map((version) => join(root, version, 'bin/psql'))
    .find((path) => existsSync(path));
}
