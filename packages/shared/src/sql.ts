// Reads SQL from the .sql files under db/ and fills in names. Only names from our own lists are ever filled in, never a user's text.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DB = new URL('../../../db/', import.meta.url);
const cache = new Map<string, string>();

/** The text of `db/<path>`, without its leading comment. */
export function readSql(path: string): string {
  let text = cache.get(path);
  if (text === undefined) {
    text = readFileSync(fileURLToPath(new URL(path, DB)), 'utf8').replace(/^(--[^\n]*\n)+/, '');
    cache.set(path, text);
  }
  return text;
}

/** Replaces every `{name}` of `sql`. @throws TypeError on a name that `parts` does not have */
export function fillSql(sql: string, parts: Readonly<Record<string, string>>): string {
  return sql.replace(/\{(\w+)\}/g, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new TypeError(`nothing fills {${name}}`);
    return part;
  });
}

/** Quotes a name for SQL. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
