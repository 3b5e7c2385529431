// Opens a file of the user and copies it into the spool. The only place that touches users' files by name.
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Archive, Received } from '@cei-inoe/shared/archive';
import { Fault } from '@cei-inoe/shared/errors';

/** A file as it was when its bytes were taken: tells whether what lies at its path later is still the same. */
export interface Sight {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

export interface ReceivedFile extends Received {
  readonly sight: Sight;
}

const makeSight = (info: BigIntStats): Sight => ({
  device: info.dev,
  inode: info.ino,
  size: info.size,
  mtimeNs: info.mtimeNs,
});

const isSame = (a: Sight, b: Sight): boolean =>
  a.device === b.device && a.inode === b.inode && a.size === b.size && a.mtimeNs === b.mtimeNs;

/** Whether the file at `path` (a link is not followed) is the one that was received, and nobody wrote to it since. */
export async function isUnchanged(path: string, sight: Sight): Promise<boolean> {
  return isSame(makeSight(await lstat(path, { bigint: true })), sight);
}

/**
 * Copies the file at `path`, without following a link, and hashes the copy.
 * @throws Fault file_not_found, file_unreadable, file_not_regular, file_changed, file_empty, file_too_large, disk_full
 */
export async function receiveFile(archive: Archive, path: string, maxBytes: number): Promise<ReceivedFile> {
  const file = await openFile(path);
  try {
    const info = await file.stat({ bigint: true });
    if (!info.isFile()) throw new Fault('file_not_regular', `${basename(path)} is a folder, pipe or device.`);
    const before = makeSight(info);
    const received = await archive.receive(readPieces(file, before.size), { maxBytes });
    const after = makeSight(await file.stat({ bigint: true }));
    if (!isSame(before, after) || BigInt(received.sizeBytes) !== before.size) {
      await archive.discard(received);
      throw new Fault('file_changed', `${basename(path)} changed while it was read.`);
    }
    return { ...received, sight: after };
  } finally {
    await file.close();
  }
}

const PIECE_BYTES = 256 * 1024;

/** The bytes from the start, in one buffer that is used again and again: a piece is done with when the next is asked for. */
async function* readPieces(file: FileHandle, size: bigint): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(size < PIECE_BYTES ? Number(size) + 1 : PIECE_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // O_NONBLOCK: opening a pipe must not wait for a writer.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw translate(error, path);
  }
}

function translate(error: unknown, path: string): Fault {
  const { code } = error as NodeJS.ErrnoException;
  const name = basename(path);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new Fault('file_not_found', `${path} is not there.`, { cause: error });
  if (code === 'ELOOP' || code === 'EMLINK')
    return new Fault('file_not_regular', `${name} is a link.`, { cause: error });
  if (code === 'ENXIO') return new Fault('file_not_regular', `${name} is a socket or pipe.`, { cause: error });
  return new Fault('file_unreadable', `${name} cannot be opened (${code ?? 'unknown reason'}).`, { cause: error });
}
