// Opens an archive for reading: seal first, then manifest, then members by name. Changes nothing.

import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Fault } from '@cei-inoe/shared/errors';
import yauzl from 'yauzl';
import { MANIFEST, type Manifest, type MemberEntry, parseManifest } from './manifest.ts';
import { type Measured, makeMeter } from './meter.ts';
import { checkSeal } from './seal.ts';
import { openSink } from './write-archive.ts';

export interface ArchiveReader {
  readonly manifest: Manifest;
  open(path: string): Promise<Readable>;
  /** Reads a member to its end and keeps nothing. */
  measure(path: string): Promise<Measured>;
  close(): void;
}

/**
 * Reads the file once to check its seal.
 * @throws Fault backup_unknown, backup_damaged (naming the members that are damaged), backup_newer
 */
export async function openArchiveReader(path: string, signal?: AbortSignal): Promise<ArchiveReader> {
  const seal = await checkSeal(path, signal);
  if (seal === 'none') {
    throw new Fault(
      'backup_damaged',
      `${path} does not end as an archive does: it was cut off, or its last bytes are damaged.`,
    );
  }
  if (seal === 'broken') {
    throw new Fault('backup_damaged', `${path}: its checksum does not agree.`, { errors: await listDamage(path) });
  }
  return await openZip(path);
}

async function openZip(path: string): Promise<ArchiveReader> {
  const zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false });
  try {
    const entries = new Map<string, yauzl.Entry>();
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
    const open = async (name: string): Promise<Readable> => {
      const entry = entries.get(name);
      if (entry === undefined) throw new Fault('backup_damaged', `${name} is missing from the archive.`);
      return await zip.openReadStreamPromise(entry);
    };
    const manifest = parseManifest(await text(await open(MANIFEST)));
    const measure = async (name: string) => {
      const meter = makeMeter();
      await pipeline(await open(name), meter.stream, openSink());
      return meter.read();
    };
    return { manifest, open, measure, close: () => zip.close() };
  } catch (error) {
    zip.close();
    throw error;
  }
}

/** What of a damaged archive is damaged, as far as it can be read at all. */
async function listDamage(path: string): Promise<{ message: string }[]> {
  let archive: ArchiveReader;
  try {
    archive = await openZip(path);
  } catch (error) {
    return [
      { message: `its list of members cannot be read: ${error instanceof Error ? error.message : String(error)}` },
    ];
  }
  try {
    const damaged: { message: string }[] = [];
    for (const member of archive.manifest.members) {
      if (!(await isIntact(archive, member))) damaged.push({ message: `${member.path} is damaged` });
    }
    return damaged.length > 0 ? damaged : [{ message: 'the members are whole; the damage lies between them' }];
  } finally {
    archive.close();
  }
}

async function isIntact(archive: ArchiveReader, member: MemberEntry): Promise<boolean> {
  try {
    return (await archive.measure(member.path)).sha256 === member.sha256;
  } catch {
    return false;
  }
}
