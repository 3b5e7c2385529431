// Opens what the app needs, listens, and closes it all in order. Decides nothing about requests.
import { readFileSync } from 'node:fs';
import { openArchive } from '@cei-inoe/shared/archive';
import { openPool } from '@cei-inoe/shared/database';
import { makeFault } from '@cei-inoe/shared/errors';
import { makeLog } from '@cei-inoe/shared/log';
import { openPrisma } from '@cei-inoe/shared/prisma';
import { buildApp } from './app.ts';
import type { ApiConfig } from './config.ts';
import { listMigrations } from './migrations.ts';
import { openProbe } from './probe.ts';
import { makeAttemptCounter } from './webhooks/count-attempts.ts';
import { startRounds } from './webhooks/rounds.ts';
import { makeSender } from './webhooks/send.ts';

const STATEMENT_TIMEOUT_MS = 30_000;

export interface Server {
  /** Where it answers, such as http://127.0.0.1:8000. */
  readonly url: string;
  /** Ends what is being answered, takes nothing new, closes all connections. */
  close(): Promise<void>;
}

/**
 * Starts the API on `databaseUrl`. It starts without a database, too, and then answers 503 until there is one.
 * @throws Fault port_in_use, folder_unwritable
 */
export async function startServer(config: ApiConfig, databaseUrl: string): Promise<Server> {
  const log = makeLog('api', config.LOG_LEVEL);
  const archive = await openArchive(config.DATA_DIR);
  const pool = openPool(databaseUrl, {
    applicationName: 'cei-api',
    max: config.POOL_SIZE,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  const prisma = openPrisma(pool);
  const probe = openProbe(databaseUrl);
  const closeDatabase = async () => {
    await prisma.$disconnect().catch(() => undefined);
    await Promise.allSettled([pool.end(), probe.close()]);
  };
  const attempts = makeAttemptCounter();
  const version = readVersion();
  try {
    const app = await buildApp({
      config,
      log,
      archive,
      pool,
      prisma,
      probe,
      migrations: listMigrations(),
      version,
      metrics: [attempts],
    });
    const url = await app.listen({ host: config.HOST, port: config.PORT });
    const rounds = startRounds({
      pool,
      databaseUrl,
      log,
      version,
      send: makeSender({ allow: config.WEBHOOK_ALLOW }),
      onAttempt: (status) => attempts.inc({ outcome: status === 'pending' ? 'failed' : status }),
    });
    return {
      url,
      close: async () => {
        await Promise.all([app.close(), rounds.close()]);
        await closeDatabase();
      },
    };
  } catch (error) {
    await closeDatabase();
    throw makeFault(error);
  }
}

/** The version of the product, from its package.json. */
export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
