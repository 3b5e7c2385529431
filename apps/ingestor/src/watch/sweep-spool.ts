// Takes away what killed processes left behind: halves of files, and refused records of loads that are over. Touches no dropped file.
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from '../compose/settings.ts';
import { PART_NAME } from '../stages/report/file-names.ts';

/** What nobody wrote to for so long belongs to nobody. */
const DEAD_AGE_MS = 60 * 60_000;
const PART = /\.part$/;
const REJECTS = /^([0-9a-f-]{36})\.\d+\.rejects$/;

/** Removes leftovers; returns how many there were. */
export async function sweepSpool(around: Surroundings): Promise<number> {
  const spool = join(around.dataDir, 'spool');
  const old = await listOld(spool, (name) => PART.test(name) || REJECTS.test(name));
  const running = await listRunning(around, old);
  const dead = old
    .filter((name) => !running.has(REJECTS.exec(name)?.[1] ?? ''))
    .map((name) => join(spool, name))
    // Files are made whole where they are going to be, as that may be another file system.
    .concat(...(await Promise.all(['incoming', 'processed', 'rejected'].map((each) => listOldParts(around, each)))));
  for (const path of dead) await rm(path, { force: true });
  return dead.length;
}

const listOldParts = async ({ dataDir }: Surroundings, folder: string): Promise<string[]> =>
  (await listOld(join(dataDir, folder), (name) => PART_NAME.test(name))).map((name) => join(dataDir, folder, name));

async function listOld(folder: string, isLeftover: (name: string) => boolean): Promise<string[]> {
  const old: string[] = [];
  for (const name of (await readdir(folder)).filter(isLeftover)) {
    const info = await lstat(join(folder, name)).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > DEAD_AGE_MS) old.push(name);
  }
  return old;
}

/** A load may run for hours between two refusals. */
async function listRunning(around: Surroundings, names: readonly string[]): Promise<Set<string>> {
  const ids = names.flatMap((name) => REJECTS.exec(name)?.[1] ?? []);
  if (ids.length === 0) return new Set();
  const { rows } = await around.pool.query<{ batch_id: string }>(
    "SELECT batch_id FROM ingest_batch WHERE status = 'processing' AND batch_id = ANY ($1::uuid[])",
    [ids],
  );
  return new Set(rows.map((row) => row.batch_id));
}
