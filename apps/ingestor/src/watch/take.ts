// Takes one dropped file in, or refuses it: never leaves it half way, never loses it.
import { randomUUID } from 'node:crypto';
import { lstat, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { cleanFileName } from '@cei-inoe/shared/file-name';
import { isPassing } from '../compose/load-batch.ts';
import type { Surroundings } from '../compose/settings.ts';
import { registerFile } from '../queue/register-file.ts';
import { findSource, findSourceByFileName } from '../stages/map/find-source.ts';
import { describeFailure } from '../stages/report/fail-batch.ts';
import { nameKept } from '../stages/report/file-names.ts';
import { isUnchanged, type ReceivedFile } from '../stages/source/receive-file.ts';
import { findHeldPath, findPlacePath } from './deliver.ts';
import { moveFile, putBack } from './move-file.ts';
import type { Dropped } from './scan.ts';

/** What became of a dropped file: `waits` means that it stays where it is, `stopped` that nothing can be taken in now. */
export type Taken = 'taken' | 'waits' | 'stopped';

/** Registers a dropped file as a pending batch, or moves it to rejected/. Never throws: a file that is stuck must not hold up the others. */
export async function takeDropped(around: Surroundings, dropped: Dropped, maxBytes: number): Promise<Taken> {
  const name = cleanFileName(dropped.name);
  try {
    // Known already from the name: files of one source keep their order in the queue.
    const source =
      dropped.folder === ''
        ? await findSourceByFileName(around.pool, name).catch(() => undefined)
        : await findSource(around.pool, dropped.folder);
    await registerFile(around.pool, around.archive, {
      path: dropped.path,
      name,
      sourceType: 'file',
      context: { drop: { name: dropped.name, folder: dropped.folder } },
      dryRun: false,
      datasourceId: source?.id ?? null,
      maxBytes,
      submittedBy: null,
      beforeCommit: (batchId, received) => holdOriginal(around, dropped, batchId, received),
    });
    return 'taken';
  } catch (error) {
    const fault = makeFault(error);
    // Another ingestor was quicker, the file still changes, or the machinery fails: the file is left for the next look.
    if (isPassing(fault) || ['file_not_found', 'file_changed', 'internal'].includes(fault.code)) {
      if (fault.code !== 'file_not_found') warn(around, dropped, fault);
      return fault.code.startsWith('database_') ? 'stopped' : 'waits';
    }
    return refuse(around, dropped, fault);
  }
}

const warn = (around: Surroundings, { name }: Dropped, fault: Fault): void =>
  around.log.warn({ file: name, code: fault.code, err: fault.cause }, fault.message);

/** A file that cannot even be read goes to rejected/ with the reason; it has no batch. */
async function refuse(around: Surroundings, dropped: Dropped, fault: Fault): Promise<Taken> {
  const target = join(around.dataDir, 'rejected', nameKept(dropped.name, randomUUID()));
  const report = { file: dropped.name, error: describeFailure(fault) };
  warn(around, dropped, fault);
  try {
    // Moved first: where that fails the file stays, and no report of a move that was not made is left behind.
    await moveFile(dropped.path, target);
    await writeFile(`${target}.error.json`, `${JSON.stringify(report, null, 2)}\n`);
    return 'taken';
  } catch (error) {
    warn(around, dropped, makeFault(error));
    return 'waits';
  }
}

/** Moves the original out of the way, and makes sure that it is the file whose bytes were taken, and not one that came after it. */
async function holdOriginal(
  around: Surroundings,
  dropped: Dropped,
  batchId: string,
  received: ReceivedFile,
): Promise<void> {
  const { name, folder, path } = dropped;
  const held = findHeldPath(around.dataDir, batchId);
  const place = findPlacePath(around.dataDir, batchId);
  await writeFile(place, JSON.stringify({ name, folder }));
  try {
    // Asked before the move, as across file systems the moved file is a copy, and after it, as the writer may have been quicker.
    if (!(await isUnchanged(path, received.sight))) throw new Fault('file_changed', `${name} was replaced.`);
    await moveFile(path, held);
    if (await hasChanged(held, received)) {
      await putBack(held, path, join(dirname(path), nameKept(name, batchId)));
      throw new Fault('file_changed', `${name} was replaced.`);
    }
  } catch (error) {
    await rm(place, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Fault('file_not_found', `${name} was taken by another process.`, { cause: error });
  }
}

/** A copy from another file system has another inode: there, only the size can be compared. */
async function hasChanged(held: string, { sight }: ReceivedFile): Promise<boolean> {
  const info = await lstat(held, { bigint: true });
  return info.dev === sight.device ? !(await isUnchanged(held, sight)) : info.size !== sight.size;
}
