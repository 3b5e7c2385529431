// An ingestor that serves the queue and the drop folder of a trial, in this process or in one of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '@cei-inoe/shared/testing';
import type { Surroundings } from '../../src/compose/settings.ts';
import { startWorkers } from '../../src/queue/worker.ts';
import { watchFolder } from '../../src/watch/watch-folder.ts';

export interface Service {
  stop(): Promise<void>;
}

/** Watches and loads in this process. */
export function serve(around: Surroundings, options: { stableMs?: number; staleSeconds?: number } = {}): Service {
  const folder = watchFolder(around, { stableMs: options.stableMs ?? 100, maxBytes: 1e9 });
  const workers = startWorkers(around, {
    count: 2,
    pollMs: 25,
    staleSeconds: options.staleSeconds ?? 60,
    onOutcome: () => folder.nudge(),
  });
  return {
    async stop() {
      await workers.stop();
      await folder.stop();
    },
  };
}

export interface ServiceProcess extends Service {
  readonly child: ChildProcess;
  /** What it logged so far. */
  log(): string;
}

/** `watch` as a process of its own. `stop` asks it to end and waits. */
export function serveInProcess(env: Readonly<Record<string, string>>): ServiceProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'apps/ingestor/src/cli.ts', 'watch'], {
    cwd: ROOT,
    env: { ...process.env, FILE_STABLE_MS: '100', QUEUE_POLL_MS: '25', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    child,
    log: () => text,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Asks until `ask` answers with something, and returns that. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs = 15_000,
): Promise<T> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(20)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`waited in vain for: ${what}`);
}

/** Names in a folder, sorted. */
export const listNames = async (...parts: string[]): Promise<string[]> => (await readdir(join(...parts))).sort();

/** The one name in a folder that fits; undefined while there is none. */
export async function findName(folder: string, pattern: RegExp): Promise<string | undefined> {
  const found = (await listNames(folder)).filter((name) => pattern.test(name));
  if (found.length > 1) throw new Error(`several files fit ${pattern}: ${found.join(', ')}`);
  return found[0];
}

export const readJsonFile = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
