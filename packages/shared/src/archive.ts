// Keeps the bytes of files under DATA_DIR: spool/ while they arrive, archive/ for ever, named by their SHA-256. Knows no database.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault, makeFault } from './errors.ts';

/** Bytes that lie whole and synced in the spool; their name there is not, as they are to be moved on. */
export interface Received {
  readonly path: string;
  /** lower-case hex */
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface Archive {
  /**
   * Writes `stream` to the spool while hashing it; the memory it takes does not depend on the size.
   * @throws Fault file_too_large, file_empty, disk_full, folder_unwritable, or what the stream threw; the part is gone then.
   */
  receive(stream: AsyncIterable<Uint8Array>, limits: { readonly maxBytes: number }): Promise<Received>;
  /** Moves received bytes into the archive, in one step; bytes that it has already are not stored again. */
  keep(received: Received): Promise<void>;
  /** Takes received bytes out of the spool; does nothing when they are not there. */
  discard(received: Received): Promise<void>;
  /** Where the bytes are or would be. @throws TypeError on anything but 64 hex digits */
  path(sha256: string): string;
  /** @throws Fault archive_missing */
  find(sha256: string): Promise<{ readonly path: string; readonly sizeBytes: number }>;
  /** Opens the archived bytes for reading. @throws Fault archive_missing */
  open(sha256: string): Promise<ReadStream>;
  /** Takes archived bytes away for good; does nothing when they are not there. For bytes that no batch speaks of any more. */
  remove(sha256: string): Promise<void>;
}

/** Opens the storage of `dataDir` and makes its folders. @throws Fault folder_unwritable */
export async function openArchive(dataDir: string): Promise<Archive> {
  const spool = join(dataDir, 'spool');
  const root = join(dataDir, 'archive');
  await makeFolder(spool);
  await makeFolder(root);

  const path = (sha256: string): string => {
    // No name a user gave ever becomes part of a path.
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError('a SHA-256 has 64 lower-case hex digits');
    return join(root, sha256.slice(0, 2), sha256);
  };
  const find = async (sha256: string) => {
    const target = path(sha256);
    const info = await statOrNull(target);
    if (info === null) throw new Fault('archive_missing', `archive/${sha256.slice(0, 2)}/${sha256} is not there.`);
    return { path: target, sizeBytes: info.size };
  };

  return {
    path,
    find,
    receive: (stream, limits) => receiveInto(spool, stream, limits.maxBytes),
    keep: (received) => keepAt(received, path(received.sha256)),
    discard: (received) => rm(received.path, { force: true }),
    open: async (sha256) => createReadStream((await find(sha256)).path),
    remove: (sha256) => rm(path(sha256), { force: true }),
  };
}

async function receiveInto(folder: string, stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Received> {
  const path = join(folder, `${randomUUID()}.part`);
  const handle = await nameFolder(folder, open(path, 'wx', 0o640));
  try {
    const written = await writeHashed(handle, stream, maxBytes, folder);
    await nameFolder(folder, handle.sync());
    await handle.close();
    return { path, ...written };
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}

async function writeHashed(
  handle: FileHandle,
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
  folder: string,
): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) throw new Fault('file_too_large', `The limit is ${maxBytes} bytes.`);
    // writeFile on a handle goes on from where it stands and writes the chunk whole, which write() does not promise.
    const writing = nameFolder(folder, handle.writeFile(chunk));
    // While it is being written.
    hash.update(chunk);
    await writing;
  }
  if (sizeBytes === 0) throw new Fault('file_empty');
  return { sha256: hash.digest('hex'), sizeBytes };
}

async function keepAt(received: Received, target: string): Promise<void> {
  const folder = dirname(target);
  const present = await statOrNull(target);
  if (present?.size === received.sizeBytes) return rm(received.path, { force: true });
  await nameFolder(folder, renameInto(received.path, target));
  await syncFolder(folder);
}

/** Most often the folder is there. */
async function renameInto(from: string, target: string): Promise<void> {
  try {
    await rename(from, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const folder = dirname(target);
    await makeFolder(folder);
    await syncFolder(dirname(folder));
    await rename(from, target);
  }
}

async function makeFolder(folder: string): Promise<void> {
  await nameFolder(folder, mkdir(folder, { recursive: true, mode: 0o750 }));
}

/** A rename is only safe from a power cut when its folder is synced too; systems that cannot sync a folder do it themselves. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (handle === null) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

async function statOrNull(path: string) {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw makeFault(error);
  });
}

/** Says which folder a failure is about; one whose path is taken by a file (EEXIST, ENOTDIR) is as unwritable as one without permission. */
async function nameFolder<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code, message } = makeFault(error);
    throw new Fault(code === 'disk_full' ? code : 'folder_unwritable', `${folder}: ${message}`, { cause: error });
  }
}
