// A file that one process at a time holds. One whose holder has ended, however it ended, is free again.
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../errors.ts';
import { isRunning, markSelf } from './processes.ts';

export interface Holder {
  readonly pid: number;
  /** Tells the process from a later one of the same number. */
  readonly mark: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A holder writes its name right after it made the file; one that is empty for longer was left by a crash in between. */
const UNNAMED_MS = 2_000;
const POLL_MS = 50;

/**
 * Takes `path`, and says in it who did. Returns the way to give it back, or the process that holds it.
 * @throws Fault folder_unwritable
 */
export async function takePidFile(
  path: string,
  facts: Holder['facts'] = {},
): Promise<{ release: () => Promise<void> } | { holder: Holder }> {
  for (;;) {
    if (await makeFile(path, { pid: process.pid, mark: markSelf(), facts })) {
      return { release: () => rm(path, { force: true }) };
    }
    const found = await readHolder(path);
    if (found.holder !== undefined && isRunning(found.holder.mark)) return { holder: found.holder };
    if (found.holder === undefined && found.ageMs < UNNAMED_MS) await sleep(POLL_MS);
    else await removeStale(path, found.text);
  }
}

/** Runs `work` while this process holds `path`; waits for its turn. @throws Fault embedded_failed when it waits too long */
export async function withPidFile<T>(path: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const taken = await takePidFile(path);
    if ('release' in taken) return work().finally(taken.release);
    if (Date.now() > deadline) {
      throw new Fault('embedded_failed', `Process ${taken.holder.pid} has held ${path} for ${waitMs / 1000} s.`);
    }
    await sleep(POLL_MS);
  }
}

/** False where the file exists already. */
async function makeFile(path: string, holder: Holder): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o644);
    await file.writeFile(JSON.stringify(holder)).finally(() => file.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new Fault('folder_unwritable', `${path} cannot be written.`, { cause: error });
  }
}

interface Found {
  readonly text: string;
  readonly holder: Holder | undefined;
  readonly ageMs: number;
}

async function readHolder(path: string): Promise<Found> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  return { text, holder: parseHolder(text), ageMs: Date.now() - mtimeMs };
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    if (typeof holder.mark !== 'string') return undefined;
    return { pid: holder.pid ?? 0, mark: holder.mark, facts: holder.facts ?? {} };
  } catch {
    return undefined;
  }
}

/** Moves the file away first and looks again, as somebody else may have taken it over since it was read; theirs is put back. */
async function removeStale(path: string, text: string): Promise<void> {
  const aside = `${path}.${markSelf()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8').catch(() => '')) === text) await rm(aside, { recursive: true, force: true });
  else await rename(aside, path);
}
