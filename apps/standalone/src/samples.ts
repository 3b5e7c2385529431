// Which sample files there are, and whether they were loaded into this cluster already.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../db/samples', import.meta.url));
const SEEDS = fileURLToPath(new URL('../../../db/seeds/datasources.yaml', import.meta.url));

/** Root of the repository: sample files are named from here. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Paths of the sample files. */
export async function listSamples(): Promise<string[]> {
  const names = await readdir(FOLDER);
  return names
    .filter((name) => /\.(csv|xlsx)$/.test(name))
    .sort()
    .map((name) => join(FOLDER, name));
}

/** What stands for "these seeds and samples in this database": changes with their bytes and with the cluster. */
export async function hashSamples(databaseUrl: string): Promise<string> {
  const hash = createHash('sha256').update(databaseUrl.replace(/:\d+\//, '/'));
  for (const path of [SEEDS, ...(await listSamples())]) hash.update(await readFile(path));
  return hash.digest('hex');
}

const findMark = (dataDir: string): string => join(dataDir, 'samples.sha256');

export const areLoaded = async (dataDir: string, hash: string): Promise<boolean> =>
  (await readFile(findMark(dataDir), 'utf8').catch(() => '')) === hash;

export const markLoaded = (dataDir: string, hash: string): Promise<void> => writeFile(findMark(dataDir), hash);
