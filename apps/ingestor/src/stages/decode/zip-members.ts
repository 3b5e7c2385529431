// Lists and opens the files in a zip archive by its central directory (yauzl: zip64, sizes held against the directory). Unpacks nothing by itself.
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { crc32 } from 'node:zlib';
import { Fault } from '@cei-inoe/shared/errors';
import { type Entry, open, type ZipFile } from 'yauzl';
import { explainBroken } from './broken-archive.ts';

export interface ZipMember {
  readonly name: string;
  readonly encrypted: boolean;
}

const MAX_ENTRIES = 10_000;

/** Folders, and what operating systems put beside a file, are no members. */
const isOwn = (name: string): boolean =>
  !name.endsWith('/') && !name.startsWith('__MACOSX/') && !/(^|\/)(\.[^/]*|Thumbs\.db|desktop\.ini)$/i.test(name);

/** All names in the archive at `path`, in order. @throws Fault archive_broken, archive_members */
export async function listNames(path: string): Promise<string[]> {
  const entries = await readEntries(path);
  return entries.map((entry) => entry.fileName);
}

/** The files of the archive at `path`. @throws Fault archive_broken, archive_members */
export async function listMembers(path: string): Promise<ZipMember[]> {
  const entries = await readEntries(path);
  return entries
    .filter((entry) => isOwn(entry.fileName))
    .map((entry) => ({ name: entry.fileName, encrypted: entry.isEncrypted() }));
}

/** The unpacked bytes of one member. `onBytes` is told its packed bytes once, when it begins. */
export async function openMember(path: string, name: string, onBytes: (bytes: number) => void): Promise<Readable> {
  const zip = await openZip(path);
  const entry = await findEntry(zip, name);
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) {
        zip.close();
        reject(explainBroken(error));
        return;
      }
      onBytes(entry.compressedSize);
      const checked = checkSum(entry);
      stream.on('error', (cause: Error) => checked.destroy(cause));
      checked.once('close', () => {
        stream.destroy();
        zip.close();
      });
      resolve(stream.pipe(checked));
    });
  });
}

/** Passes bytes on and holds them against the checksum of the directory at the end. */
function checkSum(entry: Entry): Transform {
  let sum = 0;
  return new Transform({
    transform(piece: Buffer, _, done) {
      sum = updateSum(piece, sum);
      done(null, piece);
    },
    flush(done) {
      done(sum === entry.crc32 ? null : new Error(`${entry.fileName} does not match its checksum`));
    },
  });
}

// Node has crc32 from 20.15 on; its types say so only for later versions.
const updateSum = crc32 as (data: Buffer, value: number) => number;

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, zip) => {
      if (error) reject(explainBroken(error));
      else resolve(zip);
    });
  });
}

async function readEntries(path: string): Promise<Entry[]> {
  const zip = await openZip(path);
  try {
    if (zip.entryCount > MAX_ENTRIES)
      throw new Fault('archive_members', `The archive has ${zip.entryCount} entries; ${MAX_ENTRIES} are the limit.`);
    const entries: Entry[] = [];
    await walkEntries(zip, (entry) => {
      entries.push(entry);
      return true;
    });
    return entries;
  } finally {
    zip.close();
  }
}

async function findEntry(zip: ZipFile, name: string): Promise<Entry> {
  let found: Entry | undefined;
  await walkEntries(zip, (entry) => {
    if (entry.fileName === name) found = entry;
    return found === undefined;
  });
  if (found === undefined) throw new Fault('archive_broken', `${name} is not in the archive.`);
  return found;
}

/** Hands on entry after entry as long as `take` wants more. */
function walkEntries(zip: ZipFile, take: (entry: Entry) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    zip.on('error', (error: Error) => reject(explainBroken(error)));
    zip.on('end', () => resolve());
    zip.on('entry', (entry: Entry) => {
      if (take(entry)) zip.readEntry();
      else resolve();
    });
    zip.readEntry();
  });
}
