// Moves files between the folders of DATA_DIR without ever putting one over another. Knows no batch.
import { copyFile, link, lstat, rename, rm, unlink } from 'node:fs/promises';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Moves a file to a path that only we use; across file systems by copying.
 * A link or pipe cannot be copied and holds no data of its own: across file systems it is taken away.
 */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    if ((await lstat(from)).isFile()) await copyFile(from, to);
    await rm(from);
  }
}

/** Puts a file back to `to`, or, where another has come in the meantime, to `otherwise`. */
export async function putBack(from: string, to: string, otherwise: string): Promise<void> {
  try {
    // Unlike a rename, a link never replaces what is there.
    await link(from, to);
    await unlink(from);
  } catch {
    const taken = (await lstat(to).catch(() => undefined)) !== undefined;
    await moveFile(from, taken ? otherwise : to);
  }
}
