// `pnpm start` from outside: what it brings up, what it refuses, and that nothing of it is left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTempDir, ROOT, runCli, type TempDir } from '@cei-inoe/shared/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

const CLI = 'apps/standalone/src/cli.ts';
const READY_MS = 60_000;

let temp: TempDir;
let dataDir: string;
let port: number;
let running: Running | undefined;

interface Running {
  readonly child: ChildProcess;
  /** All it has printed so far. */
  text(): string;
  /** The exit code; waits for it. */
  ended: Promise<number | null>;
}

beforeAll(async () => {
  temp = await makeTempDir();
  dataDir = join(temp.path, 'data');
  port = await findFreePort();
});

afterEach(() => {
  running?.child.kill('SIGTERM');
  return running?.ended;
});

afterAll(() => temp.remove());

function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

/** The developer's own settings must not reach it. */
const makeEnv = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NO_COLOR: '1',
  DATA_DIR: dataDir,
  PORT: String(port),
});

function startAll(): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', CLI], {
    cwd: ROOT,
    env: makeEnv(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  running = { child, text: () => text, ended };
  return running;
}

async function waitFor(what: string, isSo: () => boolean | Promise<boolean>, timeoutMs = READY_MS): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await isSo()); await sleep(25)) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms\n${running?.text()}`);
  }
}

const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
const isReady = (): Promise<boolean> =>
  ask('/ready').then(
    (response) => response.status === 200,
    () => false,
  );

/** Processes that name the data folder, in their arguments or their environment, and have not ended. */
function listOurs(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    const read = (file: string) => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, 'utf8');
      } catch {
        return '';
      }
    };
    const line = read('cmdline');
    return `${line}\0${read('environ')}`.includes(dataDir) ? [`${pid} ${line.replaceAll('\0', ' ')}`] : [];
  });
}

const findChild = (part: string): number => Number.parseInt(listOurs().find((line) => line.includes(part)) ?? '', 10);

test('a port in use is told before anything is started', async () => {
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const { code, stderr } = await runCli(CLI, [], { env: makeEnv() });
  other.close();
  expect(stderr).toContain('error port_in_use');
  expect(code).toBe(1);
  expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
});

test('broken off while samples load, it stops everything and counts nothing as loaded', async () => {
  const { child, ended, text } = startAll();
  await waitFor('the first sample', () => text().includes('inserted'));
  expect((await ask('/ready').catch(() => undefined))?.status).not.toBe(200);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(text()).not.toContain('✓ samples');
  expect(existsSync(join(dataDir, 'samples.sha256'))).toBe(false);
  expect(listOurs()).toEqual([]);
});

test('started again it loads what is missing, is ready, and sends a second start away', async () => {
  const { child, ended, text } = startAll();
  await waitFor('ready', isReady);
  await waitFor('the last line', () => text().includes('Ctrl-C'));
  expect(text()).toContain(`http://localhost:${port}/docs`);
  expect(text()).toContain(join(dataDir, 'incoming'));
  const loaded = (await (await ask('/batches?status=completed')).json()) as { total: number };
  const partly = (await (await ask('/batches?status=partial')).json()) as { total?: number };
  const samples = readdirSync(join(ROOT, 'db/samples')).filter((name) => /\.(csv|xlsx)$/.test(name));
  expect(loaded.total + (partly.total ?? 0)).toBe(samples.length);

  const second = await runCli(CLI, [], { env: makeEnv() });
  expect(second.stderr).toContain('error already_running');
  expect(second.stderr).toContain(String(child.pid));
  expect(second.code).toBe(4);
  expect(await isReady()).toBe(true);

  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(listOurs()).toEqual([]);
  expect(existsSync(join(dataDir, 'ready'))).toBe(false);
});

test('the next start does not load the samples again, and an app that dies takes all down with its name', async () => {
  const { ended, text } = startAll();
  await waitFor('ready', isReady);
  await waitFor('the last line', () => text().includes('Ctrl-C'));
  expect(text()).not.toContain('samples');
  process.kill(findChild('apps/api/src/cli.ts'), 'SIGKILL');
  expect(await ended).toBe(1);
  expect(text()).toContain('The api ended with SIGKILL');
  expect(listOurs()).toEqual([]);
});

test('killed itself, it takes the apps with it, and the next start goes on with the server that still runs', async () => {
  const { child, ended, text } = startAll();
  await waitFor('the last line', () => text().includes('Ctrl-C'));
  const postmaster = (await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0];
  child.kill('SIGKILL');
  await ended;
  await waitFor('the apps are gone', () => !listOurs().some((line) => line.includes('apps/')), 20_000);
  const next = startAll();
  await waitFor('the last line', () => next.text().includes('Ctrl-C'));
  expect((await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]).toBe(postmaster);
  next.child.kill('SIGINT');
  expect(await next.ended).toBe(0);
  expect(listOurs()).toEqual([]);
});

test('a data folder that cannot be made is named', async () => {
  const file = join(temp.path, 'a-file');
  await writeFile(file, '');
  const { code, stderr } = await runCli(CLI, [], { env: { ...makeEnv(), DATA_DIR: join(file, 'data') } });
  expect(stderr).toContain('error folder_unwritable');
  expect(stderr).toContain(file);
  expect(code).toBe(1);
});

test.each([
  [['--help'], 0, 'Usage: start'],
  [['--relaod'], 2, "error: unknown option '--relaod'"],
  [['now'], 2, 'error: too many arguments'],
])('asked with %j it starts nothing', async (args, code, says) => {
  const asked = await runCli(CLI, args, { env: makeEnv() });
  expect(asked.stdout + asked.stderr).toContain(says);
  expect(asked.code).toBe(code);
});
