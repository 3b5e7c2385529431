// A throw-away PostgreSQL server for one run of the tests, with a migrated template database that every test file clones.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { findEmbeddedBinaries, type ServerBinaries } from '../embedded/binaries.ts';
import { findFreePort, openCluster, SUPERUSER } from '../embedded/cluster.ts';

export const TEMPLATE = 'cei_template';
const PASSWORD = 'test';
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** Nothing of it must survive the run: no syncing. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: 200,
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  timezone: 'Europe/Madrid',
} as const;

export interface TestServer {
  readonly url: string;
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server that a test may stop and start: what it has said to be committed survives that. The test stops it in the end. */
export const startOwnServer = async (): Promise<TestServer> =>
  startTestServer(await findEmbeddedBinaries(), { synchronous_commit: 'on' });

/** Starts a server from `binaries` in a new temporary folder. Its zone is not UTC on purpose: no result may depend on it. */
export async function startTestServer(
  binaries: ServerBinaries,
  more: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const settings = { ...SETTINGS, ...more };
  const dir = await mkdtemp(join(tmpdir(), 'cei-test-server-'));
  const stop = startKeeper(dir, binaries);
  const cluster = await openCluster({
    binaries,
    dir: join(dir, 'postgres'),
    logFile: join(dir, 'postgres.log'),
    initdb: ['--no-sync'],
  });
  try {
    await cluster.init(PASSWORD);
    const port = await findFreePort();
    await cluster.start(port, settings);
    const url = `postgres://${SUPERUSER}:${PASSWORD}@127.0.0.1:${port}/postgres`;
    await makeTemplate(url);
    return {
      url,
      stop,
      async restart(mode) {
        await cluster.stop(mode);
        await cluster.start(port, settings);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts the process that ends the server and removes `dir` when it is told to, or when this process is gone. */
function startKeeper(dir: string, { initdb, pg_ctl }: ServerBinaries): () => Promise<void> {
  const file = fileURLToPath(new URL('./keeper.ts', import.meta.url));
  const keeper = spawn(process.execPath, ['--import', 'tsx', file, dir, initdb, pg_ctl], {
    cwd: ROOT,
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(keeper, 'exit');
  return async () => {
    keeper.stdin?.end();
    await ended;
  };
}

async function makeTemplate(serverUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'apps/migrate/src/cli.ts'], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: serverUrl.replace(/\/[^/]*$/, `/${TEMPLATE}`) },
  });
}
