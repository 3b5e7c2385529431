// One system for all pages: `pnpm start` in a folder of its own on a free port, and a shell in which the pages' commands mean this project.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTempDir, ROOT } from '@cei-inoe/shared/testing';

const TSX = import.meta.resolve('tsx');
const READY_MS = 90_000;

/** Name → command line, of package.json. */
export const SCRIPTS: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
).scripts;

/** `pnpm NAME …` without pnpm, whose start takes longer than most of the commands. */
function writePnpm(): string {
  const cases = Object.entries(SCRIPTS).flatMap(([name, script]) => {
    const found = /^node ((?:--[\w=-]+ )*)--import tsx (\S+)(.*)$/.exec(script);
    if (found === null) return [];
    const [, options, file, args] = found;
    return [`'${name}') shift; node ${options}--import '${TSX}' '${ROOT}${file}'${args} "$@";;`];
  });
  return `pnpm() { case "$1" in\n${cases.join('\n')}\n*) echo "no script $1" >&2; return 127;; esac; }`;
}

const findFreePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });

export interface Printed {
  readonly code: number | null;
  /** stdout and stderr, as a terminal shows them. */
  readonly text: string;
}

export type TrialSystem = Awaited<ReturnType<typeof startTrialSystem>>;

export async function startTrialSystem() {
  const dir = await makeTempDir();
  const port = await findFreePort();
  for (const name of ['docs', 'db', 'prisma', 'apps']) await symlink(join(ROOT, name), join(dir.path, name));
  // The developer's own settings must not reach it.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1', FILE_STABLE_MS: '200', USER: 'you' };
  const system = { ...env, DATA_DIR: join(dir.path, 'data'), PORT: String(port), MAPPINGS_DIR: join(dir.path, 'my') };
  await mkdir(system.MAPPINGS_DIR);
  const child = spawn(process.execPath, ['--import', TSX, join(ROOT, 'apps/standalone/src/cli.ts')], {
    cwd: dir.path,
    env: system,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const started = collect(child);
  for (const deadline = Date.now() + READY_MS; !/Ctrl-C/.test(started()); await sleep(50)) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error(`pnpm start: ${started()}`);
  }
  const prelude = join(dir.path, '.prelude.sh');
  const curl = `curl() { command curl -sS "\${@//localhost:8000/localhost:${port}}"; }`;
  await writeFile(prelude, `${writePnpm()}\n${curl}\n`);

  /** Runs `command` in the folder of the system. */
  async function run(command: string): Promise<Printed> {
    const shell = spawn('bash', ['-c', `. ${prelude}\n{ ${command}\n} 2>&1`], {
      cwd: dir.path,
      env: system,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    });
    let text = '';
    shell.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const [code] = await once(shell, 'close');
    if (/incoming\/|-F |-X POST| -d /.test(command)) await settle();
    return { code: code as number | null, text };
  }
  /** Waits until what was dropped or uploaded is loaded and delivered. */
  async function settle(): Promise<void> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) {
      const waiting = await readdir(join(system.DATA_DIR, 'incoming'));
      const held = (await readdir(join(system.DATA_DIR, 'spool'))).filter((name) => name.endsWith('.dropped'));
      if (waiting.length + held.length === 0 && !(await isBusy(port))) return;
    }
    throw new Error('the system did not come to rest');
  }
  async function stop(): Promise<void> {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'close');
    await dir.remove();
  }
  return { dir: dir.path, url: `http://localhost:${port}`, started, run, stop };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

async function isBusy(port: number): Promise<boolean> {
  for (const status of ['pending', 'processing']) {
    const answer = await fetch(`http://localhost:${port}/batches?status=${status}`);
    if (((await answer.json()) as { data: unknown[] }).data.length > 0) return true;
  }
  return false;
}
