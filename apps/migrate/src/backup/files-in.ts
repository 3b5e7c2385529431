// Puts the archived files and the site's mappings into an archive. Reads DATA_DIR and MAPPINGS_DIR, changes neither.
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Archive } from '@cei-inoe/shared/archive';
import type { Connection } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { type Manifest, nameFile, nameMapping } from './manifest.ts';
import type { ArchiveWriter } from './write-archive.ts';

/** Files that batches speak of. Those of the old system were never archived; of those that the policy of keeping took, some may have come again. */
const listHashes = (pruned: string): string => `
  SELECT DISTINCT file_sha256 AS hash, ${pruned} AS pruned FROM ingest_batch b
  WHERE file_sha256 IS NOT NULL AND source_type <> 'legacy' ORDER BY 1`;
const IS_PRUNED = 'EXISTS (SELECT FROM pruned_file p WHERE p.file_sha256 = b.file_sha256)';

/** A database may be backed up before it gets the newest migrations. */
async function findHashes(connection: Connection): Promise<{ hash: string; pruned: boolean }[]> {
  const { rows } = await connection.query<{ known: boolean }>("SELECT to_regclass('pruned_file') IS NOT NULL AS known");
  return (await connection.query(listHashes(rows[0]?.known === true ? IS_PRUNED : 'false'))).rows;
}

/** The files of the batches in the snapshot, each under its hash. */
export async function addFiles(
  writer: ArchiveWriter,
  connection: Connection,
  archive: Archive,
): Promise<Manifest['files']> {
  const missing: string[] = [];
  let count = 0;
  let bytes = 0;
  for (const { hash, pruned } of await findHashes(connection)) {
    const found = await archive.find(hash).catch((error: unknown) => {
      if (error instanceof Fault && error.code === 'archive_missing') return undefined;
      throw error;
    });
    if (found === undefined) {
      if (!pruned) missing.push(hash);
      continue;
    }
    const measured = await writer.add(nameFile(hash), createReadStream(found.path, { highWaterMark: 1 << 18 }));
    if (measured.sha256 !== hash) missing.push(hash);
    count++;
    bytes += measured.bytes;
  }
  return { included: true, count, bytes, missing };
}

/** The mappings of the site's own folder, as the ingestor reads it: YAML files, no subfolders. */
export async function addMappings(writer: ArchiveWriter, dir: string | undefined): Promise<string[]> {
  if (dir === undefined) return [];
  const names = await listMappingFiles(dir);
  for (const name of names) await writer.add(nameMapping(name), createReadStream(join(dir, name)));
  return names;
}

export async function listMappingFiles(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: unknown) => {
    throw new Fault('config_invalid', `MAPPINGS_DIR: the folder ${dir} cannot be read.`, { cause: error });
  });
  return names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
}
