// Notes of dropped files that are being registered: by them, what a crash interrupts can be completed. Reads and writes notes only.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a held file came from. */
export interface Note {
  readonly name: string;
  readonly folder: string;
}

const findFolder = (dataDir: string): string => join(dataDir, 'spool', 'registering');
export const findNotePath = (dataDir: string, batchId: string): string => join(findFolder(dataDir), `${batchId}.json`);
/** Where the original of a batch lies between its registration and its delivery. */
export const findHeldPath = (dataDir: string, batchId: string): string => join(dataDir, 'spool', `${batchId}.dropped`);

/** Written before the file is moved, and kept until its batch is there for all to see. */
export async function writeNote(dataDir: string, batchId: string, { name, folder }: Note): Promise<void> {
  const write = () => writeFile(findNotePath(dataDir, batchId), JSON.stringify({ name, folder }));
  await write().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    await mkdir(findFolder(dataDir), { recursive: true });
    await write();
  });
}

export const removeNote = (dataDir: string, batchId: string): Promise<void> =>
  rm(findNotePath(dataDir, batchId), { force: true });

/** Ids of the batches with a note, the oldest first: in peace there are only those of one turn. */
export async function listNotes(dataDir: string): Promise<string[]> {
  const names = await readdir(findFolder(dataDir)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => /^([0-9a-f-]{36})\.json$/.exec(name)?.[1] ?? []).sort();
}

/** A power cut may leave a note that says nothing: then the file goes by its id, and is reported if that does not say whose it is. */
export async function readNote(dataDir: string, batchId: string): Promise<Note> {
  const text = await readFile(findNotePath(dataDir, batchId), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  try {
    return JSON.parse(text) as Note;
  } catch {
    return { name: `${batchId}.lost`, folder: '' };
  }
}
