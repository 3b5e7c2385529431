// In the test: starts processes of the ingestor that can be told to go wrong, from one file that is put together once, so that each starts in a sixth of a second.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ROOT } from '@cei-inoe/shared/testing';
import type { Order, Point, Report } from './points.ts';

interface Loader {
  onLoad(options: { filter: RegExp }, load: (file: { path: string }) => object | undefined): void;
}
interface Bundler {
  build(options: object): Promise<unknown>;
}

export interface Bundle {
  readonly path: string;
  remove(): void;
}

/** Puts `faulty-cli.ts` and all it imports into one file. What a source says about its own place stays true. */
export async function bundleFaultyCli(): Promise<Bundle> {
  const { build } = createRequire(createRequire(import.meta.url).resolve('tsx'))('esbuild') as Bundler;
  // Beside node_modules, where packages are found from.
  const folder = join(ROOT, 'apps/ingestor/node_modules/.cache');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `faulty-cli-${process.pid}-${Date.now()}.mjs`);
  const keepPlaces = (loader: Loader) =>
    loader.onLoad({ filter: /\.([mc]?js|ts)$/ }, (file) => {
      const text = readFileSync(file.path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const place = JSON.stringify(pathToFileURL(file.path).href);
      return { contents: text.replaceAll('import.meta.url', place), loader: file.path.endsWith('ts') ? 'ts' : 'js' };
    });
  const outer = JSON.stringify(pathToFileURL(path).href);
  await build({
    entryPoints: [fileURLToPath(new URL('./faulty-cli.ts', import.meta.url))],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(${outer});`,
    },
    plugins: [{ name: 'places', setup: keepPlaces }],
  });
  return { path, remove: () => rmSync(path, { force: true }) };
}

export interface FaultyProcess {
  readonly pid: number;
  /** Runs `ingestor <args>`, armed or recording from its first step. */
  go(args: readonly string[], options?: { readonly arm?: Point; readonly record?: boolean }): void;
  arm(point: Point): Promise<void>;
  /** Writes down every step from now on, until it is asked for them. */
  record(): void;
  tell(): Promise<readonly string[]>;
  putForward(ms: number): void;
  /** Lets every step that needs room on the disk fail, or go well again. */
  setDisk(full: boolean): void;
  /** The points at which it went wrong, but for those at which it was killed before the step. */
  readonly hits: readonly Point[];
  isAlive(): boolean;
  /** Signal, or exit code. */
  readonly ended: Promise<string>;
  log(): string;
  kill(): Promise<void>;
  /** Asks it to end, and returns how it did. */
  stop(): Promise<string>;
}

export function startFaulty(bundle: Bundle, env: Readonly<Record<string, string>>): FaultyProcess {
  const child = spawn(process.execPath, [bundle.path], {
    cwd: ROOT,
    env: { ...process.env, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const hits: Point[] = [];
  child.on('message', (report: Report) => {
    if ('hit' in report) hits.push(report.hit);
  });
  const ended = new Promise<string>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? String(code))),
  );
  const send = (order: Order) => {
    if (child.connected) child.send(order, () => undefined);
  };
  return {
    pid: child.pid ?? 0,
    hits,
    ended,
    log: () => text,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    go: (args, options = {}) => send({ do: 'go', args, ...options }),
    async arm(point) {
      send({ do: 'arm', arm: point });
      await awaitReport(child, ended, (report) => ('ready' in report ? true : undefined));
    },
    record: () => send({ do: 'record' }),
    async tell() {
      send({ do: 'tell' });
      return (await awaitReport(child, ended, (report) => ('told' in report ? report.told : undefined))) ?? [];
    },
    putForward: (ms) => send({ do: 'later', ms }),
    setDisk: (full) => send({ do: 'disk', full }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** The answer, or undefined when the process ends first. */
function awaitReport<T>(
  child: ChildProcess,
  ended: Promise<string>,
  choose: (report: Report) => T | undefined,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const onMessage = (report: Report) => {
      const chosen = choose(report);
      if (chosen === undefined) return;
      child.off('message', onMessage);
      resolve(chosen);
    };
    child.on('message', onMessage);
    void ended.then(() => resolve(undefined));
  });
}
