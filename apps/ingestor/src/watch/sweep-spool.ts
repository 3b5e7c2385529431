// Takes away what killed processes left in the spool: halves of files, and refused records of loads that are over. Touches no dropped file.
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from '../compose/settings.ts';

/** What nobody wrote to for so long belongs to nobody. */
const DEAD_AGE_MS = 60 * 60_000;
const PART = /\.part$/;
const REJECTS = /^([0-9a-f-]{36})\.\d+\.rejects$/;

/** Removes leftovers; returns how many there were. */
export async function sweepSpool(around: Surroundings): Promise<number> {
  const spool = join(around.dataDir, 'spool');
  const old: string[] = [];
  for (const name of (await readdir(spool)).filter((each) => PART.test(each) || REJECTS.test(each))) {
    const info = await lstat(join(spool, name)).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > DEAD_AGE_MS) old.push(name);
  }
  const running = await listRunning(around, old);
  const dead = old.filter((name) => !running.has(REJECTS.exec(name)?.[1] ?? ''));
  for (const name of dead) await rm(join(spool, name), { force: true });
  return dead.length;
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
