// The embedded server as commands meet it: started, found, shared, left behind, refused. On servers of its own, in temporary folders.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeTempDir, ROOT, type TempDir } from '@cei-inoe/shared/testing';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabaseUrl } from '../src/embedded.ts';
import type { Fault } from '../src/errors.ts';

let temp: TempDir;
let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  temp = await makeTempDir();
  dataDir = join(temp.path, 'data');
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  // A test that failed half way must not leave a server behind.
  const pid = await findPostmaster();
  if (pid !== undefined && isRunning(pid)) {
    process.kill(pid, 'SIGQUIT');
    await waitForEnd(pid);
  }
  await temp.remove();
});

const findPostmaster = async (): Promise<number | undefined> => {
  const text = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.split('\n')[0]);
};

/** A process that nobody has waited for yet (state Z) has ended. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? isThere(pid) : false;
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function waitForEnd(pid: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; isRunning(pid); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} does not end`);
  }
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0] as Record<string, unknown>;
  } finally {
    await client.end();
  }
}

/** Another process that uses the server; in a process group of its own, as a terminal would make one. */
async function startHolder(): Promise<{ child: ChildProcess; url: string }> {
  const file = fileURLToPath(new URL('./embedded-holder.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file, dataDir], {
    cwd: ROOT,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const [first] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, url: first.toString().trim() };
}

const catchFault = (work: Promise<unknown>): Promise<Fault> =>
  work.then(
    () => Promise.reject(new Error('it should have been refused')),
    (error: Fault) => error,
  );

describe('the embedded server', () => {
  test('is not touched when DATABASE_URL is given', async () => {
    const database = await openDatabaseUrl({ DATABASE_URL: 'postgres://somebody@elsewhere/db', DATA_DIR: dataDir });
    await database.close();
    expect(database).toMatchObject({ url: 'postgres://somebody@elsewhere/db', embedded: false });
    expect(() => statSync(dataDir)).toThrow(/ENOENT/);
  });

  test('starts, is safe for data and closed to others, and stops with its only user', async () => {
    const database = await openDatabaseUrl({ DATA_DIR: dataDir });
    const settings = await ask(
      database.url,
      `SELECT current_setting('server_version') LIKE '18.%' AS is_18, current_setting('fsync') AS fsync, current_setting('TimeZone') AS zone,
              current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets,
              current_setting('server_encoding') AS encoding,
              (SELECT bool_and(auth_method = 'scram-sha-256') FROM pg_hba_file_rules) AS scram,
              (SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = current_user) AS hashed`,
    );
    expect(settings).toEqual({
      is_18: true,
      fsync: 'on',
      zone: 'UTC',
      addresses: '127.0.0.1',
      sockets: '',
      encoding: 'UTF8',
      scram: true,
      hashed: true,
    });
    const wrong = database.url.replace(/:[^:@]*@/, ':wrong@');
    await expect(ask(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(dataDir, 'postgres.json')).mode & 0o777).toBe(0o600);
    const pid = (await findPostmaster()) ?? 0;
    await database.close();
    await waitForEnd(pid);
  });

  test('keeps data, port and password over a restart', async () => {
    const first = await openDatabaseUrl({ DATA_DIR: dataDir });
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    await first.close();
    const second = await openDatabaseUrl({ DATA_DIR: dataDir });
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, 'SELECT n FROM kept')).toEqual({ n: 42 });
    await second.close();
  });

  test('is found by a second command, and stays until the last one leaves', async () => {
    const { child, url } = await startHolder();
    const pid = (await findPostmaster()) ?? 0;
    const second = await openDatabaseUrl({ DATA_DIR: dataDir });
    expect(second.url).toBe(url);
    child.stdin?.end();
    await once(child, 'exit');
    expect(await ask(second.url, 'SELECT 1 AS n')).toEqual({ n: 1 });
    await second.close();
    await waitForEnd(pid);
  });

  test('is started once by commands that come at the same moment', async () => {
    const all = await Promise.all([startHolder(), startHolder(), openDatabaseUrl({ DATA_DIR: dataDir })]);
    expect(new Set(all.map(({ url }) => url)).size).toBe(1);
    for (const one of all) if ('close' in one) await one.close();
    expect(await ask(all[0].url, 'SELECT 1 AS n')).toEqual({ n: 1 });
  });

  test('lives through a Ctrl-C while another uses it, and is used again when who used it was killed', async () => {
    const { child, url } = await startHolder();
    const other = await startHolder();
    const pid = (await findPostmaster()) ?? 0;
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
    expect(await ask(url, 'SELECT 1 AS n')).toEqual({ n: 1 });
    other.child.kill('SIGKILL');
    await once(other.child, 'exit');
    expect(await ask(url, 'SELECT 1 AS n')).toEqual({ n: 1 });
    const next = await openDatabaseUrl({ DATA_DIR: dataDir });
    expect(await findPostmaster()).toBe(pid);
    await next.close();
    await waitForEnd(pid);
  });

  test('stops when its only user is told to end', async () => {
    const { child } = await startHolder();
    const pid = (await findPostmaster()) ?? 0;
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
    await waitForEnd(pid);
  });

  test('comes back after it was killed itself, with its leftovers in the way', async () => {
    const { child, url } = await startHolder();
    await ask(url, 'CREATE TABLE kept AS SELECT 42 AS n');
    const pid = (await findPostmaster()) ?? 0;
    child.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    // PostgreSQL takes a process for running until its parent has waited for it, so for once Z is not enough.
    for (const deadline = Date.now() + 15_000; isThere(pid) && Date.now() < deadline; ) await sleep(100);
    expect(await findPostmaster()).toBe(pid);
    const next = await openDatabaseUrl({ DATA_DIR: dataDir });
    expect(await ask(next.url, 'SELECT n FROM kept')).toEqual({ n: 42 });
    await next.close();
  });

  test('does not wait for a lock whose holder was killed', async () => {
    const { child } = await startHolder();
    child.stdin?.end();
    await once(child, 'exit');
    await writeFile(
      join(dataDir, 'postgres.lock'),
      JSON.stringify({ pid: child.pid, mark: `${child.pid}-1`, facts: {} }),
    );
    const started = Date.now();
    await (await openDatabaseUrl({ DATA_DIR: dataDir })).close();
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test('of another major version is refused with the commands that upgrade it, and left alone', async () => {
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '15\n');
    const fault = await catchFault(openDatabaseUrl({ DATA_DIR: dataDir }));
    expect(fault).toMatchObject({ code: 'embedded_version', exit: 4 });
    expect(fault.message).toMatch(/15.*18/);
    expect(fault.errors.map((e) => e.message).join('\n')).toMatch(/pg_dump/);
    expect(await readFile(join(dataDir, 'postgres', 'PG_VERSION'), 'utf8')).toBe('15\n');
  });

  test('that cannot start shows the last lines of its log', async () => {
    await (await openDatabaseUrl({ DATA_DIR: dataDir })).close();
    await writeFile(join(dataDir, 'postgres', 'postgresql.auto.conf'), "no_such_setting = 'x'\n");
    const fault = await catchFault(openDatabaseUrl({ DATA_DIR: dataDir }));
    expect(fault.code).toBe('embedded_failed');
    expect(fault.message).toContain('no_such_setting');
  });

  test.runIf(process.getuid?.() === 0)('runs for root from a folder that only root may enter', async () => {
    await chmod(temp.path, 0o700);
    const database = await openDatabaseUrl({ DATA_DIR: dataDir });
    const pid = (await findPostmaster()) ?? 0;
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\s+[1-9]/m);
    await database.close();
  });

  /** The program's own checks of its binaries use access(2), which forgets the right to pass unless told not to. */
  test.runIf(process.getuid?.() === 0)('runs for root from a checkout that only root may enter', async () => {
    await chmod(temp.path, 0o700);
    const native = await findNative();
    await cp(native, join(temp.path, 'native'), { recursive: true, verbatimSymlinks: true });
    const { openCluster } = await import('../src/embedded/cluster.ts');
    const bin = join(temp.path, 'native', 'bin');
    const cluster = await openCluster({
      binaries: { initdb: join(bin, 'initdb'), pg_ctl: join(bin, 'pg_ctl') },
      dir: join(temp.path, 'cluster'),
      logFile: join(temp.path, 'log'),
      initdb: ['--no-sync'],
    });
    await cluster.init('secret');
    await cluster.start(55_139, {});
    await cluster.stop();
    await rm(join(temp.path, 'cluster'), { recursive: true, force: true });
  });
});

async function findNative(): Promise<string> {
  const { findEmbeddedBinaries } = await import('../src/embedded/binaries.ts');
  return join((await findEmbeddedBinaries()).initdb, '..', '..');
}
