// Finds dropped files that a crash left in the spool without a batch, and puts them back into incoming/. Loads nothing.
import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from '../compose/settings.ts';
import { nameKept } from '../stages/report/file-names.ts';
import { findHeldPath, findPlacePath } from './deliver.ts';
import { putBack } from './move-file.ts';

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
    if (await returnOrphan(around.dataDir, incoming, id)) returned++;
  }
  return returned;
}

async function returnOrphan(dataDir: string, incoming: string, id: string): Promise<boolean> {
  const placePath = findPlacePath(dataDir, id);
  const info = await lstat(placePath).catch(() => undefined);
  if (info === undefined || Date.now() - info.mtimeMs < ORPHAN_AGE_MS) return false;
  const { name, folder } = JSON.parse(await readFile(placePath, 'utf8')) as { name: string; folder: string };
  const isThere = (await lstat(join(incoming, folder)).catch(() => undefined))?.isDirectory() === true;
  if (!isThere) await mkdir(join(incoming, folder), { recursive: true });
  const found = await putBack(
    findHeldPath(dataDir, id),
    join(incoming, folder, name),
    join(incoming, folder, nameKept(name, id)),
  ).then(
    () => true,
    () => false,
  );
  // Without its place the held file would never be found again.
  const isGone = (await lstat(findHeldPath(dataDir, id)).catch(() => undefined)) === undefined;
  if (found || isGone) await rm(placePath, { force: true });
  return found;
}
