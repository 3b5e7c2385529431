// Makes the schema that an archive speaks of in an empty database, by the migrations that made it there. Loads no row.
import { readFileSync } from 'node:fs';
import { Fault } from '@cei-inoe/shared/errors';
import { makeScriptFault } from '../apply.ts';
import { isUnedited, type Migration } from '../migration-files.ts';
import type { Pool } from '../session.ts';
import type { Manifest } from './manifest.ts';

const HISTORY_TABLE = readFileSync(new URL('../../sql/history-table.sql', import.meta.url), 'utf8');

/**
 * The migrations of the archive, as this version of the product knows them.
 * @throws Fault backup_newer where it has one that we do not know, migration_edited where ours is another text
 */
export function chooseMigrations(manifest: Manifest, known: readonly Migration[]): Migration[] {
  const files = new Map(known.map((migration) => [migration.name, migration]));
  const unknown = manifest.migrations.filter(({ name }) => !files.has(name)).map(({ name }) => name);
  if (unknown.length > 0) {
    throw new Fault(
      'backup_newer',
      `It was made by version ${manifest.product} with ${unknown.join(', ')}, which this version does not have.`,
    );
  }
  const chosen = manifest.migrations.map(({ name }) => files.get(name) as Migration);
  const edited = chosen.filter((file, at) => !isUnedited(file, manifest.migrations[at]?.checksum ?? ''));
  if (edited.length > 0) throw new Fault('migration_edited', `${edited.map(({ name }) => name).join(', ')}.`);
  return chosen;
}

/** @throws Fault migration_failed */
export async function buildSchema(pool: Pool, migrations: readonly Migration[]): Promise<void> {
  await pool.query(HISTORY_TABLE);
  for (const migration of migrations) {
    await pool.query(migration.sql).catch((error: unknown) => {
      throw makeScriptFault(migration, error);
    });
  }
}
