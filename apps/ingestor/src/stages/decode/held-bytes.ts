// Small files that are being loaded, in memory: a load looks at its file four times and more, and opening it costs more than reading it. Decodes nothing.
import { readFile } from 'node:fs/promises';

const MOST_BYTES = 256 * 1024;

interface Held {
  readonly bytes: Promise<Buffer>;
  users: number;
}

/** By path: of archived files, which are named by their content. */
const held = new Map<string, Held>();

/** Keeps the bytes of the file at `path` for `work`, where they are few and nobody writes to them. */
export async function holdBytes<T>(path: string, sizeBytes: number, work: () => Promise<T>): Promise<T> {
  if (sizeBytes > MOST_BYTES) return work();
  const entry = held.get(path) ?? { bytes: readFile(path), users: 0 };
  // Told to whoever asks for them.
  entry.bytes.catch(() => undefined);
  entry.users++;
  held.set(path, entry);
  try {
    return await work();
  } finally {
    if (--entry.users === 0) held.delete(path);
  }
}

/** The bytes of a file that is held; undefined of any other. */
export const findHeldBytes = (path: string): Promise<Buffer> | undefined => held.get(path)?.bytes;
