// Makes a database for a moment, to see what migrations produce. Leaves nothing on the server.
import { randomUUID } from 'node:crypto';
import { nameDatabase } from '../../../prisma/engine/open-session.mjs';
import { makeScriptFault } from './apply.ts';
import { dumpCatalog } from './catalog.ts';
import type { Migration } from './migration-files.ts';
import { type Pool, withSession } from './session.ts';

const silent = () => undefined;

/**
 * The catalog that `migrations` produce in an empty database of the same server.
 * @param pool a connection whose role may create databases
 * @throws Fault migration_failed, permission_denied
 */
export async function dumpScratchCatalog(url: string, pool: Pool, migrations: readonly Migration[]): Promise<string[]> {
  const database = `cei_scratch_${randomUUID().replaceAll('-', '')}`;
  await pool.query(`CREATE DATABASE ${database} TEMPLATE template0`);
  try {
    return await withSession(nameDatabase(url, database), silent, async (scratch) => {
      for (const migration of migrations) {
        await scratch.query(migration.sql).catch((error: unknown) => {
          throw makeScriptFault(migration, error);
        });
      }
      return dumpCatalog(scratch);
    });
  } finally {
    await pool.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  }
}
