// Finds and runs PostgreSQL's own pg_dump and pg_restore. Passwords go by the environment, never by the command line.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Fault } from '@cei-inoe/shared/errors';
import { askMajor, isExecutable, listProgramFolders } from '@cei-inoe/shared/programs';

export type Tool = 'pg_dump' | 'pg_restore';

const TAIL_CHARS = 2_000;

/**
 * The newest `tool` there is, on PATH or in Debian's versioned folders.
 * @param serverVersion as in 180004; a tool older than the server's major version cannot read it
 * @throws Fault pg_tools_missing
 */
export function findTool(tool: Tool, serverVersion: number): string {
  const needed = Math.floor(serverVersion / 10_000);
  const found = listProgramFolders()
    .map((folder) => join(folder, tool))
    .filter(isExecutable)
    .map((path) => ({ path, major: askMajor(path) }))
    .sort((a, b) => b.major - a.major)[0];
  if (found !== undefined && found.major >= needed) return found.path;
  const there =
    found === undefined ? `no ${tool} was found` : `the newest ${tool} found is of ${found.major} (${found.path})`;
  throw new Fault(
    'pg_tools_missing',
    `It takes ${tool} of PostgreSQL ${needed} or newer; ${there}. Install postgresql-client-${needed}.`,
  );
}

export interface RunningTool {
  readonly stdout: Readable;
  readonly stdin: Writable;
  /** @throws Fault pg_tools_failed with its last words */
  readonly ended: Promise<void>;
  kill(): void;
}

/** Starts `path` on the database of `url`. */
export function runTool(path: string, url: string, args: readonly string[]): RunningTool {
  const { bare, password } = splitPassword(url);
  const child = spawn(path, [`--dbname=${bare}`, '--no-password', ...args], {
    env: { ...process.env, ...(password === undefined ? {} : { PGPASSWORD: password }), LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-TAIL_CHARS);
  });
  // It may end before it has read everything; what it says then is told.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new Fault('pg_tools_failed', error.message, { cause: error })));
    child.once('close', (code) => {
      if (code === 0) return resolve();
      const errors = said
        .trim()
        .split('\n')
        .map((message) => ({ message }));
      reject(new Fault('pg_tools_failed', `${path} ended with ${code}.`, { errors }));
    });
  });
  ended.catch(() => undefined);
  return { stdout: child.stdout, stdin: child.stdin, ended, kill: () => void child.kill('SIGKILL') };
}

/** libpq knows none of the parameters that are ours. */
function splitPassword(url: string): { bare: string; password: string | undefined } {
  const bare = new URL(url);
  const password = bare.password === '' ? undefined : decodeURIComponent(bare.password);
  bare.password = '';
  bare.searchParams.delete('schema');
  return { bare: bare.toString(), password };
}
