// What every command of `pnpm migrate` works with: settings, migrations, the database, and where text goes.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { type MigrateConfig, readMigrateConfig } from './config.ts';
import { type History, readHistory } from './history.ts';
import { type Migration, readMigrations } from './migration-files.ts';
import { type Pool, withLock, withSession } from './session.ts';

export interface Options {
  readonly sql?: boolean;
  readonly json?: boolean;
}

export interface Context {
  readonly config: MigrateConfig;
  readonly migrations: readonly Migration[];
  readonly options: Options;
  /** A line for people, on stderr. */
  say(text: string): void;
  /** A line of data, on stdout. */
  print(text: string): void;
}

export interface Database {
  readonly url: string;
  readonly pool: Pool;
  readonly history: History;
}

/** @throws Fault config_invalid */
export async function makeContext(options: Options, env: NodeJS.ProcessEnv): Promise<Context> {
  const config = readMigrateConfig(env);
  return {
    config,
    migrations: await readMigrations(config.MIGRATIONS_DIR),
    options,
    say: (text) => process.stderr.write(`${text}\n`),
    print: (text) => process.stdout.write(`${text}\n`),
  };
}

/** Runs `work` on the database that the settings name, without taking the lock: enough to look. */
export async function withDatabase<T>(context: Context, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabaseUrl(context.config);
  try {
    return await withSession(database.url, context.say, async (pool) =>
      work({ url: database.url, pool, history: await readHistory(pool, context.migrations) }),
    );
  } finally {
    await database.close();
  }
}

/** Runs `work` under the lock, with the history as it is once the lock is held. */
export function withLockedDatabase<T>(context: Context, work: (database: Database) => Promise<T>): Promise<T> {
  return withDatabase(context, ({ url, pool }) =>
    withLock(pool, context.config.MIGRATE_LOCK_WAIT_MS, context.say, async () =>
      work({ url, pool, history: await readHistory(pool, context.migrations) }),
    ),
  );
}

/** Whether there is a database to ask. Printing SQL does not make one. */
export const hasDatabase = ({ config }: Context): boolean =>
  config.DATABASE_URL !== undefined || existsSync(join(config.DATA_DIR, 'postgres.json'));
