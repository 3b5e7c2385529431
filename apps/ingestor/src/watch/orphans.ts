// Finds dropped files that a crash left in the spool without a batch, and puts them back into incoming/. Loads nothing.
import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from '../compose/settings.ts';
import { nameKept } from '../stages/report/file-names.ts';
import { findHeldPath, findPlacePath } from './deliver.ts';
import { isThere, putBack } from './move-file.ts';

/** A place file younger than this may belong to a registration that is just being committed. */
const ORPHAN_AGE_MS = 60_000;

/** A crash between moving a file and committing its batch leaves it in the spool without one: it goes back to incoming/. */
export async function returnOrphans(around: Surroundings, incoming: string): Promise<number> {
  const spool = join(around.dataDir, 'spool');
  const ids = (await readdir(spool)).flatMap((name) => /^([0-9a-f-]{36})\.place$/.exec(name)?.[1] ?? []);
  if (ids.length === 0) return 0;
  const { rows } = await around.pool.query<{ batch_id: string }>(
    'SELECT batch_id FROM ingest_batch WHERE batch_id = ANY($1::uuid[])',
    [ids],
  );
  const known = new Set(rows.map((row) => row.batch_id));
  let returned = 0;
  for (const id of ids.filter((each) => !known.has(each))) {
    try {
      if (await returnOrphan(around.dataDir, incoming, id)) returned++;
    } catch (error) {
      // Without its place the held file would never be found again: both stay, and the others get their turn.
      around.log.warn({ batch_id: id, err: error }, 'a file that a crash left in the spool cannot be put back yet');
    }
  }
  return returned;
}

async function returnOrphan(dataDir: string, incoming: string, id: string): Promise<boolean> {
  const [placePath, held] = [findPlacePath(dataDir, id), findHeldPath(dataDir, id)];
  const info = await lstat(placePath).catch(() => undefined);
  if (info === undefined || Date.now() - info.mtimeMs < ORPHAN_AGE_MS) return false;
  const isHeld = await isThere(held);
  if (isHeld) {
    const { name, folder } = await readPlace(placePath, id);
    const to = join(incoming, folder);
    await mkdir(to, { recursive: true });
    await putBack(held, join(to, name), join(to, nameKept(name, id)));
  }
  await rm(placePath, { force: true });
  return isHeld;
}

/** A power cut may leave a place that says nothing: then the file goes on under its id, and is reported if that does not say whose it is. */
async function readPlace(path: string, id: string): Promise<{ name: string; folder: string }> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text) as { name: string; folder: string };
  } catch {
    return { name: `${id}.lost`, folder: '' };
  }
}
