// Looks at the machine that the services run on: Node, time zones, folders, room. Writes a file of its own into each folder and takes it away.
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFault } from '@cei-inoe/shared/errors';
import { type Check, expectNone, fail, pass } from './check.ts';

const FOLDERS = ['incoming', 'processed', 'rejected', 'spool', 'archive'] as const;
const LEAST_BYTES = 1024 ** 3;
const LEAST_SHARE = 0.05;

export function checkNode(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 19);
  return isNew ? pass('node', version) : fail('node', version, 'Install Node 20.19 or newer.');
}

/** Old systems come without the newest rules, and times would be off by an hour. */
export function checkZones(): Check {
  // Mexico gave up summer time in October 2022.
  const hour = new Date('2023-07-01T12:00Z').toLocaleString('en-GB', {
    timeZone: 'America/Mexico_City',
    hour: '2-digit',
  });
  if (hour === '06') return pass('time zones', `rules of ${process.versions.tz ?? 'the system'}`);
  return fail('time zones', `rules of ${process.versions.tz ?? 'the system'} are from before 2023`, 'Update Node.');
}

export async function checkFolders(dataDir: string): Promise<Check> {
  const wrong: string[] = [];
  let remedy = 'Make DATA_DIR writable for this user, on one file system.';
  for (const name of FOLDERS) {
    const fault = await tryFolder(join(dataDir, name)).then(() => undefined, makeFault);
    if (fault !== undefined) wrong.push(`${name}/: ${fault.message}`);
    if (fault?.code === 'disk_full') remedy = fault.remedy;
  }
  const moved = wrong.length === 0 ? await tryMove(dataDir) : undefined;
  if (moved !== undefined) wrong.push(moved);
  return expectNone('folders', wrong, dataDir, remedy);
}

async function tryFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `.${randomUUID()}.tmp`);
  try {
    // As much as a page: an empty or tiny file may still find room on a full disk.
    await writeFile(path, Buffer.alloc(4096));
  } finally {
    await rm(path, { force: true });
  }
}

/** What is moved across file systems is copied, and that may break off. */
async function tryMove(dataDir: string): Promise<string | undefined> {
  const [from, to] = ['spool', 'archive'].map((name) => join(dataDir, name, `.${randomUUID()}.tmp`)) as [
    string,
    string,
  ];
  await writeFile(from, 'x');
  try {
    await rename(from, to);
    return undefined;
  } catch (error) {
    return `spool/ to archive/: ${makeFault(error).message}`;
  } finally {
    await Promise.all([from, to].map((path) => rm(path, { force: true })));
  }
}

export async function checkRoom(dataDir: string): Promise<Check> {
  await stat(dataDir);
  const { bavail, blocks, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const share = bavail / Math.max(blocks, 1);
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free (${Math.round(share * 100)} %)`;
  if (free >= LEAST_BYTES && share >= LEAST_SHARE) return pass('disk', detail);
  return fail('disk', detail, `Make room where ${dataDir} is: files and loads wait when it is full.`);
}
