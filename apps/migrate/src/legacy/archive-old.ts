// Archives the old tables before they go: every row as a line of JSON, compressed, with counts and a checksum. Restores nothing.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { quoteName } from '@cei-inoe/shared/sql';
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

/** Drops the schema in which the old tables were parked, and what captured their changes, in the caller's transaction. */
export async function dropOldTables(target: Queryable, old: OldSide): Promise<void> {
  await target.query(`DROP SCHEMA ${quoteName(old.schema)} CASCADE`);
  await target.query('DROP SCHEMA IF EXISTS legacy_capture CASCADE');
}
