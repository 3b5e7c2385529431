// Looks through incoming/ and tells which files have stood still long enough to be taken. Moves and opens nothing.
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface Dropped {
  readonly path: string;
  readonly name: string;
  /** Subfolder of incoming/, or '' */
  readonly folder: string;
  readonly mtimeMs: number;
}

const LEFT_ALONE = /^\.|\.(part|tmp|crdownload)$/i;

interface Sighting {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sinceMs: number;
  /** How often it could not be taken in, though it stood still. */
  readonly failures: number;
}

/** A file that could not be taken in is tried again after this, then after twice as long, and so on up to a minute. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** Makes a scanner of `incoming`. `knowsFolder` tells whether a subfolder is named by a datasource; others are left alone. */
export function makeScanner(incoming: string, stableMs: number, knowsFolder: (name: string) => Promise<boolean>) {
  let sightings = new Map<string, Sighting>();

  async function listFolder(folder: string, into: Map<string, Sighting>, ready: Dropped[]): Promise<void> {
    const dir = join(incoming, folder);
    const entries = await readdir(dir, { withFileTypes: true }).catch(() => [] as Dirent[]);
    for (const entry of entries) {
      if (LEFT_ALONE.test(entry.name)) continue;
      if (entry.isDirectory()) {
        if (folder === '' && (await knowsFolder(entry.name))) await listFolder(entry.name, into, ready);
        continue;
      }
      await look(join(dir, entry.name), entry.name, folder, into, ready);
    }
  }
  async function look(
    path: string,
    name: string,
    folder: string,
    into: Map<string, Sighting>,
    ready: Dropped[],
  ): Promise<void> {
    const info = await lstat(path).catch(() => undefined);
    if (info === undefined) return;
    const before = sightings.get(path);
    const same = before !== undefined && before.size === info.size && before.mtimeMs === info.mtimeMs;
    const sighting = same
      ? before
      : { size: info.size, mtimeMs: info.mtimeMs, sinceMs: performance.now(), failures: 0 };
    into.set(path, sighting);
    if (performance.now() - sighting.sinceMs >= stableMs) ready.push({ path, name, folder, mtimeMs: info.mtimeMs });
  }
  return {
    /** Files that stood still, oldest first. */
    async listStable(): Promise<Dropped[]> {
      const seen = new Map<string, Sighting>();
      const ready: Dropped[] = [];
      await listFolder('', seen, ready);
      sightings = seen;
      return ready.sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1));
    },
    /** Leaves a file alone for a while. */
    postpone(path: string): void {
      const sighting = sightings.get(path);
      if (sighting === undefined) return;
      const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** sighting.failures, LAST_RETRY_MS);
      const sinceMs = performance.now() + pauseMs - stableMs;
      sightings.set(path, { ...sighting, sinceMs, failures: sighting.failures + 1 });
    },
  };
}
