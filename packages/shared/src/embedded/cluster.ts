// One PostgreSQL cluster in one folder: makes it, starts it, stops it. Knows nothing of who uses it.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { Fault } from '../errors.ts';
import type { ServerBinaries } from './binaries.ts';
import { makeRunner, type Runner } from './run-as.ts';

export const SUPERUSER = 'postgres';

export interface ClusterOptions {
  readonly binaries: ServerBinaries;
  /** The folder of the cluster; its parent must exist. */
  readonly dir: string;
  readonly logFile: string;
  /** Arguments of initdb beside the usual ones. */
  readonly initdb?: readonly string[];
}

export interface Cluster {
  /** Major version in the folder, or undefined where there is no cluster yet. */
  readVersion(): Promise<string | undefined>;
  /** Makes the cluster with a superuser of this password. */
  init(password: string): Promise<void>;
  /** Starts the server in a session of its own, so that a Ctrl-C in our terminal does not reach it. */
  start(port: number, settings: Readonly<Record<string, string | number>>): Promise<void>;
  /** Disconnects everybody, writes everything down, and ends; `immediate` ends as a crash does, and the next start recovers. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

/** Opens the cluster in `options.dir`; starts nothing. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { binaries, dir, logFile } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const runner = await makeRunner(dir, [dirname(dir), dirname(binaries.initdb)]);
  await runner.own(dir);
  return {
    readVersion: () =>
      readFile(join(dir, 'PG_VERSION'), 'utf8').then(
        (text) => text.trim(),
        () => undefined,
      ),
    init: (password) => initCluster(runner, options, password),
    async start(port, settings) {
      await writeFile(logFile, '', { flag: 'a', mode: 0o600 });
      await runner.own(logFile);
      const all = { ...settings, port, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
      const flags = Object.entries(all).map(([name, value]) => `-c ${name}='${value}'`);
      try {
        await runner.run(binaries.pg_ctl, ['start', '-w', '-t', '60', '-D', dir, '-l', logFile, '-o', flags.join(' ')]);
      } catch (error) {
        throw new Fault('embedded_failed', await readLastLines(logFile), { cause: error });
      }
    },
    async stop(mode = 'fast') {
      await runner.run(binaries.pg_ctl, ['stop', '-w', '-t', '60', '-m', mode, '-D', dir]).catch(() => undefined);
    },
  };
}

async function initCluster(
  runner: Runner,
  { binaries, dir, initdb = [] }: ClusterOptions,
  password: string,
): Promise<void> {
  const passwordFile = `${dir}.password`;
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    await runner.own(passwordFile);
    await runner.run(binaries.initdb, [
      ...['-D', dir, '-U', SUPERUSER, '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', ...initdb],
    ]);
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Fault('embedded_failed', `initdb: ${stderr?.trim() || String(error)}`, { cause: error });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function readLastLines(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-8).join('\n');
}

/** A free port of the loopback address; `wanted` if that is free. */
export async function findFreePort(wanted = 0): Promise<number> {
  const found = await tryPort(wanted);
  return found ?? (await tryPort(0)) ?? 0;
}

const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
