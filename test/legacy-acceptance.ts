// The whole move on one small old database, as a site does it: backup, test restore, plan, run (killed twice), verify, a writer at work,
// cutover, old views, rollback, cutover again, finish. Runs the product's commands as processes, on a server of its own.
// LEGACY_DIR: a folder with legacy-mini.sql.gz, which is then moved instead of the world made here (needs psql).
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { findEmbeddedBinaries, findSystemBinaries } from '../packages/shared/src/embedded/binaries.ts';
import { startTestServer } from '../packages/shared/src/testing/server.ts';
import { ask, fail, pass, type Ran, runScript, startWriter } from './legacy-acceptance-steps.ts';

const WORLD = new URL('../apps/migrate/test/legacy/', import.meta.url);
const EXTRA = new URL('legacy-acceptance.sql', import.meta.url);
const LEGACY_DIR = process.env.LEGACY_DIR ?? '';
const ZONE = 'Asia/Nicosia';

/** The plan of the world made here, worked out by hand; that of LEGACY_DIR is the block in the design. */
const PLAN =
  LEGACY_DIR === ''
    ? [
        'legacy: energy FKs → generic_device (ON DELETE CASCADE); V008 applied 2026-01-28 16:00Z; ids permuted: 3 of 3',
        'fact_energy_hourly 12027 → 12006 + 21 rejected (ampm_collapsed 12, nonexistent_local_time 4, non_finite 2,',
        'superseded_duplicate 1, negative 1, future 1); 18 re-attributed against the FK; 1 lineage corrected',
      ]
    : [
        'legacy: energy FKs → generic_device (ON DELETE CASCADE); V008 applied 2026-01-28 16:00Z; ids permuted: 18 of 20',
        'fact_energy_hourly 21426 → 20602 + 824 rejected (superseded_duplicate 648, ampm_collapsed 168, nonexistent_local_time 4,',
        'non_finite 2, negative 1, future 1); 12628 re-attributed against the FK; 744 lineage corrected',
      ];

const dir = mkdtempSync(join(tmpdir(), 'cei-acceptance-'));
const binaries = findSystemBinaries(15) ?? (await findEmbeddedBinaries());
const server = await startTestServer(binaries);
const urlOf = (name: string) => server.url.replace(/[^/]*$/, name);
const [oldUrl, newUrl] = [urlOf('old'), urlOf('new')];
const env = { DATABASE_URL: newUrl, DATA_DIR: join(dir, 'data'), PORT: '1', HOST: '', LEGACY_DIR: '' };
const place = ['--source-url', oldUrl, '--timezone', ZONE, '--report', join(dir, 'report')];

/** Runs a script of package.json; ends everything where it ends otherwise than expected. */
async function must(what: string, code: number, script: string, args: readonly string[], more = {}): Promise<Ran> {
  const ran = await runScript(script, args, { ...env, ...more });
  if (ran.code !== code) fail(`${what}: exit ${ran.code} instead of ${code}`, ran);
  return ran;
}
const legacy = (what: string, command: string, ...more: string[]) =>
  must(what, 0, 'migrate:legacy', [command, ...place, ...more]);

