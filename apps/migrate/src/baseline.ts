// Adopts a database that was made by hand or from printed SQL: compares its catalog, then records the migrations as applied.
import { Fault } from '@cei-inoe/shared/errors';
import { diffCatalogs, dumpCatalog } from './catalog.ts';
import { type History, listPending } from './history.ts';
import { findMigration, type Migration } from './migration-files.ts';
import { printBaseline } from './print-sql.ts';
import { dumpScratchCatalog } from './scratch.ts';
import type { Pool } from './session.ts';

const SHOWN = 40;

/**
 * The migrations up to `name` that are not recorded yet.
 * @throws Fault migration_unknown
 */
export function listBaseline(history: History, migrations: readonly Migration[], name: string): Migration[] {
  const last = findMigration(migrations, name);
  return listPending(history, migrations).filter((migration) => migration.name <= last.name);
}

/**
 * Holds the database against what the migrations up to `name` make of an empty one.
 * @throws Fault baseline_differs with the differences
 */
export async function compareBaseline(
  url: string,
  pool: Pool,
  migrations: readonly Migration[],
  name: string,
): Promise<void> {
  const upTo = migrations.filter((migration) => migration.name <= name);
  const differences = diffCatalogs(await dumpScratchCatalog(url, pool, upTo), await dumpCatalog(pool));
  if (differences.length === 0) return;
  const more = differences.length > SHOWN ? [{ message: `… and ${differences.length - SHOWN} more` }] : [];
  throw new Fault('baseline_differs', `${differences.length} differences ("-" is missing, "+" is too much).`, {
    errors: [...differences.slice(0, SHOWN).map((message) => ({ message })), ...more],
  });
}

/** Records `chosen`, all or none, by the SQL that `--sql` prints. */
export async function recordBaseline(pool: Pool, chosen: readonly Migration[]): Promise<void> {
  await pool.query(printBaseline(chosen));
}
