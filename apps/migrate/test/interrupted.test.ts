import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTempDir, ROOT, type TempDir } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from './support.ts';

let folder: TempDir;
beforeAll(async () => {
  folder = await makeTempDir();
});
afterAll(() => folder.remove());

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The process of the server of this data folder, while there is one. */
function findServer(dataDir: string): number | undefined {
  const file = join(dataDir, 'postgres/postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return isAlive(pid) ? pid : undefined;
}

/** Runs `pnpm migrate` until `isTime`, and presses Ctrl-C. */
async function interrupt(dataDir: string, signal: NodeJS.Signals, isTime: (said: string) => boolean) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'apps/migrate/src/cli.ts'], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: '', DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  while (!isTime(said) && child.exitCode === null) await sleep(5);
  child.kill(signal);
  const [code, by] = await ended;
  return { code, by, said };
}

describe('Ctrl-C in `pnpm migrate` on the embedded PostgreSQL', () => {
  it.each([
    ['while the cluster is made', 'SIGINT', (dir: string) => existsSync(join(dir, 'postgres.json'))],
    ['while the server starts', 'SIGTERM', (dir: string) => findServer(dir) !== undefined],
    ['in the middle of the migrations', 'SIGHUP', (_: string, said: string) => said.includes('applied ')],
  ] as const)(
    '%s leaves no server running, and nothing half done',
    async (name, signal, isTime) => {
      const dataDir = join(folder.path, name.replaceAll(' ', '-'));
      const { code, by, said } = await interrupt(dataDir, signal, (text) => isTime(dataDir, text));
      expect({ code, by }, said).toEqual({ code: null, by: signal });
      expect(findServer(dataDir)).toBeUndefined();
      const again = await migrate('', [], { DATA_DIR: dataDir });
      expect(again.code, again.stderr).toBe(0);
      expect(findServer(dataDir)).toBeUndefined();
      expect((await migrate('', ['status'], { DATA_DIR: dataDir })).stderr).toContain('up to date');
    },
    90_000,
  );
});
