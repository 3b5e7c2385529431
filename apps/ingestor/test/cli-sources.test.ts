// `pnpm sources freshness|gaps`: exit codes, table and JSON.
import { runCli } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTrial, type Trial } from './support/open-trial.ts';

let t: Trial;
beforeAll(async () => {
  t = await openTrial();
  await t.addSource('m1', 'Asia/Nicosia');
  await t.addSource('m2', 'Asia/Nicosia');
  const hours = ['00', '01', '04'].map((hour) => `2025-03-30 ${hour}:00:00,1`);
  await t.load('m1-1.csv', ['Date and Time,Hourly', ...hours, '2025-03-30 07:00:00,1', ''].join('\n'));
  await t.load('m2-1.csv', ['Date and Time,Hourly', '2025-03-30 00:00:00,1', '2025-03-30 01:00:00,1', ''].join('\n'));
});
afterAll(() => t.close());

const run = (...args: string[]) =>
  runCli('apps/ingestor/src/cli.ts', ['sources', ...args], {
    env: { DATABASE_URL: t.url, DATA_DIR: t.dir, LOG_LEVEL: 'warn' },
  });

describe('pnpm sources', () => {
  it('shows what is late, and ends with 3', async () => {
    const { code, stdout, stderr } = await run('freshness', '--datasource', 'm1', '--at', '2025-04-30T00:00:00Z');
    expect(stdout).toMatch(/^late {3}m1 /m);
    expect(stderr).toContain('1 late of 1.');
    expect(code).toBe(3);
  });

  it('ends with 0 while nothing is late', async () => {
    const { code, stdout } = await run('freshness', '--datasource', 'm2', '--at', '2025-03-30T01:00:00Z', '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ external_id: 'm2', state: 'fresh', step_seconds: 3600 }]);
    expect(code).toBe(0);
  });

  it('shows gaps by the local clock: the hour that the spring skips is none', async () => {
    const { code, stdout } = await run('gaps');
    expect(
      stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['m1', 'energy_hourly', '2025-03-30 02:00', '2025-03-30 04:00', '1 hour', '0'],
      ['m1', 'energy_hourly', '2025-03-30 05:00', '2025-03-30 07:00', '2 hours', '0'],
    ]);
    expect(code).toBe(3);
    expect(JSON.parse((await run('gaps', '--datasource', 'm2', '--json')).stdout)).toEqual({
      gaps: [],
      disagreements: [],
    });
  });

  it.each([
    [['gaps', '--from', '2025-13-01'], 2],
    [['gaps', '--from', '2025-03-02', '--to', '2025-03-01'], 2],
    [['gaps', '--tolerance', 'much'], 2],
    [['freshness', '--at', '2025-03-30'], 2],
    [['gaps', '--datasource', 'nobody'], 1],
  ])('refuses %s', async (args, code) => {
    expect((await run(...args)).code).toBe(code);
  });
});