async function load(): Promise<void> {
  await ask(server.url, 'CREATE DATABASE old TEMPLATE template0');
  await ask(server.url, 'CREATE DATABASE new TEMPLATE template0');
  if (LEGACY_DIR !== '') {
    await ask(oldUrl, 'DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const input = gunzipSync(readFileSync(join(LEGACY_DIR, 'legacy-mini.sql.gz')));
    execFileSync('psql', [oldUrl, '-q', '-v', 'ON_ERROR_STOP=1'], { input, stdio: ['pipe', 'ignore', 'inherit'] });
  } else {
    const read = (name: string) => readFileSync(new URL(name, WORLD), 'utf8');
    await ask(
      oldUrl,
      `SET TimeZone = 'UTC'; ${read('old-schema.sql')}; ${read('old-world.sql')}; ${readFileSync(EXTRA, 'utf8')}`,
    );
  }
  pass('the old database is loaded');
}

async function backUp(): Promise<void> {
  const file = join(dir, 'old.zip');
  const done = await runScript('backup', [file, '--source-url', oldUrl], env);
  if (done.code === 4 && /It takes pg_dump of PostgreSQL \d+ or newer/.test(done.stderr)) {
    return pass('backup of the old database: this system has no pg_dump for it, and is told which to install');
  }
  if (done.code !== 0 || !existsSync(file)) fail('backup', done);
  await must('backup:verify', 0, 'backup:verify', [file]);
  await must('restore', 0, 'restore', [file, '--database', 'old_try']);
  const counts =
    'SELECT (SELECT count(*) FROM fact_energy_hourly) AS hours, (SELECT count(*) FROM ingest_file) AS files';
  if (JSON.stringify(await ask(oldUrl, counts)) !== JSON.stringify(await ask(urlOf('old_try'), counts)))
    fail('test restore', done);
  pass('backup, backup:verify, and a test restore that holds the same');
}

async function plan(): Promise<void> {
  await must('migrate', 0, 'migrate', []);
  const { code, stdout, stderr } = await runScript('migrate:legacy', ['plan', ...place], env);
  for (const line of PLAN) if (!stdout.includes(line)) fail(`the plan lacks: ${line}`, { code, stdout, stderr });
  pass('the plan is what was worked out by hand, and nothing is written');
}

/** Kills the run for good once so many rows are copied, decided or written. */
async function runAndKill(goal: number): Promise<void> {
  const args = ['--import', 'tsx', 'apps/migrate/src/legacy/cli.ts', 'run', ...place, '--chunk', '500'];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  const done = new Promise<string | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  const progress = async () => {
    const [made] = await ask(newUrl, "SELECT to_regclass('legacy_move.progress') IS NOT NULL AS made");
    if (made?.made !== true) return 0;
    const sql =
      'SELECT coalesce(sum(copied), 0)::int + (SELECT count(*)::int FROM legacy_move.reading) + (SELECT count(*)::int FROM fact_energy_hourly) AS n FROM legacy_move.progress';
    return Number((await ask(newUrl, sql))[0]?.n ?? 0);
  };
  while (child.exitCode === null && (await progress()) < goal) await sleep(15);
  child.kill('SIGKILL');
  if ((await done) !== 'SIGKILL') fail(`the run was over before it could be killed at ${goal}`);
  pass(`run, killed with -9 after ${await progress()} steps`);
}

async function switchOver(): Promise<void> {
  const writer = await startWriter(oldUrl);
  await legacy('verify beside a writer', 'verify');
  const { stdout } = await legacy('cutover', 'cutover', '--json');
  const { waited_ms: waitedMs } = JSON.parse(stdout) as { waited_ms: number };
  const { writes, refusal, longestMs } = await writer.ended;
  if (waitedMs >= 2_000 || longestMs >= 2_000) fail(`writers waited ${waitedMs} ms, ${longestMs} ms`);
  if (!/^legacy_read_only: /.test(refusal)) fail(`the writer was not refused: ${refusal}`);
  pass(`cutover beside a writer: ${writes} writes, none waited 2 s, then refused (${refusal})`);
  await legacy('verify', 'verify');
  const ofWriter = "ts >= '2024-07-31' AND ts < '2024-08-20'";
  const [there] = await ask(
    oldUrl,
    `SELECT count(*)::int AS n, sum(energy_kwh) AS kwh FROM fact_energy_hourly WHERE ${ofWriter}`,
  );
  const [here] = await ask(
    newUrl,
    `SELECT count(*)::int AS n, sum(energy_kwh) AS kwh FROM compat.fact_energy_hourly WHERE ${ofWriter}`,
  );
  if (there?.n === 0 || JSON.stringify(there) !== JSON.stringify(here))
    fail(`of the writer's rows ${JSON.stringify(there)}, here ${JSON.stringify(here)}`);
  pass(`verify agrees after the cutover; the writer's ${String(there?.n)} hours are all here`);
}

async function askOldViews(): Promise<void> {
  const views = await ask(
    newUrl,
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'compat'::regnamespace AND relkind = 'v' AND relname <> 'source_ids' ORDER BY 1",
  );
  for (const { name } of views)
    await ask(newUrl, `SET search_path = compat, public; SELECT count(*) FROM ${String(name)}`);
  if (views.length !== 28) fail(`${views.length} old tables and views answer instead of 28`);
  pass('14 old tables and 14 old views answer under their old names');
}

async function rollBack(): Promise<void> {
  const [meter] = await ask(
    newUrl,
    "SELECT d.external_id AS id FROM datasource d JOIN datasource_alias a ON a.datasource_id = d.id AND a.kind = 'legacy_generic_device' WHERE d.data_type = 'energy' AND d.external_id ~ '^[0-9a-f]{24}$' ORDER BY 1 LIMIT 1",
  );
  const path = join(dir, `${String(meter?.id)}-new.csv`);
  writeFileSync(path, 'Date and Time,Hourly\n10/01/2024 01:00:00 PM,77.125\n');
  await must('ingest', 0, 'ingest', [path]);
  await legacy('rollback', 'rollback');
  const [found] = await ask(
    oldUrl,
    "SELECT count(*)::int AS n FROM fact_energy_hourly WHERE energy_kwh = 77.125 AND ts = '2024-10-01 13:00'",
  );
  if (found?.n !== 1) fail('what the new system loaded is not in the old table after the rollback');
  await ask(oldUrl, "INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh) VALUES (3, '2024-10-02 00:00', 5)");
  pass('rollback: what the new system loaded stands in the old table, which is writable again');
}

async function finish(): Promise<void> {
  await legacy('run', 'run');
  await legacy('cutover', 'cutover');
  await legacy('finish', 'finish', '--yes', '--end-reverse');
  const left = await ask(newUrl, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'legacy%'");
  if (left.length > 0) fail(`left behind: ${JSON.stringify(left)}`);
  const batch =
    'SELECT count(*)::int AS n, min(b.source_type) AS type FROM fact_energy_hourly f JOIN ingest_batch b USING (batch_id) WHERE energy_kwh = 77.125';
  const [kept] = await ask(newUrl, batch);
  if (kept?.n !== 1 || kept.type !== 'file')
    fail(`what the new system loaded is ${JSON.stringify(kept)} after the way there and back`);
  pass(
    'run, cutover and finish leave nothing of the move, and what the new system loaded is there once, with its own batch',
  );
  await must('verify', 0, 'verify', []);
  const file = join(dir, 'new.zip');
  await must('backup', 0, 'backup', [file]);
  await must('backup:verify', 0, 'backup:verify', [file]);
  pass('pnpm verify passes, and the new database is backed up and its backup verified');
}

try {
  await load();
  await backUp();
  await plan();
  await runAndKill(6_000);
  await runAndKill(20_000);
  const { stderr } = await legacy('run', 'run');
  if (!/checks agree/.test(stderr)) fail(`run: ${stderr}`);
  pass('run, resumed, to its end: verified');
  await switchOver();
  await askOldViews();
  await rollBack();
  await finish();
  process.stdout.write(`acceptance of the move: passed in ${Math.round(process.uptime())} s\n`);
} finally {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}
