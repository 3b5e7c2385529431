// Takes the original files of old batches from the archive, one at a time. Batches, rejections and readings stay.
import type { Archive } from '@cei-inoe/shared/archive';
import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import { DATASETS, type DatasetName } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import { readSql } from '@cei-inoe/shared/sql';
import { closeRun, openRun, type Pruned } from './prune-history.ts';

const PAGE = 500;
const DAYS = Object.values(DATASETS).flatMap(({ name, timeKind }) => (timeKind === 'day' ? [name] : []));

interface OldFile {
  readonly sha256: string;
  readonly batches: number;
  readonly bytes: number;
}

type Finder = Pick<Pool, 'query'> | Pick<Connection, 'query'>;

async function listFiles(db: Finder, horizon: string, one: string | null, after: string | null): Promise<OldFile[]> {
  const values = [horizon, one, after, PAGE, DAYS];
  return (await db.query<OldFile>(readSql('retention/files.sql'), values)).rows;
}

async function* eachFile(pool: Pool, horizon: string): AsyncGenerator<OldFile> {
  for (let after: string | null = null; ; ) {
    const files: OldFile[] = await listFiles(pool, horizon, null, after);
    yield* files;
    after = files.at(-1)?.sha256 ?? null;
    if (files.length < PAGE) return;
  }
}

/** How many would go. Removes none. */
export async function countArchive(
  pool: Pool,
  horizon: string,
): Promise<{ files: number; batches: number; bytes: number }> {
  const sum = { files: 0, batches: 0, bytes: 0 };
  for await (const { batches, bytes } of eachFile(pool, horizon)) {
    sum.files++;
    sum.batches += batches;
    sum.bytes += bytes;
  }
  return sum;
}

/** Writes the horizon and commits it; only then removes. Cut off anywhere, it is ended by the next run. */
export async function pruneArchive(
  deps: { readonly pool: Pool; readonly archive: Archive },
  wanted: string,
  signal?: AbortSignal,
): Promise<Pruned> {
  const { pool } = deps;
  const horizon = await openRun(pool, 'archive', wanted);
  let removed = 0;
  let left = 0;
  for await (const file of eachFile(pool, horizon)) {
    if (signal?.aborted === true) left++;
    else if (await removeFile(deps, horizon, file)) removed++;
    else left++;
    if (signal?.aborted === true) break;
  }
  await closeRun(pool, 'archive', left);
  return { horizon, removed, left };
}

/**
 * That it goes is written first, so that a file that is missing after a crash is known to be missing by policy. It goes under the locks of
 * all that might read it: an upload of the same bytes, an undo or replay of its batches, and one of their neighbours.
 */
async function removeFile(
  { pool, archive }: { readonly pool: Pool; readonly archive: Archive },
  horizon: string,
  { sha256, bytes }: OldFile,
): Promise<boolean> {
  await pool.query(readSql('retention/decide.sql'), [sha256, bytes]);
  return inTransaction(pool, async (connection) => {
    const isFree = await holdFile(connection, sha256);
    const isOld = isFree && (await listFiles(connection, horizon, sha256, null)).length === 1;
    if (!isOld) {
      // Of a file that is still there, nobody shall say that it went.
      if (await isThere(archive, sha256))
        await connection.query('DELETE FROM pruned_file WHERE file_sha256 = $1 AND removed_at IS NULL', [sha256]);
      return false;
    }
    await archive.remove(sha256);
    await connection.query('UPDATE pruned_file SET removed_at = clock_timestamp() WHERE file_sha256 = $1', [sha256]);
    await connection.query("UPDATE retention SET removed = removed + 1 WHERE what = 'archive'");
    return true;
  });
}

/** Takes every lock or says false: it waits for nobody, and nobody waits long for it. */
async function holdFile(connection: Connection, sha256: string): Promise<boolean> {
  const attempt = async (sql: string, values: unknown[]) =>
    (await connection.query<{ got: boolean }>(sql, values)).rows[0]?.got === true;
  if (!(await attempt('SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS got', [sha256]))) return false;
  const { rows } = await connection.query<{ dataset: DatasetName; datasource_id: number }>(
    readSql('retention/touched.sql'),
    [sha256],
  );
  for (const { dataset, datasource_id: id } of rows) {
    const { lockClass } = DATASETS[dataset];
    const sql =
      'SELECT pg_try_advisory_xact_lock_shared($1::int, 0) AND pg_try_advisory_xact_lock($1::int, $2::int) AS got';
    if (!(await attempt(sql, [lockClass, id]))) return false;
  }
  return attempt(
    `WITH held AS (SELECT batch_id FROM ingest_batch WHERE file_sha256 = $1 FOR NO KEY UPDATE SKIP LOCKED)
     SELECT (SELECT count(*) FROM held) = (SELECT count(*) FROM ingest_batch WHERE file_sha256 = $1) AS got`,
    [sha256],
  );
}

const isThere = (archive: Archive, sha256: string): Promise<boolean> =>
  archive.find(sha256).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Fault && error.code === 'archive_missing') return false;
      throw error;
    },
  );
