// One repeatable-read snapshot of a database, and its tables as the text of COPY. Writes nothing.
import type { Readable } from 'node:stream';
import { type Connection, openPool } from '@cei-inoe/shared/database';
import { makeFault } from '@cei-inoe/shared/errors';
import { quoteName, readSql } from '@cei-inoe/shared/sql';
import { to as copyTo } from 'pg-copy-streams';
import { readSchema } from '../../../../prisma/engine/open-session.mjs';

export interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** It stands in the schema of the product. */
  readonly is_home: boolean;
}

export interface Snapshot {
  readonly connection: Connection;
  readonly database: string;
  readonly serverVersion: number;
  readonly tables: readonly Table[];
}

/** What makes the text of a COPY the same whatever the server's and the role's settings are. */
export const SAME_TEXT = `
  SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex';
  SET xmloption = 'content'; SET synchronize_seqscans = off; SET row_security = off; SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0`;

/** Runs `work` on one connection whose text is the same everywhere. @throws Fault database_* */
export async function withConnection<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const pool = openPool(url, { applicationName: 'cei-backup', max: 1 });
  try {
    const connection = await pool.connect().catch((error: unknown) => {
      throw makeFault(error);
    });
    // Without a listener a connection that dies between two queries would end the process.
    connection.on('error', () => undefined);
    try {
      await connection.query(SAME_TEXT);
      const schema = readSchema(url);
      if (schema !== undefined) await connection.query(`SET search_path = ${quoteName(schema)}`);
      return await work(connection);
    } finally {
      connection.release(true);
    }
  } finally {
    await pool.end();
  }
}

/** Opens a snapshot of every table; until it ends nobody can drop or alter one. @throws Fault database_*, permission_denied */
export async function withSnapshot<T>(url: string, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  return await withConnection(url, async (connection) => {
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const tables = await listTables(connection);
    if (tables.length > 0)
      await connection.query(`LOCK TABLE ${tables.map(quoteTable).join(', ')} IN ACCESS SHARE MODE`);
    const { rows } = await connection.query<{ database: string; version: number }>(
      "SELECT current_database() AS database, current_setting('server_version_num')::int AS version",
    );
    return await work({ connection, tables, database: rows[0]?.database ?? '', serverVersion: rows[0]?.version ?? 0 });
  });
}

export async function listTables(connection: Connection): Promise<Table[]> {
  return (await connection.query<Table>(readSql('backup/tables.sql'))).rows;
}

export const quoteTable = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  `${quoteName(schema)}.${quoteName(name)}`;

/** The columns as COPY takes them; a table without columns has no list. */
export const listColumns = (columns: readonly string[]): string =>
  columns.length === 0 ? '' : ` (${columns.map(quoteName).join(', ')})`;

/** The rows of a table as text, in the order in which they lie. */
export function copyOut(connection: Connection, table: Pick<Table, 'schema' | 'name' | 'columns'>): Readable {
  return connection.query(copyTo(`COPY ${quoteTable(table)}${listColumns(table.columns)} TO STDOUT`));
}

/** How many rows a table has, and their checksum. */
export async function readContent(
  connection: Connection,
  table: Pick<Table, 'schema' | 'name' | 'columns'>,
): Promise<{ rows: number; content: string }> {
  const columns = table.columns.map(quoteName).join(', ');
  const { rows } = await connection.query<{ rows: string; content: string }>(
    readSql('backup/content.sql', { table: quoteTable(table), columns }),
  );
  return { rows: Number(rows[0]?.rows ?? 0), content: rows[0]?.content ?? '' };
}
