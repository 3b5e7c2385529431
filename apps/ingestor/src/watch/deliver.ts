// Moves dropped files on once their batch has ended: to processed/, or to rejected/ with the reason beside it. Loads nothing.
import { lstat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inTransaction } from '@cei-inoe/shared/database';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import type { Surroundings } from '../compose/settings.ts';
import { ID_DIGITS, nameKept } from '../stages/report/file-names.ts';
import { copyWhole, hashFile, isThere, moveToFree } from './move-file.ts';
import { findHeldPath } from './notes.ts';

interface EndedBatch {
  readonly batch_id: string;
  readonly status: 'completed' | 'failed' | 'duplicate' | 'undone';
  readonly source_name: string;
  readonly file_sha256: string;
  readonly error: unknown;
}

const FIND_ENDED = `
  SELECT batch_id, status, source_name, file_sha256, error FROM ingest_batch
  WHERE source_type = 'file' AND status IN ('completed', 'failed', 'duplicate', 'undone') AND context ? 'drop' AND NOT context ? 'delivered'
    AND batch_id <> ALL ($1::uuid[])
  ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED`;

const MARK = `
  UPDATE ingest_batch b SET context = context || jsonb_build_object('delivered', d.place)
  FROM unnest($1::uuid[], $2::text[]) AS d(batch_id, place) WHERE b.batch_id = d.batch_id`;

/** So many files share a transaction, while moving them takes no longer than this: their batches are locked meanwhile. */
const MOST_TOGETHER = 32;
const LONGEST_MS = 1_000;

/** Delivers everything that has ended but `avoid`; several ingestors may do so at once. Returns the batches whose file could not be moved. */
export async function deliverEnded(around: Surroundings, avoid: readonly string[] = []): Promise<string[]> {
  const failed: string[] = [];
  while (await deliverNext(around, [...avoid, ...failed], failed));
  return failed;
}

/** Returns whether there may be more. */
function deliverNext(around: Surroundings, avoid: readonly string[], failed: string[]): Promise<boolean> {
  return inTransaction(around.pool, async (connection) => {
    const { rows } = await connection.query<EndedBatch>(FIND_ENDED, [avoid, MOST_TOGETHER]);
    const places = new Map<string, string>();
    const deadline = performance.now() + LONGEST_MS;
    let seen = 0;
    for (const batch of rows) {
      if (performance.now() > deadline) break;
      seen++;
      try {
        places.set(batch.batch_id, await deliver(around, batch));
      } catch (error) {
        const { code, message } = makeFault(error);
        // A file that cannot be moved must not hold up the others.
        failed.push(batch.batch_id);
        around.log.warn({ batch_id: batch.batch_id, code }, `the file could not be moved on: ${message}`);
      }
    }
    if (places.size > 0) await connection.query(MARK, [[...places.keys()], [...places.values()]]);
    return seen < rows.length || rows.length === MOST_TOGETHER;
  });
}

/** Returns where the file is now. Done again after a crash, it finds what was done already. */
async function deliver(around: Surroundings, batch: EndedBatch): Promise<string> {
  const place = await moveOriginal(around, batch);
  if (batch.status === 'failed') {
    const report = { file: batch.source_name, batch_id: batch.batch_id, error: batch.error };
    await writeFile(`${join(around.dataDir, place)}.error.json`, `${JSON.stringify(report, null, 2)}\n`);
  }
  return place;
}

/** Two batches may share a short id: the name of the later one then has more of it. */
async function moveOriginal(around: Surroundings, batch: EndedBatch): Promise<string> {
  const folder = batch.status === 'failed' ? 'rejected' : 'processed';
  const held = findHeldPath(around.dataDir, batch.batch_id);
  const isHeld = await isThere(held);
  for (const digits of ID_DIGITS) {
    const place = join(folder, nameKept(batch.source_name, batch.batch_id, digits));
    const target = join(around.dataDir, place);
    const done = isHeld ? await moveToFree(held, target) : await hasBytes(target, batch.file_sha256);
    if (done) return place;
  }
  if (isHeld) throw new Fault('folder_unwritable', `Every name for it in ${folder}/ is taken.`);
  // It is in no folder: the archived copy has the same bytes.
  await copyWhole((await around.archive.find(batch.file_sha256)).path, held);
  return moveOriginal(around, batch);
}

/** Whether the file was moved there before a crash. */
async function hasBytes(path: string, sha256: string): Promise<boolean> {
  const info = await lstat(path).catch(() => undefined);
  return info?.isFile() === true && (await hashFile(path)) === sha256;
}
