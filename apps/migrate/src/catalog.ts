// The catalog of a database as lines of text, and how two of them differ. Reads only.
import { readFileSync } from 'node:fs';
import type pg from 'pg';

const CATALOG = readFileSync(new URL('../../../db/checks/catalog.sql', import.meta.url), 'utf8');

/** Tables, columns, constraints, indexes, functions, triggers, views, sequences and our roles' rights, one object an element. */
export async function dumpCatalog(database: pg.Pool | pg.PoolClient): Promise<string[]> {
  const { rows } = await database.query<{ line: string }>(CATALOG);
  return rows.map((row) => row.line);
}

/** Objects of one side only: `- ` is expected and not there, `+ ` is there and not expected. */
export function diffCatalogs(expected: readonly string[], found: readonly string[]): string[] {
  const has = { expected: new Set(expected), found: new Set(found) };
  return [
    ...expected.filter((line) => !has.found.has(line)).map((line) => `- ${line}`),
    ...found.filter((line) => !has.expected.has(line)).map((line) => `+ ${line}`),
  ];
}
