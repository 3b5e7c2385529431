// Applies pending migrations with Prisma's engine, each in one transaction with its record. Decides nothing about which.
import { performance } from 'node:perf_hooks';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { type Migration, makeMigrationList } from './migration-files.ts';
import { inSessionTransaction, type Pool } from './session.ts';

export interface Applied {
  readonly name: string;
  readonly ms: number;
}

const NO_FILTERS = { externalTables: [], externalEnums: [] };

/**
 * Applies `pending`, oldest first. What is applied before one fails stays.
 * The engine sees the migrations up to the one that is due, and runs inside our transaction: its script, and the row that
 * it writes to Prisma's history, come together or not at all.
 * @param all every migration of the folder
 * @throws Fault migration_failed
 */
export async function applyMigrations(
  url: string,
  pool: Pool,
  all: readonly Migration[],
  pending: readonly Migration[],
  onApplied: (applied: Applied) => void,
): Promise<Applied[]> {
  // Loading it takes a while, and most runs have nothing to do.
  const { openEngine } = await import('../../../prisma/engine/open-engine.mjs');
  const { engine, takeScriptError } = await openEngine(url, { pool });
  const done: Applied[] = [];
  for (const migration of pending) {
    const start = performance.now();
    const upTo = all.filter(({ name }) => name <= migration.name);
    try {
      await inSessionTransaction(pool, () =>
        engine.applyMigrations({ migrationsList: makeMigrationList(upTo), filters: NO_FILTERS }),
      );
    } catch (error) {
      throw makeScriptFault(migration, takeScriptError() ?? error);
    }
    const applied = { name: migration.name, ms: Math.round(performance.now() - start) };
    done.push(applied);
    onApplied(applied);
  }
  return done;
}

/** What PostgreSQL refused, with the line of the file. Losing the connection is no fault of the migration. */
export function makeScriptFault(migration: Migration, thrown: unknown, file = 'migration.sql'): Fault {
  const fault = makeFault(thrown);
  if (fault.code === 'database_unreachable') return fault;
  const { message, detail, position } = thrown as { message?: string; detail?: string; position?: string };
  const text = file === 'down.sql' ? (migration.downSql ?? '') : migration.sql;
  const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length;
  const where = line === undefined ? '' : `, line ${line}`;
  const errors = detail === undefined ? [] : [{ message: detail }];
  return new Fault('migration_failed', `${migration.name}/${file}${where}: ${message ?? String(thrown)}.`, {
    cause: thrown,
    errors,
  });
}
