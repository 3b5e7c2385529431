// Takes gzip and single-member zip archives off the bytes of a file, as a stream of bounded size. Does not look at what is inside.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { Fault } from '@cei-inoe/shared/errors';
import type { Wrapping } from '../../model/dialect.ts';
import { explainBroken } from './broken-archive.ts';
import { findHeldBytes } from './held-bytes.ts';
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
 * bytes of the file itself have been read. Inflated bytes are counted, whatever the archive says of itself. A piece is valid until the
 * next one is asked for.
 * @throws Fault archive_broken, archive_encrypted, archive_members, unpacked_too_large
 */
export async function* openUnwrapped(
  path: string,
  wrapping: Wrapping,
  onBytes: (bytes: number) => void = () => undefined,
  limits: UnpackLimits = UNPACK_LIMITS,
): AsyncGenerator<Buffer> {
  if (wrapping === 'none') {
    const held = await findHeldBytes(path);
    if (held === undefined) yield* readAhead(path, onBytes);
    else {
      onBytes(held.length);
      yield held;
    }
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

type Pair = readonly [Buffer, Buffer];

/** Buffers of files that have been read. New ones for every piece would lie about by the dozen until the collector comes. */
const spare: Pair[] = [];
const MOST_SPARE = 4;

const takePair = (): Pair => spare.pop() ?? [Buffer.allocUnsafeSlow(READ_BYTES), Buffer.allocUnsafeSlow(READ_BYTES)];

/** The bytes of a file in two buffers by turns: one is read into while the other is used. */
async function* readAhead(path: string, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  const file = await open(path);
  const pair = takePair();
  let [next, used] = pair;
  let bytes = 0;
  const read = () => {
    const reading = file.read(next, 0, READ_BYTES, null);
    // It may fail while nobody waits for it yet.
    reading.catch(() => undefined);
    return reading;
  };
  let reading = read();
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      [next, used] = [used, next];
      reading = read();
      bytes += bytesRead;
      onBytes(bytes);
      yield used.subarray(0, bytesRead);
    }
  } finally {
    // A read under way still writes into its buffer.
    await reading.catch(() => undefined);
    await file.close();
    if (spare.length < MOST_SPARE) spare.push(pair);
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
