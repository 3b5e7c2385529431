// Writes what a run would do as SQL that psql can run. Touches nothing.
import { readFileSync } from 'node:fs';
import type { Migration } from './migration-files.ts';
import { LOCK_KEY } from './session.ts';

const readSql = (name: string): string => readFileSync(new URL(`../sql/${name}`, import.meta.url), 'utf8').trimEnd();

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The row that Prisma's engine writes when a migration was applied. */
function recordSql({ name, checksum }: Migration): string {
  return [
    'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)',
    `VALUES (gen_random_uuid()::text, ${quote(checksum)}, ${quote(name)}, clock_timestamp(), clock_timestamp(), 1);`,
  ].join('\n');
}

/** One transaction around it all: run by psql, a failure leaves nothing, and what follows it is skipped as well. */
function wrap(parts: readonly string[]): string {
  if (parts.length === 0) return '-- Nothing to do: the database is up to date.\n';
  const lock = `SELECT pg_advisory_xact_lock(${LOCK_KEY}) IS NULL AS locked;`;
  return `${['BEGIN;', lock, ...parts, 'COMMIT;'].join('\n\n')}\n`;
}

/** What `pnpm migrate` would do. */
export function printUp(pending: readonly Migration[]): string {
  if (pending.length === 0) return wrap([]);
  const steps = pending.flatMap((migration) => [
    `-- ── ${migration.name}`,
    migration.sql.trimEnd(),
    recordSql(migration),
  ]);
  return wrap([readSql('history-table.sql'), ...steps]);
}

/** What `pnpm migrate down` would do. */
export function printDown(chosen: readonly Migration[]): string {
  return wrap(
    chosen.flatMap(({ name, downSql }) => [
      `-- ── ${name}, taken back`,
      (downSql ?? '').trimEnd(),
      `DELETE FROM _prisma_migrations WHERE migration_name = ${quote(name)};`,
    ]),
  );
}

/** What `pnpm migrate baseline` would record. */
export function printBaseline(chosen: readonly Migration[]): string {
  return wrap(chosen.length === 0 ? [] : [readSql('history-table.sql'), ...chosen.map(recordSql)]);
}

export const DROP_EVERYTHING = readSql('drop-everything.sql');

/** What `pnpm migrate fresh` would do. */
export function printFresh(all: readonly Migration[]): string {
  return `${DROP_EVERYTHING}\n\n${printUp(all)}`;
}
