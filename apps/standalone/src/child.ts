// Child processes: run to their end, or kept running until they are told to stop. Each has a process group of its own, so that a
// Ctrl-C in the terminal reaches only us, and we stop them in order.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const EXIT_WITH_PARENT = new URL('./exit-with-parent.ts', import.meta.url).href;
const TAIL_LINES = 20;
const GRACE_MS = 10_000;

export interface ChildOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Told every line the child prints. */
  readonly onLine: (line: string) => void;
  readonly reload?: boolean;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines it printed. */
  readonly tail: readonly string[];
}

export interface Child {
  readonly ended: Promise<Ended>;
  /** Asks it to end, and makes it end when it does not in time. */
  stop(): Promise<void>;
  /** Ends it at once, and whatever it started. */
  kill(): void;
}

/** Starts a TypeScript file of the repository, given from the root. */
export function startChild(file: string, args: readonly string[], options: ChildOptions): Child {
  const watch = options.reload === true ? ['--watch', '--watch-preserve-output'] : [];
  const child = spawn(process.execPath, [...watch, '--import', 'tsx', '--import', EXIT_WITH_PARENT, file, ...args], {
    cwd: ROOT,
    env: options.reload === true ? { ...options.env, STARTED_BY: String(process.pid) } : options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    readLines(stream, (line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      options.onLine(line);
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => resolve({ code: 1, signal: null, tail: [error.message] }));
    child.once('close', (code, signal) => resolve({ code, signal, tail }));
  });
  const kill = () => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  return { ended, stop: () => stopChild(child, ended), kill };
}

/** Runs a file to its end, or until `signal` is aborted. */
export async function runChild(
  file: string,
  args: readonly string[],
  options: ChildOptions,
  signal: AbortSignal,
): Promise<Ended> {
  const child = startChild(file, args, options);
  const stop = () => void child.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await child.ended;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function stopChild(child: ChildProcess, ended: Promise<Ended>): Promise<void> {
  if (child.pid === undefined) return;
  signalGroup(child.pid, 'SIGTERM');
  const force = setTimeout(() => signalGroup(child.pid as number, 'SIGKILL'), GRACE_MS);
  await ended;
  clearTimeout(force);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream?.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
