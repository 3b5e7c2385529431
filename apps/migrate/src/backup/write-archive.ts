// Writes an archive: a zip file with a manifest and a seal, whole under its name or not at all. Knows no database.
import { createWriteStream } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import yazl from 'yazl';
import { MANIFEST, type Manifest, type MemberEntry } from './manifest.ts';
import { type Measured, makeMeter } from './meter.ts';
import { BLANK_SEAL, makeSealer } from './seal.ts';

export interface ArchiveWriter {
  /** Adds a member; the memory it takes does not depend on its size. `store`: it is compressed already. */
  add(path: string, source: Readable, options?: { readonly store?: boolean }): Promise<Measured>;
  addText(path: string, text: string): Promise<Measured>;
  /** Writes manifest and seal, and gives the file its name. @returns its size in bytes */
  finish(manifest: Omit<Manifest, 'members'>): Promise<number>;
  /** Gives it up; does nothing when it is finished. */
  discard(): Promise<void>;
}

/** Archives of the same things are the same bytes; zip files know no time zone anyway. */
const MTIME = new Date(2000, 0, 1);
const MEMBER = { mtime: MTIME, mode: 0o100600, forceZip64Format: true, forceDosTimestamp: true } as const;

/** @throws Fault backup_taken, folder_unwritable, disk_full */
export async function openArchiveWriter(path: string): Promise<ArchiveWriter> {
  await access(path).then(
    () => {
      throw new Fault('backup_taken', `${path}.`);
    },
    () => undefined,
  );
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true }).catch(nameFailure(path));
  const zip = new yazl.ZipFile();
  const file = createWriteStream(part, { mode: 0o600 });
  const written = pipeline(zip.outputStream, makeSealer(), file);
  // A failing disk must end whoever waits for it to take more.
  const failed = written.then(() => new Promise<never>(() => undefined), nameFailure(path));
  failed.catch(() => undefined);
  const members: MemberEntry[] = [];
  let isFinished = false;

  async function add(name: string, source: Readable, { store = false } = {}): Promise<Measured> {
    const meter = makeMeter();
    zip.addReadStream(meter.stream, name, { ...MEMBER, compress: !store });
    try {
      await Promise.race([pipeline(source, meter.stream), failed]);
    } catch (error) {
      source.destroy();
      throw error;
    }
    const measured = meter.read();
    members.push({ path: name, bytes: measured.bytes, sha256: measured.sha256 });
    return measured;
  }

  return {
    add,
    addText: (name, text) => add(name, Readable.from([Buffer.from(text)])),
    async finish(manifest) {
      zip.addBuffer(Buffer.from(`${JSON.stringify({ ...manifest, members }, null, 1)}\n`), MANIFEST, MEMBER);
      zip.end({ comment: BLANK_SEAL, forceZip64Format: false });
      await Promise.race([written, failed]);
      await syncAndRename(part, path);
      isFinished = true;
      return file.bytesWritten;
    },
    async discard() {
      if (isFinished) return;
      file.destroy();
      await written.catch(() => undefined);
      await rm(part, { force: true });
    },
  };
}

async function syncAndRename(part: string, path: string): Promise<void> {
  for (const name of [part, dirname(path)]) {
    const handle = await open(name, 'r');
    await handle.sync().catch(() => undefined);
    await handle.close();
    if (name === part) await rename(part, path);
  }
}

const nameFailure =
  (path: string) =>
  (error: unknown): never => {
    const fault = makeFault(error);
    throw new Fault(fault.code === 'disk_full' ? 'disk_full' : 'folder_unwritable', `${path}: ${fault.message}`, {
      cause: error,
    });
  };

/** Takes everything and keeps nothing. */
export const openSink = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
