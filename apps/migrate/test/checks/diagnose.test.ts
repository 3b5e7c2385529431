import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from '@cei-inoe/shared/database';
import {
  createDatabase,
  createEmptyDatabase,
  makeTempDir,
  runCli,
  type TempDir,
  type TestDatabase,
} from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFolders, checkNode, checkRoom, checkZones } from '../../src/checks/machine-checks.ts';
import { checkClock } from '../../src/checks/server-checks.ts';

let database: TestDatabase;
let dir: TempDir;
beforeAll(async () => {
  [database, dir] = await Promise.all([createDatabase(), makeTempDir()]);
});
afterAll(() => Promise.all([database.drop(), dir.remove()]));

const diagnose = (env: Record<string, string> = {}, ...args: string[]) =>
  runCli('apps/migrate/src/checks/diagnose-cli.ts', args, {
    env: { DATABASE_URL: database.url, DATA_DIR: join(dir.path, 'data'), ...env },
  });
interface Outcome {
  readonly passed: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly detail: string;
    readonly remedy?: string;
  }[];
}
const read = (text: string) => JSON.parse(text) as Outcome;
/** The server of the tests is run without fsync, to be fast, and that is named. */
const findFailed = (text: string) => read(text).checks.filter(({ name, passed }) => !passed && name !== 'settings');

describe('pnpm diagnose', () => {
  it('finds what is sound sound, with a line for each check', async () => {
    const done = await diagnose();
    expect(done.stdout.match(/^failed .*/gm), done.stdout).toEqual([
      expect.stringMatching(/^failed {2}settings {6}fsync is off/),
    ]);
    expect([done.code, done.stderr]).toEqual([1, expect.stringMatching(/^1 of \d+ checks failed\n$/)]);
    for (const name of [
      'node',
      'folders',
      'disk',
      'postgres',
      'clock',
      'migrations',
      'rights',
      'autovacuum',
      'bloat',
      'queue',
      'archive',
    ])
      expect(done.stdout).toMatch(new RegExp(`^ok {6}${name} `, 'm'));
  });

  it('names what is stuck and what is gone, with what to do', async () => {
    const { pool } = database;
    await pool.query(
      `INSERT INTO ingest_batch (batch_id, source_type, status, file_sha256, created_at) VALUES
       (gen_random_uuid(), 'file', 'completed', repeat('ab', 32), now()), (gen_random_uuid(), 'file', 'pending', NULL, now() - interval '1 hour')`,
    );
    const done = await diagnose({}, '--json');
    expect(done.code).toBe(1);
    expect(findFailed(done.stdout).map(({ name, detail }) => [name, detail])).toEqual([
      ['queue', '1 wait for over 15 minutes'],
      ['archive', 'abababababab…'],
    ]);
    for (const { remedy } of findFailed(done.stdout)) expect(remedy).toMatch(/\.$/);
    await pool.query('DELETE FROM ingest_batch');
  });

  it('says so where the server is away, where it is not migrated, and where the folder is none', async () => {
    const away = new URL(database.url);
    away.port = '1';
    const unreached = await diagnose({ DATABASE_URL: away.href }, '--json');
    expect(findFailed(unreached.stdout)).toMatchObject([
      { name: 'postgres', detail: expect.stringContaining('database_unreachable') },
    ]);
    expect(unreached.stdout + unreached.stderr).not.toContain(`${away.password}@`);
    const empty = await createEmptyDatabase();
    expect(findFailed((await diagnose({ DATABASE_URL: empty.url }, '--json')).stdout)).toMatchObject([
      { name: 'migrations', remedy: 'Run `pnpm migrate`.' },
    ]);
    await empty.drop();
    await mkdir(join(dir.path, 'odd'));
    await writeFile(join(dir.path, 'odd/spool'), 'a file');
    const odd = findFailed((await diagnose({ DATA_DIR: join(dir.path, 'odd') }, '--json')).stdout);
    expect(odd).toMatchObject([{ name: 'folders', detail: expect.stringContaining('spool/') }]);
  });

  it.each([
    ['20.18.9', false],
    ['20.19.0', true],
    ['18.20.0', false],
    ['24.1.0', true],
  ])('of Node %s thinks %s', (version, passed) => {
    expect(checkNode(version).passed).toBe(passed);
  });

  it.each([
    [-7_200_000, '7200.0 s apart'],
    [30_000, '30.0 s apart'],
  ])('names a clock that is %i ms off, with what to do', async (offMs, said) => {
    const wrong = { query: async () => ({ rows: [{ now: new Date(Date.now() + offMs) }] }) } as unknown as Pool;
    const check = await checkClock(wrong);
    expect(check).toMatchObject({ name: 'clock', passed: false, remedy: expect.stringContaining('NTP') });
    expect(Number.parseFloat(check.detail)).toBeCloseTo(Number.parseFloat(said), -1);
  });

  it('names a disk that is full, with what to do', async ({ skip }) => {
    const disk = join(dir.path, 'small');
    await mkdir(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status !== 0) skip();
    try {
      expect(await checkRoom(disk)).toMatchObject({
        name: 'disk',
        passed: false,
        remedy: expect.stringContaining('Make room'),
      });
      expect((await checkFolders(disk)).passed).toBe(true);
      await writeFile(join(disk, 'filler'), Buffer.alloc(2 ** 20)).catch(() => undefined);
      expect(await checkFolders(disk)).toMatchObject({
        name: 'folders',
        passed: false,
        detail: expect.stringContaining('no space left'),
        remedy: expect.stringContaining('Free some space'),
      });
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  it('knows the time zones of this machine, and its room', async () => {
    expect(checkZones().passed).toBe(true);
    expect((await checkRoom(dir.path)).detail).toMatch(/^[\d.]+ GiB free \(\d+ %\)$/);
  });
});
