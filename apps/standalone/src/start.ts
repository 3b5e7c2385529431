// `pnpm start`: database, schema, seeds, samples, API and ingestor, in this order; and everything down again in the other.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DatabaseUrl, openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { Fault, type FaultOptions } from '@cei-inoe/shared/errors';
import { hidePasswords } from '@cei-inoe/shared/log';
import { INGESTOR_NODE_OPTIONS } from '@cei-inoe/shared/node-options';
import { type Child, type ChildOptions, type Ended, runChild, startChild } from './child.ts';
import type { StartConfig } from './config.ts';
import { describeLogLine } from './log-line.ts';
import { areLoaded, hashSamples, listSamples, markLoaded, ROOT } from './samples.ts';
import { bold, dim, say, sayStep } from './say.ts';
import { checkPort, takeFolder } from './single.ts';

const FOLDERS = ['incoming', 'processed', 'rejected', 'spool', 'archive'];
const READY_TIMEOUT_MS = 60_000;

export interface StartFlags {
  readonly reload?: boolean;
}

/** `stop`: end everything in order. `force`: and do not wait for the apps to finish what they do. */
export interface Signals {
  readonly stop: AbortSignal;
  readonly force: AbortSignal;
}

/** Runs everything until it is told to stop. @throws Fault for whatever keeps it from running */
export async function start(config: StartConfig, flags: StartFlags, signals: Signals): Promise<void> {
  const closers: (() => Promise<void>)[] = [];
  try {
    await runAll(config, flags, signals, closers);
  } catch (error) {
    // A step that was broken off because we are to stop is no fault.
    if (!signals.stop.aborted) throw error;
  } finally {
    if (signals.stop.aborted) say('\nStopping …');
    for (const close of closers.reverse()) await close().catch((error: unknown) => say(hidePasswords(String(error))));
  }
}

async function runAll(
  config: StartConfig,
  flags: StartFlags,
  { stop: signal, force }: Signals,
  closers: (() => Promise<void>)[],
): Promise<void> {
  await makeFolders(config.DATA_DIR);
  closers.push(await takeFolder(config.DATA_DIR, config.PORT));
  await checkPort(config.HOST, config.PORT);
  const readyFile = join(config.DATA_DIR, 'ready');
  await rm(readyFile, { force: true });
  const database = await openDatabase(config, closers);
  signal.throwIfAborted();
  const env = makeEnv(config, database.url, readyFile);
  const runStep = makeRunStep(env, signal);
  await sayStep('schema', async () => describeStep(await runStep('apps/migrate/src/cli.ts')));
  const children = startApps(env, flags, force, closers);
  closers.push(() => rm(readyFile, { force: true }));
  const died = watchForDeath(children, signal);
  await Promise.race([prepare(config, database, runStep, readyFile), died, abortOf(signal)]);
  signal.throwIfAborted();
  sayWelcome(config);
  await Promise.race([died, abortOf(signal)]);
}

async function makeFolders(dataDir: string): Promise<void> {
  for (const folder of FOLDERS) {
    await mkdir(join(dataDir, folder), { recursive: true }).catch((error: unknown) => {
      throw new Fault('folder_unwritable', `${join(dataDir, folder)} cannot be made.`, { cause: error });
    });
  }
}

async function openDatabase(config: StartConfig, closers: (() => Promise<void>)[]): Promise<DatabaseUrl> {
  let database: DatabaseUrl | undefined;
  await sayStep('database', async () => {
    database = await openDatabaseUrl(config);
    closers.push(database.close);
    return database.embedded ? `PostgreSQL 18 in ${join(config.DATA_DIR, 'postgres')}` : hidePasswords(database.url);
  });
  if (database === undefined) throw new Fault('internal');
  return database;
}

function makeEnv(config: StartConfig, url: string, readyFile: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // Files are named from the root, wherever the command was typed.
    INIT_CWD: ROOT,
    DATABASE_URL: url,
    DATA_DIR: config.DATA_DIR,
    PORT: String(config.PORT),
    HOST: config.HOST,
    READY_FILE: readyFile,
    LOG_LEVEL: process.env.LOG_LEVEL || 'info',
  };
}

type RunStep = (
  file: string,
  args?: readonly string[],
  accepted?: readonly number[],
  onLine?: (line: string) => void,
) => Promise<Ended>;

