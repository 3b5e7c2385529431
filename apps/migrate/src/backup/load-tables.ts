// Loads the tables of an archive into a database that has their schema and no rows. Compares nothing.
import { pipeline } from 'node:stream/promises';
import type { Connection } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { from as copyFrom } from 'pg-copy-streams';
import { type Manifest, nameTable, type TableEntry } from './manifest.ts';
import type { ArchiveReader } from './read-archive.ts';
import { listColumns, quoteTable } from './snapshot.ts';

/** Foreign keys of the tables: row by row they cost many times the load; made again at the end they are proved at once. */
const FOREIGN_KEYS = `
  SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS off,
         format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS on
  FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY conname`;

/** What the triggers would write stands in the archive itself. */
const TRIGGERS = `
  SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) AS off,
         format('ALTER TABLE %s ENABLE %s TRIGGER %I', tgrelid::regclass, CASE tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, tgname) AS on
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE NOT tgisinternal AND tgenabled <> 'D' AND c.relnamespace = current_schema()::regnamespace`;

/** In one transaction. @throws Fault what PostgreSQL says, such as a row that breaks a constraint */
export async function loadTables(
  connection: Connection,
  archive: ArchiveReader,
  onTable: (table: TableEntry) => void,
): Promise<void> {
  const { tables, sequences } = archive.manifest;
  await connection.query('BEGIN');
  const steps: { readonly off: string; readonly on: string }[] = [];
  for (const sql of [TRIGGERS, FOREIGN_KEYS])
    steps.push(...(await connection.query<{ off: string; on: string }>(sql)).rows);
  for (const { off } of steps) await connection.query(off);
  for (const table of tables) {
    // Rows that a migration wrote stand in the archive as well.
    await connection.query(`DELETE FROM ${quoteTable(table)}`);
    await copyIn(connection, archive, table);
    onTable(table);
  }
  for (const { on } of steps.reverse()) await connection.query(on);
  await setSequences(connection, sequences);
  await connection.query('COMMIT');
  await connection.query('ANALYZE');
}

async function copyIn(connection: Connection, archive: ArchiveReader, table: TableEntry): Promise<void> {
  const stream = connection.query(copyFrom(`COPY ${quoteTable(table)}${listColumns(table.columns)} FROM STDIN`));
  await pipeline(await archive.open(nameTable(table)), stream);
  if (stream.rowCount !== table.rows) {
    throw new Fault(
      'backup_differs',
      `${table.name}: ${stream.rowCount} rows were loaded, ${table.rows} are in the archive.`,
    );
  }
}

async function setSequences(connection: Connection, sequences: Manifest['sequences']): Promise<void> {
  for (const { name, last, called } of sequences) {
    await connection.query('SELECT setval(quote_ident($1)::regclass, $2::bigint, $3)', [name, last, called]);
  }
}
