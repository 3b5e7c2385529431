// Tells which tables of a database our migrations make and which they do not. Reads only.
import { readFileSync } from 'node:fs';
import type { Table } from './snapshot.ts';

const CATALOG = new URL('../../../../db/schema/catalog.txt', import.meta.url);
const HISTORY = '_prisma_migrations';

/** Tables and their columns as the migrations make them, from the committed dump of the schema. */
function readOurTables(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, table = '', column = ''] of readFileSync(CATALOG, 'utf8').matchAll(/^column (\S+) \d+: (\S+)/gm)) {
    found.set(table, (found.get(table) ?? new Set()).add(column));
  }
  return found;
}

export interface Recognized {
  readonly ours: readonly Table[];
  /** Tables of others, and tables of ours with columns of others. */
  readonly strangers: readonly Table[];
}

export function recognizeTables(tables: readonly Table[]): Recognized {
  const known = readOurTables();
  const isOurs = ({ is_home, name, columns }: Table) =>
    is_home && (name === HISTORY || columns.every((column) => known.get(name)?.has(column) === true));
  // Without a history nothing says which migrations made the tables, whatever their names are.
  const hasHistory = tables.some(({ is_home, name }) => is_home && name === HISTORY);
  return {
    ours: hasHistory ? tables.filter(isOurs) : [],
    strangers: hasHistory ? tables.filter((table) => !isOurs(table)) : tables,
  };
}
