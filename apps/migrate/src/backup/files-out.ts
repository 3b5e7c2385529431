// Brings archived files and mappings of an archive back into their folders. Nothing that is there is lost.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { openArchive } from '@cei-inoe/shared/archive';
import { Fault } from '@cei-inoe/shared/errors';
import { listMappingFiles } from './files-in.ts';
import { nameFile, nameMapping } from './manifest.ts';
import type { ArchiveReader } from './read-archive.ts';

/** Adds the files that are not there; each is named by its hash, so that none can be in the way of another. @returns how many were added */
export async function restoreFiles(archive: ArchiveReader, dataDir: string): Promise<number> {
  const hashes = archive.manifest.members
    .map(({ path }) => /^archive\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(path)?.[1])
    .filter((hash) => hash !== undefined);
  if (hashes.length === 0) return 0;
  const folder = await openArchive(dataDir);
  const bad = new Set(archive.manifest.files.missing);
  let added = 0;
  for (const hash of hashes) {
    if (bad.has(hash) || (await isThere(folder, hash))) continue;
    const received = await folder.receive(await archive.open(nameFile(hash)), { maxBytes: Number.MAX_SAFE_INTEGER });
    if (received.sha256 !== hash) {
      await folder.discard(received);
      throw new Fault('backup_damaged', `${nameFile(hash)} is not what its name says.`);
    }
    await folder.keep(received);
    added++;
  }
  return added;
}

const isThere = (folder: Awaited<ReturnType<typeof openArchive>>, hash: string): Promise<boolean> =>
  folder.find(hash).then(
    () => true,
    () => false,
  );

export interface PlacedMappings {
  readonly dir: string;
  /** Where what was there before lies now; undefined where nothing was in the way. */
  readonly before: string | undefined;
}

/**
 * Makes the folder of mappings hold those of the archive and no others; what differs is moved into a subfolder that the ingestor does not read.
 * Without MAPPINGS_DIR they go into a new folder of DATA_DIR.
 */
export async function restoreMappings(
  archive: ArchiveReader,
  places: { readonly mappingsDir: string | undefined; readonly dataDir: string },
): Promise<PlacedMappings | undefined> {
  const { mappings } = archive.manifest;
  if (mappings.length === 0 && places.mappingsDir === undefined) return undefined;
  if (archive.manifest.kind === 'pg_dump' && mappings.length === 0) return undefined;
  const stamp = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15);
  const dir = places.mappingsDir ?? join(places.dataDir, `mappings-${stamp}`);
  await mkdir(dir, { recursive: true });
  const wanted = new Map<string, Buffer>();
  for (const name of mappings) wanted.set(name, await buffer(await archive.open(nameMapping(name))));
  const before = join(dir, `.before-restore-${stamp}`);
  let isMoved = false;
  for (const name of await listMappingFiles(dir)) {
    if (wanted.get(name)?.equals(await readFile(join(dir, name))) === true) wanted.delete(name);
    else {
      await mkdir(before, { recursive: true });
      await rename(join(dir, name), join(before, name));
      isMoved = true;
    }
  }
  for (const [name, bytes] of wanted) await writeFile(join(dir, name), bytes, { flag: 'wx' });
  return { dir, before: isMoved ? before : undefined };
}
