// Archives the old tables before they go: every row as a line of JSON, compressed, with counts and a checksum. Restores nothing.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Fault } from '@cei-inoe/shared/errors';
import { quoteName } from '@cei-inoe/shared/sql';
import { OLD_FUNCTIONS, OLD_RELATIONS } from './old-objects.ts';
import type { OldSide, Queryable } from './old-side.ts';
import { readChunk } from './pull.ts';
import { findOldTable } from './tables.ts';

const CHUNK = 5_000;

/** Writes old-tables.jsonl.gz and its manifest into `dir`. */
export async function archiveOldTables(
  old: OldSide,
  tables: readonly string[],
  dir: string,
): Promise<{ path: string; rows: number }> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, 'old-tables.jsonl.gz');
  const counts: Record<string, number> = {};
  const hash = createHash('sha256');
  async function* lines() {
    for (const name of tables) {
      counts[name] = 0;
      for (let last: string | null = null; ; ) {
        const chunk: Awaited<ReturnType<typeof readChunk>> = await readChunk(old, findOldTable(name), last, CHUNK);
        if (chunk.count === 0) break;
        last = chunk.last;
        counts[name] += chunk.count;
        const text = (JSON.parse(chunk.rows) as unknown[])
          .map((row) => `${JSON.stringify({ table: name, row })}\n`)
          .join('');
        hash.update(text);
        yield text;
      }
    }
  }
  await pipeline(Readable.from(lines()), createGzip(), createWriteStream(path));
  await writeFile(join(dir, 'old-tables.json'), `${JSON.stringify({ counts, sha256: hash.digest('hex') }, null, 2)}\n`);
  return { path, rows: Object.values(counts).reduce((sum, n) => sum + n, 0) };
}

const DEPENDENT_OBJECTS = '2BP01';

/**
 * Drops the parked tables, views and functions of the old system, and what captured their changes, in the caller's transaction. What else
 * stands in their schema stays, and the schema with it.
 * @throws Fault legacy_depended where something of the site's own is built on them
 */
export async function dropOldTables(target: Queryable, { schema }: OldSide): Promise<void> {
  const { rows } = await target.query<{ kind: string; name: string }>(
    `SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, format('%I.%I', $1::text, relname) AS name FROM pg_class
     WHERE relnamespace = to_regnamespace($1) AND relname = ANY ($2) AND relkind IN ('r', 'p', 'v')
     UNION ALL SELECT 'FUNCTION', oid::regprocedure::text FROM pg_proc WHERE pronamespace = to_regnamespace($1) AND proname = ANY ($3)`,
    [schema, OLD_RELATIONS, OLD_FUNCTIONS],
  );
  await target.query('DROP SCHEMA IF EXISTS legacy_capture CASCADE');
  try {
    for (const kind of ['VIEW', 'TABLE', 'FUNCTION']) {
      const names = rows.filter((row) => row.kind === kind).map(({ name }) => name);
      if (names.length > 0) await target.query(`DROP ${kind} ${names.join(', ')}`);
    }
  } catch (error) {
    const { code, detail } = error as { code?: string; detail?: string };
    if (code !== DEPENDENT_OBJECTS) throw error;
    throw new Fault('legacy_depended', detail === undefined ? undefined : `${detail.replaceAll('\n', '; ')}.`, {
      cause: error,
    });
  }
  if (!(await holdsAnything(target, schema))) await target.query(`DROP SCHEMA ${quoteName(schema)}`);
}

async function holdsAnything(target: Queryable, schema: string): Promise<boolean> {
  const { rows } = await target.query<{ held: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND refobjid = to_regnamespace($1) AND deptype = 'n') AS held`,
    [schema],
  );
  return rows[0]?.held === true;
}
