// Entries of a zip archive, unpacked one by one when they are asked for, within limits. Knows nothing of workbooks.
import { constants, crc32, inflateRawSync } from 'node:zlib';
import { Fault } from '@cei-inoe/shared/errors';

/** All entries together, unpacked. */
const MAX_TOTAL_BYTES = 400 * 1024 * 1024;
/** Deflate cannot do better than 1032 : 1; sheets of real numbers reach 20 or 30. */
const MAX_RATIO = 300;
/** Below this the ratio says nothing. */
const RATIO_MATTERS_BYTES = 64 * 1024 * 1024;
const MAX_ENTRIES = 10_000;

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** Offset of the local header. */
  readonly offset: number;
  readonly encrypted: boolean;
}

/**
 * Lists the entries of an archive that is all in memory. What the directory says of their sizes is judged here, and held against the
 * entry when it is unpacked, so it cannot be a lie. Source: PKWARE APPNOTE.TXT 4.3.12, 4.3.14 to 4.3.16, 4.5.3.
 * @throws Fault workbook_broken, workbook_too_large
 */
export function listEntries(archive: Buffer): Map<string, ZipEntry> {
  const { count, offset } = findDirectory(archive);
  if (count > MAX_ENTRIES)
    throw new Fault('workbook_too_large', `The archive has ${count} entries; ${MAX_ENTRIES} are the limit.`);
  const entries = new Map<string, ZipEntry>();
  let total = 0;
  let at = offset;
  for (let i = 0; i < count; i++) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== 0x02014b50)
      throw makeBroken('Its directory is damaged.');
    const entry = readEntry(archive, at);
    if (!entries.has(entry.name)) entries.set(entry.name, entry);
    total += entry.unpackedBytes;
    at += 46 + archive.readUInt16LE(at + 28) + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  checkTotal(total, archive.length);
  return entries;
}

function checkTotal(total: number, packed: number): void {
  const tooDense = total > RATIO_MATTERS_BYTES && total > packed * MAX_RATIO;
  if (total <= MAX_TOTAL_BYTES && !tooDense) return;
  throw new Fault(
    'workbook_too_large',
    `${packed} bytes would become ${total}; the limits are ${MAX_TOTAL_BYTES} bytes and ${MAX_RATIO} times the size.`,
  );
}

const makeBroken = (reason: string): Fault =>
  new Fault('workbook_broken', `The archive is incomplete or damaged: ${reason}`);

/** The end record is the last thing in the file but for a comment of at most 65,535 bytes. */
function findDirectory(archive: Buffer): { count: number; offset: number } {
  const at = archive.lastIndexOf('PK\x05\x06', archive.length - 22, 'latin1');
  if (at < 0 || at < archive.length - 22 - 0xffff) throw makeBroken('It has no directory at its end.');
  const count = archive.readUInt16LE(at + 10);
  const offset = archive.readUInt32LE(at + 16);
  if (count !== 0xffff && offset !== 0xffffffff) return { count, offset };
  return findZip64Directory(archive, at);
}

function findZip64Directory(archive: Buffer, end: number): { count: number; offset: number } {
  const locator = end - 20;
  if (locator < 0 || archive.readUInt32LE(locator) !== 0x07064b50) throw makeBroken('It has no directory at its end.');
  const at = Number(archive.readBigUInt64LE(locator + 8));
  if (at + 56 > archive.length) throw makeBroken('Its directory is damaged.');
  return { count: Number(archive.readBigUInt64LE(at + 32)), offset: Number(archive.readBigUInt64LE(at + 48)) };
}

function readEntry(archive: Buffer, at: number): ZipEntry {
  const nameBytes = archive.readUInt16LE(at + 28);
  const name = archive.toString('utf8', at + 46, at + 46 + nameBytes);
  const extra = archive.subarray(at + 46 + nameBytes, at + 46 + nameBytes + archive.readUInt16LE(at + 30));
  const next = makeZip64Reader(extra);
  const unpackedBytes = next(archive.readUInt32LE(at + 24));
  const packedBytes = next(archive.readUInt32LE(at + 20));
  return {
    name,
    method: archive.readUInt16LE(at + 10),
    crc: archive.readUInt32LE(at + 16),
    packedBytes,
    unpackedBytes,
    offset: next(archive.readUInt32LE(at + 42)),
    encrypted: (archive.readUInt16LE(at + 8) & 1) === 1,
  };
}

/** Takes fields that are full (0xFFFFFFFF) from the zip64 extra field, in their order. */
function makeZip64Reader(extra: Buffer): (field: number) => number {
  let at = 0;
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== 1) at += 4 + extra.readUInt16LE(at + 2);
  at += 4;
  return (field) => {
    if (field !== 0xffffffff || at + 8 > extra.length) return field;
    at += 8;
    return Number(extra.readBigUInt64LE(at - 8));
  };
}

/**
 * The bytes of one entry. Memory is bounded by what the directory says of its size.
 * @throws Fault workbook_broken when size, checksum or data do not fit; workbook_encrypted
 */
export function unpackEntry(archive: Buffer, entry: ZipEntry): Buffer {
  if (entry.encrypted) throw new Fault('workbook_encrypted');
  const at = entry.offset;
  if (at + 30 > archive.length || archive.readUInt32LE(at) !== 0x04034b50)
    throw makeBroken(`${entry.name} is not where it should be.`);
  const from = at + 30 + archive.readUInt16LE(at + 26) + archive.readUInt16LE(at + 28);
  const packed = archive.subarray(from, from + entry.packedBytes);
  const bytes = inflate(packed, entry);
  if (bytes.length !== entry.unpackedBytes)
    throw makeBroken(`${entry.name} has not the size that the directory gives.`);
  if (crc32(bytes) !== entry.crc) throw makeBroken(`${entry.name} does not match its checksum.`);
  return bytes;
}

function inflate(packed: Buffer, entry: ZipEntry): Buffer {
  if (entry.method === 0) return packed;
  if (entry.method !== 8) throw makeBroken(`${entry.name} is packed by method ${entry.method}, which is not read.`);
  const most = Math.max(1, entry.unpackedBytes);
  if (most > 1100 * (packed.length + 16))
    throw makeBroken(`${entry.name} cannot have the size that the directory gives.`);
  try {
    return inflateRawSync(packed, {
      maxOutputLength: most,
      chunkSize: Math.max(64, most),
      finishFlush: constants.Z_FINISH,
    });
  } catch (error) {
    const lies = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    if (lies) throw new Fault('workbook_too_large', `${entry.name} is larger than the archive's directory says.`);
    throw makeBroken(`${entry.name} cannot be unpacked (${(error as Error).message}).`);
  }
}
