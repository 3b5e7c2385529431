// Looks through incoming/ and tells which files have stood still long enough to be taken. Moves and opens nothing.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface Dropped {
  readonly path: string;
  readonly name: string;
  /** Subfolder of incoming/, or '' */
  readonly folder: string;
  readonly mtimeMs: number;
  readonly sizeBytes: number;
  /** Where it lies, of a file whose name is no UTF-8; `path` and `name` are then what it could be called. */
  readonly undecodable?: Buffer;
}

const LEFT_ALONE = /^\.|\.(part|tmp|crdownload)$/i;

interface Sighting {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sinceMs: number;
  /** How often it could not be taken in, though it stood still. */
  readonly failures: number;
}

/** So often a file is tried again at the next look, for as long holding up the younger ones of its source. */
const QUICK_RETRIES = 5;
/** Then it is tried again after this, then after twice as long, and so on up to a minute, and holds up nobody. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** The name as text; where it is no UTF-8, with `%E9` for each byte that is not ASCII. */
function decodeName(bytes: Buffer): string {
  const text = bytes.toString();
  if (Buffer.from(text).equals(bytes)) return text;
  return bytes
    .toString('latin1')
    .replace(/[\u0080-\u00ff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Makes a scanner of `incoming`. `knowsFolder` tells whether a subfolder is named by a datasource; others are left alone. */
export function makeScanner(incoming: string, stableMs: number, knowsFolder: (name: string) => Promise<boolean>) {
  let sightings = new Map<string, Sighting>();
  let lookedAtMs = 0;

  async function listFolder(folder: string, into: Map<string, Sighting>, ready: Dropped[]): Promise<void> {
    const dir = join(incoming, folder);
    // As bytes: a name that is no UTF-8 would come out as another, under which there is no file.
    const entries = await readdir(dir, { withFileTypes: true, encoding: 'buffer' }).catch(() => []);
    for (const entry of entries) {
      const name = decodeName(entry.name);
      if (LEFT_ALONE.test(name)) continue;
      const decoded = entry.name.equals(Buffer.from(name));
      if (entry.isDirectory()) {
        if (folder === '' && decoded && (await knowsFolder(name))) await listFolder(name, into, ready);
        continue;
      }
      const place = { path: join(dir, name), name, folder };
      await look(
        decoded ? place : { ...place, undecodable: Buffer.concat([Buffer.from(`${dir}/`), entry.name]) },
        into,
        ready,
      );
    }
  }
  async function look(
    place: Omit<Dropped, 'mtimeMs' | 'sizeBytes'>,
    into: Map<string, Sighting>,
    ready: Dropped[],
  ): Promise<void> {
    const { path } = place;
    const info = await lstat(place.undecodable ?? path).catch(() => undefined);
    if (info === undefined) return;
    const before = sightings.get(path);
    const same = before !== undefined && before.size === info.size && before.mtimeMs === info.mtimeMs;
    const sighting = same
      ? before
      : { size: info.size, mtimeMs: info.mtimeMs, sinceMs: Number.POSITIVE_INFINITY, failures: 0 };
    into.set(path, sighting);
    if (lookedAtMs - sighting.sinceMs >= stableMs)
      ready.push({ ...place, mtimeMs: info.mtimeMs, sizeBytes: info.size });
  }
  return {
    /** Files that stood still, oldest first. */
    async listStable(): Promise<Dropped[]> {
      const seen = new Map<string, Sighting>();
      const ready: Dropped[] = [];
      lookedAtMs = performance.now();
      await listFolder('', seen, ready);
      // What is seen at the same time is ready at the same time: the younger of two files must not be taken before the older.
      const sinceMs = performance.now();
      sightings = new Map(
        [...seen].map(([path, s]) => [path, s.sinceMs === Number.POSITIVE_INFINITY ? { ...s, sinceMs } : s]),
      );
      return ready.sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1));
    },
    /** It could not be taken in though it stood still: it is left alone for a while, if that was not the first few times. */
    postpone(path: string): void {
      const sighting = sightings.get(path);
      if (sighting === undefined) return;
      const slow = sighting.failures - QUICK_RETRIES;
      const pauseMs = slow < 0 ? 0 : Math.min(FIRST_RETRY_MS * 2 ** slow, LAST_RETRY_MS);
      const sinceMs = performance.now() + pauseMs - stableMs;
      sightings.set(path, { ...sighting, sinceMs, failures: sighting.failures + 1 });
    },
  };
}
