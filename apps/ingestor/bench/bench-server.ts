// The benchmark's own PostgreSQL: the embedded one with the settings users get, a migrated database, two datasources. Measures nothing.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openPool, type Pool } from '@cei-inoe/shared/database';
import { findEmbeddedBinaries } from '@cei-inoe/shared/embedded/binaries';
import { findFreePort, openCluster, SUPERUSER } from '@cei-inoe/shared/embedded/cluster';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PORT = 55_190;

/** Those of the embedded server (packages/shared/src/embedded.ts): everything is synced, as it is for users. */
const SETTINGS = {
  max_connections: 60,
  shared_buffers: '256MB',
  maintenance_work_mem: '128MB',
  work_mem: '32MB',
  max_wal_size: '2GB',
  checkpoint_completion_target: 0.9,
  timezone: 'UTC',
  log_timezone: 'UTC',
  password_encryption: 'scram-sha-256',
} as const;

export interface BenchServer {
  readonly url: string;
  readonly pool: Pool;
  readonly version: string;
  /** Ids of the datasources in Asia/Nicosia: `bench-meter`, `bench-station`, `bench-000` …. */
  readonly ids: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export const SMALL_SOURCES = 100;
export const nameSmall = (number: number): string => `bench-${String(number).padStart(3, '0')}`;

/** Starts a server in `dir`, migrates a database, makes the datasources. */
export async function startBenchServer(dir: string): Promise<BenchServer> {
  const cluster = await openCluster({
    binaries: await findEmbeddedBinaries(),
    dir: join(dir, 'postgres'),
    logFile: join(dir, 'postgres.log'),
    initdb: ['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
  });
  const password = randomBytes(16).toString('hex');
  await cluster.init(password);
  const port = await findFreePort(PORT);
  await cluster.start(port, SETTINGS);
  const server = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}`;
  const url = `${server}/bench`;
  let pool: Pool | undefined;
  const stop = async () => {
    await pool?.end();
    await cluster.stop();
  };
  try {
    await createDatabase(`${server}/postgres`);
    await promisify(execFile)(process.execPath, ['--import', 'tsx', 'apps/migrate/src/cli.ts'], {
      cwd: ROOT,
      env: { ...process.env, DATABASE_URL: url },
    });
    pool = openPool(url, { applicationName: 'cei-bench', max: 2 });
    const { rows } = await pool.query<{ version: string }>("SELECT current_setting('server_version') AS version");
    return { url, pool, version: rows[0]?.version ?? '', ids: await makeSources(pool), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createDatabase(url: string): Promise<void> {
  const pool = openPool(url, { applicationName: 'cei-bench', max: 1 });
  await pool.query('CREATE DATABASE bench');
  await pool.end();
}

async function makeSources(pool: Pool): Promise<Map<string, number>> {
  const meters = ['bench-meter', ...Array.from({ length: SMALL_SOURCES }, (_, i) => nameSmall(i))];
  const { rows } = await pool.query<{ id: number; external_id: string }>(
    `INSERT INTO datasource (external_id, source_category, data_type, timezone)
     SELECT name, 'file', 'energy', 'Asia/Nicosia' FROM unnest($1::text[]) name
     UNION ALL SELECT 'bench-station', 'file', 'weather', 'Asia/Nicosia'
     RETURNING id, external_id`,
    [meters],
  );
  return new Map(rows.map((row) => [row.external_id, row.id]));
}
