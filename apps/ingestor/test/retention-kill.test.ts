// The policy of keeping beside everything else at once, and killed in the middle of it: what is gone was said to be gone before, and nothing else is.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { pruneArchive } from '../src/retention/prune-archive.ts';
import { pruneHistory } from '../src/retention/prune-history.ts';
import { account, openTrial, type Trial } from './support/open-trial.ts';

let t: Trial;
const quiet = { requestedBy: null, dryRun: false };
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

const now = async () => (await t.query<{ at: string }>('SELECT clock_timestamp()::text AS at'))[0]!.at;

it('killed again and again, removes what is too old and nothing else, says so first, and counts each once', async () => {
  const id = await t.addSource('killed', 'UTC');
  const { batchId } = await t.load('killed-x.csv', 'Date and Time,Hourly\n07/01/2025 01:00:00 AM,1\n');
  const SIZE = 60_000;
  // Every second version ended 500 days ago, the others yesterday.
  await t.query(
    `INSERT INTO fact_energy_hourly_history (datasource_id, ts, energy_kwh, batch_id, valid_from, valid_to, closed_by, reason)
     SELECT $1, timestamptz '2020-01-01Z' + n * interval '10 minutes', n, $2, now() - interval '900 days',
       now() - CASE WHEN n % 2 = 0 THEN interval '500 days' ELSE interval '1 day' END, $2, 'update' FROM generate_series(1, $3::int) n`,
    [id, batchId, SIZE],
  );
  const args = [
    '--import',
    import.meta.resolve('tsx'),
    'apps/ingestor/src/cli.ts',
    'batches',
    'prune',
    '--history-older-than',
    '400d',
  ];
  const start = () =>
    spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, DATABASE_URL: t.url, DATA_DIR: t.dir, LOG_LEVEL: 'silent' },
      stdio: 'ignore',
    });
  const look = async () => {
    const [row] = await t.query<{ old: number; young: number; removed: string | null; said: boolean }>(
      `SELECT count(*) FILTER (WHERE valid_to < now() - interval '400 days')::int AS old,
         count(*) FILTER (WHERE valid_to > now() - interval '400 days')::int AS young,
         (SELECT removed FROM retention WHERE what = 'history') AS removed,
         EXISTS (SELECT FROM retention WHERE what = 'history' AND horizon > now() - interval '401 days') AS said
       FROM fact_energy_hourly_history`,
    );
    return row!;
  };
  let cuts = 0;
  for (let round = 0; round < 6; round++) {
    const before = await look();
    const child = start();
    const closed = once(child, 'close');
    // As soon as something of it is gone, or a little later.
    for (let at = 0; at < 400 && child.exitCode === null && (await look()).old === before.old; at++) await sleep(5);
    await sleep(round * 2);
    child.kill('SIGKILL');
    await closed;
    // What its connection was doing ends, one way or the other.
    await expect
      .poll(
        async () =>
          (
            await t.query(
              "SELECT FROM pg_stat_activity WHERE application_name = 'cei-ingestor' AND datname = current_database()",
            )
          ).length,
      )
      .toBe(0);
    const { old, young, removed, said } = await look();
    expect(young).toBe(SIZE / 2);
    expect(old + Number(removed ?? 0)).toBe(SIZE / 2);
    if (old < SIZE / 2) expect(said).toBe(true);
    if (old > 0) cuts++;
  }
  expect(cuts).toBeGreaterThan(0);
  const [code] = await once(start(), 'close');
  expect([code, await look()]).toEqual([0, { old: 0, young: SIZE / 2, removed: String(SIZE / 2), said: true }]);
}, 60_000);

it('beside loads, undos and redos of the same source leaves what they give, and refuses only what it took', async () => {
  await t.addSource('busy', 'UTC');
  const stopping = new AbortController();
  const pruned = (async () => {
    while (!stopping.signal.aborted) {
      const horizon = await now();
      await sleep(20);
      await pruneHistory(t.pool, horizon);
      await pruneArchive(t.around, horizon);
    }
  })();
  let stands = 0;
  const refused: string[] = [];
  for (let round = 1; round <= 25; round++) {
    const loaded = await t.load('busy-x.csv', `Date and Time,Hourly\n07/01/2025 01:00:00 AM,${round}\n`);
    expect(account(loaded)).toMatch(/^1 = (1\+0|0\+1)~ 0= 0- 0!$/);
    const earlier = stands;
    stands = round;
    const turn = async (work: Promise<unknown>, after: number) => {
      try {
        await work;
        stands = after;
      } catch (error) {
        refused.push((error as { code: string }).code);
      }
    };
    if (round % 2 === 0) await turn(undoBatch(t.around, loaded.batchId, quiet), earlier);
    if (round % 4 === 0 && stands === earlier) await turn(redoBatch(t.around, loaded.batchId, quiet), round);
    const rows = await t.query<{ energy_kwh: number }>(
      "SELECT energy_kwh FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id WHERE d.external_id = 'busy'",
    );
    expect(rows).toEqual([{ energy_kwh: stands }]);
  }
  stopping.abort();
  await pruned;
  expect(new Set(refused)).toEqual(new Set(refused.length > 0 ? ['history_pruned'] : []));
}, 60_000);
