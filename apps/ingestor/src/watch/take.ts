// Takes one dropped file in, or refuses it: never leaves it half way, never loses it.
import { createHash } from 'node:crypto';
import { lstat, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { cleanFileName } from '@cei-inoe/shared/file-name';
import { isPassing } from '../compose/load-batch.ts';
import type { Surroundings } from '../compose/settings.ts';
import { type Arrival, makeArrival, registerDropped } from '../queue/register-file.ts';
import { describeFailure } from '../stages/report/fail-batch.ts';
import { ID_DIGITS, nameKept } from '../stages/report/file-names.ts';
import { isUnchanged, type ReceivedFile, receiveFile } from '../stages/source/receive-file.ts';
import { findDroppedSources } from './dropped-source.ts';
import { areSame, isThere, moveFile, moveToFree, putBack } from './move-file.ts';
import { findHeldPath, removeNote, writeNote } from './notes.ts';
import { adoptOrphans, listOrphans } from './orphans.ts';
import type { Receiving } from './receive-ahead.ts';
import type { Dropped } from './scan.ts';

/** What became of a dropped file: `waits` means that it stays where it is, `stopped` that nothing can be taken in now. */
export type Taken = 'taken' | 'waits' | 'stopped';

/** Thrown in a file's turn when an older one waits in the spool for its batch. */
class OrphansFirst extends Error {}

export interface TakeOptions {
  readonly maxBytes: number;
  /** Where files may have been received before their turn. */
  readonly receive?: Receiving;
}

/** Registers a dropped file as a pending batch, or moves it to rejected/. Never throws: a file that is stuck must not hold up the others. */
export async function takeDropped(around: Surroundings, dropped: Dropped, options: TakeOptions): Promise<Taken> {
  try {
    await register(around, [dropped], options).catch(async (error: unknown) => {
      if (!(error instanceof OrphansFirst)) throw error;
      await adoptOrphans(around, options.maxBytes);
      return register(around, [dropped], options);
    });
    return 'taken';
  } catch (error) {
    const fault = makeFault(error);
    if (isPassing(fault)) {
      warn(around, dropped, fault);
      return 'stopped';
    }
    // Another ingestor was quicker, the file still changes, or it cannot be read now: the file is left for a later look.
    if (isMachinery(fault) || ['file_not_found', 'file_changed', 'internal'].includes(fault.code)) {
      if (fault.code !== 'file_not_found') warn(around, dropped, fault);
      return 'waits';
    }
    return refuse(around, dropped, fault);
  }
}

/** Registers files in one turn. False where one of them cannot be: all lie where they lay, to be taken one by one. */
export async function takeTogether(
  around: Surroundings,
  files: readonly Dropped[],
  options: TakeOptions,
): Promise<boolean> {
  try {
    await register(around, files, options);
    return true;
  } catch (error) {
    around.log.debug({ err: error, files: files.length }, 'files are taken one by one');
    return false;
  }
}

async function register(around: Surroundings, files: readonly Dropped[], options: TakeOptions): Promise<void> {
  const { receive = (path: string) => receiveFile(around.archive, path, options.maxBytes) } = options;
  const sources = await findDroppedSources(around, files);
  const arrivals: Arrival[] = [];
  try {
    for (const [at, { path, name, folder }] of files.entries()) {
      const registration = {
        path,
        name: cleanFileName(name),
        sourceType: 'file' as const,
        context: { drop: { name, folder } },
        dryRun: false,
        datasourceId: sources[at]?.id ?? null,
        submittedBy: null,
      };
      arrivals.push(makeArrival(registration, await receive(path)));
    }
  } catch (error) {
    for (const { received } of arrivals) await around.archive.discard(received);
    throw error;
  }
  await registerDropped(around.pool, around.archive, arrivals, {
    onTurn: async (connection) => {
      if ((await listOrphans(around, connection)).length > 0) throw new OrphansFirst();
    },
    beforeCommit: () => holdOriginals(around, files, arrivals),
  });
  // They have done their service; what stays of them is taken away later.
  for (const { batchId } of arrivals) await removeNote(around.dataDir, batchId).catch(() => undefined);
}

/** A file that may not be read stays so; a disk or share that fails may well work again. */
const isMachinery = ({ code, cause }: Fault): boolean =>
  code === 'file_unreadable' &&
  !['EACCES', 'EPERM'].includes(String((cause as NodeJS.ErrnoException | undefined)?.code));

const warn = (around: Surroundings, { name }: Dropped, fault: Fault): void =>
  around.log.warn({ file: name, code: fault.code, err: fault.cause }, fault.message);

/** A file that cannot even be read goes to rejected/ with the reason; it has no batch. */
async function refuse(around: Surroundings, dropped: Dropped, fault: Fault): Promise<Taken> {
  warn(around, dropped, fault);
  try {
    const id = await makeRefusalId(dropped);
    for (const digits of ID_DIGITS) {
      const target = join(around.dataDir, 'rejected', nameKept(dropped.name, id, digits));
      if (await refuseTo(dropped, target, fault)) return 'taken';
    }
    throw new Fault('folder_unwritable', 'Every name for it in rejected/ is taken.');
  } catch (error) {
    warn(around, dropped, makeFault(error));
    return 'waits';
  }
}

/** The reason is written first: a crash leaves no file without one, and the next attempt finds the same name. */
async function refuseTo(dropped: Dropped, target: string, fault: Fault): Promise<boolean> {
  const report = `${target}.error.json`;
  const text = `${JSON.stringify({ file: dropped.name, error: describeFailure(fault) }, null, 2)}\n`;
  if (await isOther(dropped.path, target)) return false;
  try {
    await writeFile(report, text);
    if (await moveToFree(dropped.path, target)) return true;
  } finally {
    // Another ingestor may have been quicker with the same file: then the report is that one's, too.
    if (!(await isThere(target))) await rm(report, { force: true });
  }
  return false;
}

async function isOther(path: string, target: string): Promise<boolean> {
  return (await isThere(target)) && !(await areSame(path, target));
}

/** Of the file as it lies there, so that it is the same one after a crash. */
async function makeRefusalId({ path, name }: Dropped): Promise<string> {
  const { ino, size, mtimeNs } = await lstat(path, { bigint: true });
  return createHash('sha256').update(`${name} ${ino} ${size} ${mtimeNs}`).digest('hex');
}

/** Moves the originals out of the way, all or none. */
async function holdOriginals(
  around: Surroundings,
  files: readonly Dropped[],
  arrivals: readonly Arrival[],
): Promise<void> {
  const held: (() => Promise<void>)[] = [];
  try {
    for (const [at, dropped] of files.entries())
      held.push(await holdOriginal(around, dropped, arrivals[at] as Arrival));
  } catch (error) {
    for (const putBackAgain of held.reverse()) await putBackAgain();
    throw error;
  }
}

/**
 * Moves an original out of the way, and makes sure that it is the file whose bytes were taken, and not one that came after it.
 * Returns what takes that back.
 */
async function holdOriginal(
  around: Surroundings,
  dropped: Dropped,
  { batchId, received }: Arrival,
): Promise<() => Promise<void>> {
  const { name, folder, path } = dropped;
  const held = findHeldPath(around.dataDir, batchId);
  const takeBack = async () => {
    await returnHeld(held, path, join(dirname(path), nameKept(name, batchId)));
    await removeNote(around.dataDir, batchId);
  };
  await writeNote(around.dataDir, batchId, { name, folder });
  try {
    // Asked before the move, as across file systems the moved file is a copy, and after it, as the writer may have been quicker.
    if (!(await isUnchanged(path, received.sight))) throw new Fault('file_changed', `${name} was replaced.`);
    await moveFile(path, held);
    if (await hasChanged(held, received)) throw new Fault('file_changed', `${name} was replaced.`);
    return takeBack;
  } catch (error) {
    await takeBack();
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Fault('file_not_found', `${name} was taken by another process.`, { cause: error });
  }
}

/** Where this fails, too, the note stays, by which the file is found again later on. */
async function returnHeld(held: string, path: string, otherwise: string): Promise<void> {
  if (await isThere(held)) await putBack(held, path, otherwise);
}

/** A copy from another file system has another inode: there, only the size can be compared. */
async function hasChanged(held: string, { sight }: ReceivedFile): Promise<boolean> {
  const info = await lstat(held, { bigint: true });
  return info.dev === sight.device ? !(await isUnchanged(held, sight)) : info.size !== sight.size;
}
