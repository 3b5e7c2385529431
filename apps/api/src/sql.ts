// Reads the API's own SQL from src/sql. Fills in names from our lists only, never a user's text.
import { readFileSync } from 'node:fs';
import { fillSql } from '@cei-inoe/shared/sql';

/** The text of `src/sql/<name>.sql` with every `{part}` filled in. */
export function loadSql(name: string, parts: Readonly<Record<string, string>> = {}): string {
  return fillSql(readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8'), parts);
}
