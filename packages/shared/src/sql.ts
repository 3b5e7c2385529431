// Reads SQL from the .sql files under db/ and fills in names. Only names from our own lists are ever filled in, never a user's text.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DB = new URL('../../../db/', import.meta.url);
const cache = new Map<string, string>();

/** The text of `db/<path>`, without its leading comment; where `parts` are given, every `{name}` is filled in. @throws TypeError on a name that they do not have */
export function readSql(path: string, parts?: Readonly<Record<string, string>>): string {
  let text = cache.get(path);
  if (text === undefined) {
    text = readFileSync(fileURLToPath(new URL(path, DB)), 'utf8').replace(/^(--[^\n]*\n)+/, '');
    cache.set(path, text);
  }
  return parts === undefined ? text : fillSql(text, parts);
}

/** A statement that is sent for every file: each connection parses and plans it once, under the name of its file. */
export const prepareSql = (path: string, values: unknown[]) => ({ name: path, text: readSql(path), values });

/** `sql` with every `{name}` filled in. @throws TypeError on a name that `parts` do not have */
export function fillSql(sql: string, parts: Readonly<Record<string, string>>): string {
  return sql.replace(/\{(\w+)\}/g, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new TypeError(`nothing fills {${name}}`);
    return part;
  });
}

/** Quotes a name for SQL. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
