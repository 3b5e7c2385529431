// Who uses the embedded server now: one small file per use. The last one to leave stops the server.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withPidFile } from './pid-file.ts';
import { isRunning, markSelf } from './processes.ts';

/** Notes that this process uses the server; returns the way to leave: true when nobody else is left. */
export async function registerUser(folder: string): Promise<() => Promise<boolean>> {
  await mkdir(folder, { recursive: true });
  const own = join(folder, `${markSelf()}.${Math.random().toString(36).slice(2, 8)}`);
  await writeFile(own, '');
  return async () => {
    await rm(own, { force: true });
    const names = await readdir(folder).catch(() => [] as string[]);
    const gone = names.filter((name) => !isRunning(name.split('.')[0] ?? ''));
    for (const name of gone) await rm(join(folder, name), { force: true });
    return names.length === gone.length;
  };
}

const WAIT_MS = 90_000;

/** Runs `work` while no other process does under the same `path`; one whose holder was killed is taken over at once. */
export const withLock = <T>(path: string, work: () => Promise<T>): Promise<T> => withPidFile(path, WAIT_MS, work);
