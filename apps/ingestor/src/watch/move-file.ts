// Moves files between the folders of DATA_DIR without ever putting one over another, and so that a crash leaves no half of one. Knows no batch.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { namePart } from '../stages/report/file-names.ts';

/** A name that is no UTF-8 has no text. */
type Path = string | Buffer;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** @throws what keeps it from being known */
export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );

/**
 * Moves a file to a path that only we use; across file systems by copying.
 * A link or pipe cannot be copied and holds no data of its own: across file systems it is taken away.
 */
export async function moveFile(from: Path, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    if ((await lstat(from)).isFile()) await copyWhole(from, to);
    await rm(from);
  }
}

/**
 * Moves a file to a path that may be another's. A move that a crash left half done is completed.
 * @returns false where `to` is another file; nothing has happened then
 */
export async function moveToFree(from: Path, to: string): Promise<boolean> {
  try {
    // Unlike a rename, a link never replaces what is there.
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw error;
    // There already, on another file system, or on one that has no links.
    if (!(await isThere(to))) return moveFile(from, to).then(() => true);
    if (!(await areSame(from, to))) return false;
  }
  await rm(from, { force: true });
  return true;
}

/** Puts a file back to `to`, or, where another has come in the meantime, to `otherwise`. */
export async function putBack(from: Path, to: string, otherwise: string): Promise<void> {
  if (!(await moveToFree(from, to))) await moveFile(from, otherwise);
}

/** Copies so that `to` is whole as soon as it is there. */
export async function copyWhole(from: Path, to: string): Promise<void> {
  const part = join(dirname(to), namePart(basename(to)));
  try {
    await copyFile(from, part);
    const file = await open(part, 'r+');
    await file.sync().finally(() => file.close());
    await rename(part, to);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** One file under two names, or two regular files with the same bytes. */
export async function areSame(a: Path, b: Path): Promise<boolean> {
  const [first, second] = [await lstat(a), await lstat(b)];
  if (first.dev === second.dev && first.ino === second.ino) return true;
  if (!first.isFile() || !second.isFile() || first.size !== second.size) return false;
  return (await hashFile(a)) === (await hashFile(b));
}

/** SHA-256 in lower-case hex. */
export async function hashFile(path: Path): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
