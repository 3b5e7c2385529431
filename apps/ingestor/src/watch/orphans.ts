// Finds dropped files that a crash left in the spool without a batch, and writes their batch. Loads nothing.
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import { makeFault } from '@cei-inoe/shared/errors';
import { cleanFileName } from '@cei-inoe/shared/file-name';
import { isPassing } from '../compose/load-batch.ts';
import type { Surroundings } from '../compose/settings.ts';
import { registerHeld, takeTurn } from '../queue/register-file.ts';
import { nameKept } from '../stages/report/file-names.ts';
import { findDroppedSource } from './dropped-source.ts';
import { areSame, isThere, putBack } from './move-file.ts';
import { findHeldPath, findNotePath, listNotes, readNote, removeNote, writeNote } from './notes.ts';

/** A registration that was cut off from the database may go on for a moment; what is younger than this may be its. */
const ORPHAN_AGE_MS = 60_000;

/** The files with a note that are held and have no batch; to be asked in one's turn, when no registration is going on. */
export async function listOrphans(around: Surroundings, db: Pool | Connection): Promise<string[]> {
  const noted = await listNotes(around.dataDir);
  const unknown = await listUnknown(db, noted);
  const held: string[] = [];
  for (const id of unknown) if (await isThere(findHeldPath(around.dataDir, id))) held.push(id);
  return held;
}

async function listUnknown(db: Pool | Connection, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<{ batch_id: string }>(
    'SELECT batch_id FROM ingest_batch WHERE batch_id = ANY($1::uuid[])',
    [ids],
  );
  const known = new Set(rows.map((row) => row.batch_id));
  return ids.filter((id) => !known.has(id));
}

/**
 * A crash between moving a file and committing its batch leaves it in the spool without one: the batch is written now, before that of any later
 * file. Returns how many there were.
 */
export async function adoptOrphans(around: Surroundings, maxBytes: number): Promise<number> {
  const adopted = await inTransaction(around.pool, async (connection) => {
    await takeTurn(connection);
    const ids = await listOrphans(around, connection);
    for (const id of ids) await adopt(around, connection, id, maxBytes);
    return ids;
  });
  for (const id of adopted) await removeNote(around.dataDir, id);
  return adopted.length;
}

async function adopt(around: Surroundings, connection: Connection, id: string, maxBytes: number): Promise<void> {
  const { name, folder } = await readNote(around.dataDir, id);
  const held = findHeldPath(around.dataDir, id);
  const came = join(around.dataDir, 'incoming', folder, name);
  try {
    await completeMove(held, came);
    await registerHeld(connection, around.archive, {
      batchId: id,
      path: held,
      name: cleanFileName(name),
      sourceType: 'file',
      context: { drop: { name, folder } },
      dryRun: false,
      datasourceId: (await findDroppedSource(around, name, folder))?.id ?? null,
      maxBytes,
      submittedBy: null,
    });
  } catch (error) {
    if (isPassing(makeFault(error))) throw error;
    // It cannot be read: it goes back, to be dealt with like any other, and keeps nothing else from being taken.
    around.log.warn({ batch_id: id, err: error }, 'a file that a crash left in the spool goes back to incoming/');
    await mkdir(dirname(came), { recursive: true });
    await putBack(held, came, join(dirname(came), nameKept(name, id)));
  }
}

/** A move between file systems is a copy, and the original may still be there. */
async function completeMove(held: string, came: string): Promise<void> {
  if (!(await isThere(came))) return;
  const [copy, original] = [await lstat(held, { bigint: true }), await lstat(came, { bigint: true })];
  if (copy.dev !== original.dev && (await areSame(held, came))) await rm(came);
}

/** Removes notes that are of no use any more, and adopts what they speak of. Returns how many files that were. */
export async function tidyOrphans(around: Surroundings, maxBytes: number): Promise<number> {
  await noteLost(around);
  const noted = await listNotes(around.dataDir);
  const unknown = new Set(await listUnknown(around.pool, noted));
  for (const id of noted) {
    const isHeld = unknown.has(id) && (await isThere(findHeldPath(around.dataDir, id)));
    if (!isHeld && (!unknown.has(id) || (await isOld(findNotePath(around.dataDir, id))))) {
      await removeNote(around.dataDir, id);
    }
  }
  return unknown.size === 0 ? 0 : adoptOrphans(around, maxBytes);
}

/** Held files that have neither batch nor note any more. */
async function noteLost(around: Surroundings): Promise<void> {
  const names = await readdir(join(around.dataDir, 'spool'));
  const ids = names.flatMap((name) => /^([0-9a-f-]{36})\.dropped$/.exec(name)?.[1] ?? []);
  const noted = await listNotes(around.dataDir);
  for (const id of await listUnknown(around.pool, ids)) {
    if (noted.includes(id) || !(await isOld(findHeldPath(around.dataDir, id)))) continue;
    await writeNote(around.dataDir, id, { name: `${id}.lost`, folder: '' });
  }
}

/** By the time at which it came where it is; a moved file keeps that of its last change. */
async function isOld(path: string): Promise<boolean> {
  const info = await lstat(path).catch(() => undefined);
  return info !== undefined && Date.now() - info.ctimeMs > ORPHAN_AGE_MS;
}