/** Makes the way to run one command to its end. It throws a Fault with what the command printed, and when we are to stop. */
const makeRunStep =
  (env: NodeJS.ProcessEnv, signal: AbortSignal): RunStep =>
  async (file, args = [], accepted = [0], onLine = () => undefined) => {
    signal.throwIfAborted();
    const ended = await runChild(file, args, { env, onLine }, signal);
    // What was broken off must not count as done.
    signal.throwIfAborted();
    if (ended.code === null || !accepted.includes(ended.code)) throw makeStepFault(file, ended);
    return ended;
  };

function makeStepFault(file: string, ended: Ended): Fault {
  const options: FaultOptions = { errors: ended.tail.map((line) => ({ message: hidePasswords(line) })) };
  return new Fault('internal', `${file} ended with ${ended.code ?? ended.signal}:`, options);
}

const describeStep = (ended: Ended): string =>
  ended.tail.findLast((line) => line.trim() !== '')?.trim() ?? 'up to date';

function startApps(
  env: NodeJS.ProcessEnv,
  flags: StartFlags,
  force: AbortSignal,
  closers: (() => Promise<void>)[],
): Map<string, Child> {
  // People see this terminal: what became of files, and what needs attention; all of the log if they ask for it.
  const isAsked = (process.env.LOG_LEVEL ?? '') !== '';
  const show = (name: string) => (line: string) => {
    const words = isAsked ? undefined : describeLogLine(line);
    if (words !== '') say(words ?? dim(`${name} │ ${line}`));
  };
  const options = (name: string) => ({ env, onLine: show(name), reload: flags.reload === true });
  const children = new Map([
    ['api', startChild('apps/api/src/cli.ts', [], options('api'))],
    ['ingestor', startChild('apps/ingestor/src/cli.ts', ['watch'], addNodeOptions(options('ingestor')))],
  ]);
  const all = [...children.values()];
  force.addEventListener('abort', () => all.forEach((child) => void child.kill()), { once: true });
  closers.push(async () => void (await Promise.all(all.map((child) => child.stop()))));
  return children;
}

/** Those of the user count more, and come last. */
const addNodeOptions = (options: ChildOptions): ChildOptions => ({
  ...options,
  env: { ...options.env, NODE_OPTIONS: `${INGESTOR_NODE_OPTIONS} ${options.env.NODE_OPTIONS ?? ''}`.trim() },
});

/** Rejects when an app ends that should run. */
function watchForDeath(children: ReadonlyMap<string, Child>, signal: AbortSignal): Promise<void> {
  return Promise.race(
    [...children].map(async ([name, child]) => {
      const ended = await child.ended;
      if (!signal.aborted) throw makeStepFault(`The ${name}`, ended);
    }),
  );
}

/** Seeds and samples (for a database of our own only), then the word that all is in. */
async function prepare(config: StartConfig, database: DatabaseUrl, runStep: RunStep, readyFile: string): Promise<void> {
  if (database.embedded) {
    const hash = await hashSamples(database.url);
    if (!(await areLoaded(config.DATA_DIR, hash))) {
      await sayStep('seeds', async () => describeStep(await runStep('apps/migrate/src/seed-cli.ts')));
      await sayStep('samples', () => loadSamples(runStep));
      await markLoaded(config.DATA_DIR, hash);
    }
  }
  await writeFile(readyFile, '');
  await sayStep('api', () => waitForReady(config));
}

/** One sample has bad rows on purpose: exit code 3. What the ingestor says about each file is shown, as it is what users will meet. */
async function loadSamples(runStep: RunStep): Promise<string> {
  const files = await listSamples();
  await runStep('apps/ingestor/src/cli.ts', ['ingest', ...files.map((file) => relative(ROOT, file))], [0, 3], (line) =>
    say(`  ${line}`),
  );
  return `${files.length} files of 2025`;
}

const findUrl = (config: StartConfig): string => {
  const host = ['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::'].includes(config.HOST) ? 'localhost' : config.HOST;
  return `http://${host}:${config.PORT}`;
};

async function waitForReady(config: StartConfig): Promise<string> {
  const host = ['0.0.0.0', '::'].includes(config.HOST) ? '127.0.0.1' : config.HOST;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${config.PORT}/ready`;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    if (response?.status === 200) return 'ready';
    if (Date.now() > deadline)
      throw new Fault(
        'internal',
        `The API does not become ready: ${(await response?.text()) ?? 'it does not answer'}.`,
      );
    await sleep(50);
  }
}

function sayWelcome(config: StartConfig): void {
  const url = findUrl(config);
  say(`
  ${bold('API')}           ${url}   try it: ${url}/docs
  ${bold('Drop files in')} ${join(config.DATA_DIR, 'incoming')}
  ${bold('Stop')}          Ctrl-C
`);
}

const abortOf = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  );
