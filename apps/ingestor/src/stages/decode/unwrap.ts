// Takes gzip and single-member zip archives off the bytes of a file, as a stream of bounded size. Does not look at what is inside.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { Fault } from '@cei-inoe/shared/errors';
import type { Wrapping } from '../../model/dialect.ts';
import { explainBroken } from './broken-archive.ts';
import { listMembers, openMember } from './zip-members.ts';

export interface UnpackLimits {
  readonly maxBytes: number;
  /** Times the packed size; below `ratioMattersBytes` it says nothing. */
  readonly maxRatio: number;
  readonly ratioMattersBytes: number;
}

/** Deflate cannot do better than 1032 : 1; tables of real numbers reach 20 or 30. */
export const UNPACK_LIMITS: UnpackLimits = {
  maxBytes: 32 * 1024 ** 3,
  maxRatio: 300,
  ratioMattersBytes: 64 * 1024 ** 2,
};

const READ_BYTES = 256 * 1024;

/**
 * The bytes inside the file at `path`, read as they are asked for; memory does not depend on their number. `onBytes` is told how many
 * bytes of the file itself have been read. Inflated bytes are counted, whatever the archive says of itself.
 * @throws Fault archive_broken, archive_encrypted, archive_members, unpacked_too_large
 */
export async function* openUnwrapped(
  path: string,
  wrapping: Wrapping,
  onBytes: (bytes: number) => void = () => undefined,
  limits: UnpackLimits = UNPACK_LIMITS,
): AsyncGenerator<Buffer> {
  if (wrapping === 'none') {
    yield* countBytes(createReadStream(path, { highWaterMark: READ_BYTES }), onBytes);
    return;
  }
  const { size } = await stat(path);
  const inner = wrapping === 'gzip' ? openGzip(path, onBytes) : await openOnlyMember(path, onBytes);
  let unpacked = 0;
  try {
    for await (const piece of inner as AsyncIterable<Buffer>) {
      unpacked += piece.length;
      checkSize(unpacked, size, limits);
      yield piece;
    }
  } catch (error) {
    throw explainBroken(error as Error);
  } finally {
    inner.destroy();
  }
}

function checkSize(unpacked: number, packed: number, { maxBytes, maxRatio, ratioMattersBytes }: UnpackLimits): void {
  const tooDense = unpacked > ratioMattersBytes && unpacked > packed * maxRatio;
  if (unpacked <= maxBytes && !tooDense) return;
  throw new Fault(
    'unpacked_too_large',
    `${packed} bytes become more than ${unpacked}; the limits are ${maxBytes} bytes and ${maxRatio} times the size.`,
  );
}

async function* countBytes(file: Readable, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const piece of file as AsyncIterable<Buffer>) {
      bytes += piece.length;
      onBytes(bytes);
      yield piece;
    }
  } finally {
    file.destroy();
  }
}

function openGzip(path: string, onBytes: (bytes: number) => void): Readable {
  const gunzip = createGunzip({ chunkSize: READ_BYTES, finishFlush: constants.Z_FINISH });
  const file = Readable.from(countBytes(createReadStream(path, { highWaterMark: READ_BYTES }), onBytes));
  file.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => file.destroy());
  return file.pipe(gunzip);
}

async function openOnlyMember(path: string, onBytes: (bytes: number) => void): Promise<Readable> {
  const [member, ...others] = await listMembers(path);
  if (member === undefined) throw new Fault('archive_members', 'The archive has no file in it.');
  if (others.length > 0) {
    const names = [member, ...others].slice(0, 10).map(({ name }) => name);
    throw new Fault('archive_members', `The archive has ${others.length + 1} files: ${names.join(', ')}.`);
  }
  if (member.encrypted) throw new Fault('archive_encrypted', member.name);
  return openMember(path, member.name, onBytes);
}
