// Where programs of PostgreSQL are looked for, and of which version they are. Runs nothing but `--version`.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

/** Debian's versioned folders, the newest first, and then those of PATH. */
export function listProgramFolders(): string[] {
  const versions = listNames(DEBIAN).sort((a, b) => Number(b) - Number(a));
  return [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env.PATH ?? '').split(delimiter)];
}

/** The major version that a program says it is of, as in `pg_ctl (PostgreSQL) 15.14`; 0 where it says none. */
export function askMajor(program: string): number {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return Number(/\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
