import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning, markProcess } from '../src/embedded/processes.ts';
import { registerUser } from '../src/embedded/users.ts';
import { openDatabaseUrl } from '../src/embedded.ts';
import type { Fault } from '../src/errors.ts';
import { makeTempDir, ROOT, type TempDir } from '../src/testing/index.ts';

let folder: TempDir;
beforeAll(async () => {
  folder = await makeTempDir();
});
afterAll(() => folder.remove());

async function ask<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

interface Holder {
  readonly child: ChildProcess;
  readonly url: string;
}

/** Another command that uses the server, as an ordinary user. */
async function hold(dataDir: string, env: NodeJS.ProcessEnv): Promise<Holder> {
  const program = ['--import', 'tsx', 'packages/shared/test/embedded-holder.ts', dataDir];
  const child = spawn('runuser', ['-u', 'nobody', '--', process.execPath, ...program], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [text] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return { child, url: text.trim() };
}

describe('the embedded server', () => {
  it('is made where a crash left half a cluster, and its database where a crash left none', async () => {
    const dataDir = join(folder.path, 'half');
    await mkdir(join(dataDir, 'postgres', 'base'), { recursive: true });
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '18\n');
    await writeFile(join(dataDir, 'postgres.json'), JSON.stringify({ url: '', port: 0, password: 'x' }));
    const first = await openDatabaseUrl({ DATA_DIR: dataDir });
    await ask(first.url.replace(/\/cei$/, '/postgres'), 'DROP DATABASE cei');
    const second = await openDatabaseUrl({ DATA_DIR: dataDir });
    expect(await ask(second.url, 'SELECT current_database() AS name')).toEqual([{ name: 'cei' }]);
    await second.close();
    await first.close();
  });

  it('that runs but cannot be asked is not lost: the file that tells its port stays as it is', async () => {
    const dataDir = join(folder.path, 'half');
    const running = await openDatabaseUrl({ DATA_DIR: dataDir });
    const path = join(dataDir, 'postgres.json');
    const text = await readFile(path, 'utf8');
    // As if the server did not answer for a moment: nobody listens on that port.
    const file = { ...(JSON.parse(text) as { url: string }), port: 1 };
    const changed = `${JSON.stringify({ ...file, url: file.url.replace(/:\d+\/cei$/, ':1/cei') })}\n`;
    await writeFile(path, changed);
    const fault = (await openDatabaseUrl({ DATA_DIR: dataDir }).catch((error: unknown) => error)) as Fault;
    expect(fault.code).toBe('embedded_failed');
    expect(await readFile(path, 'utf8')).toBe(changed);
    await writeFile(path, text);
    await running.close();
    await expect(ask(running.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  const mayBecome = process.getuid?.() === 0 && spawnSync('runuser', ['-u', 'nobody', '--', 'ls', ROOT]).status === 0;
  it.runIf(mayBecome)('runs for an ordinary user too', async () => {
    const home = await mkdtemp(join(tmpdir(), 'cei-nobody-'));
    await chmod(home, 0o777);
    const { child, url } = await hold(join(home, 'data'), { HOME: home, TMPDIR: home });
    expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    child.stdin?.end();
    expect(await once(child, 'close')).toEqual([0, null]);
    await expect(ask(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await rm(home, { recursive: true, force: true });
  });

  it('tells who uses it from a later process of the same number', async () => {
    const mark = markProcess(process.pid) ?? '';
    expect(isRunning(mark)).toBe(true);
    expect(isRunning(`${process.pid}-00000000.1`)).toBe(false);
    expect(isRunning('')).toBe(false);
    const users = join(folder.path, 'users');
    await mkdir(users);
    await writeFile(join(users, `${process.pid}-00000000.1~abcdef`), '');
    const leave = await registerUser(users);
    const leaveToo = await registerUser(users);
    expect(await leave()).toBe(false);
    expect(await leaveToo()).toBe(true);
    expect(readdirSync(users)).toEqual([]);
  });
});
