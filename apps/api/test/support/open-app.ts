// Opens the API on a database and a data folder of its own. Listens on nothing.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchive } from '@cei-inoe/shared/archive';
import { openPool } from '@cei-inoe/shared/database';
import { type Log, makeLog } from '@cei-inoe/shared/log';
import { openPrisma } from '@cei-inoe/shared/prisma';
import { createDatabase } from '@cei-inoe/shared/testing';
import { buildApp } from '../../src/app.ts';
import type { AppDeps } from '../../src/deps.ts';
import { listMigrations } from '../../src/migrations.ts';
import { openProbe } from '../../src/probe.ts';

/** Whoever connects by the answer has the rights of `role`, and no others. */
export function actAs(role: 'cei_api' | 'cei_ingestor', databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('options', `-c role=${role}`);
  return url.href;
}

export type OpenApp = Awaited<ReturnType<typeof openApp>>;

/**
 * The app has the rights of its role, as in a deployment; `database.pool` may do everything.
 * @param config what differs from the defaults: loopbackOnly, no READY_FILE, files up to 1 MiB
 * @param given limits of the pool of four connections, and a log instead of none
 */
export async function openApp(
  config: Partial<AppDeps['config']> = {},
  databaseUrl?: string,
  { log, ...limits }: { statementTimeoutMs?: number; connectTimeoutMs?: number; log?: Log } = {},
) {
  const database = await createDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'cei-api-'));
  const url = databaseUrl ?? actAs('cei_api', database.url);
  const pool = openPool(url, { applicationName: 'cei-api-test', max: 4, statementTimeoutMs: 10_000, ...limits });
  const prisma = openPrisma(pool);
  const probe = openProbe(url);
  const app = await buildApp({
    config: { loopbackOnly: true, READY_FILE: undefined, MAX_FILE_BYTES: 1024 ** 2, ...config },
    log: log ?? makeLog('api-test', process.env.TEST_LOG ?? 'silent'),
    archive: await openArchive(dataDir),
    pool,
    prisma,
    probe,
    migrations: listMigrations(),
    version: '0.0.0-test',
  });
  const close = async () => {
    await app.close();
    await prisma.$disconnect();
    await Promise.allSettled([pool.end(), probe.close()]);
    await database.drop();
    await rm(dataDir, { recursive: true });
  };
  return { app, database, pool, dataDir, close };
}
