import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openPool, type Pool } from '@cei-inoe/shared/database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { replayBatch } from '../src/compose/replay-batch.ts';
import type { Surroundings } from '../src/compose/settings.ts';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { claimBatch } from '../src/queue/claims.ts';
import { registerFile } from '../src/queue/register-file.ts';
import { runClaimed } from '../src/queue/run-claimed.ts';
import { openTrial, type Trial } from './support/open-trial.ts';

// As docker-compose runs it: the ingestor is no owner of anything and has the rights of its role.

let t: Trial;
let pool: Pool;
let around: Surroundings;
let files = 0;
beforeAll(async () => {
  t = await openTrial();
  const url = new URL(t.url);
  url.searchParams.set('options', '-c role=cei_ingestor');
  pool = openPool(url.href, { applicationName: 'test', max: 4 });
  around = { ...t.around, pool, newDatasources: 'create', defaultTimezone: 'UTC' };
});
afterAll(async () => {
  await pool.end();
  await t.close();
});

async function load(name: string, content: string): Promise<string> {
  const path = join(t.dir, `role-${++files}`);
  await writeFile(path, content);
  const file = { path, name, sourceType: 'file', context: {}, dryRun: false, datasourceId: null } as const;
  await registerFile(pool, around.archive, { ...file, maxBytes: 1e9, submittedBy: null });
  const batch = await claimBatch(pool, 'worker', [], []);
  if (batch === undefined) expect.unreachable('nothing to claim');
  const outcome = await runClaimed(around, batch);
  expect(outcome.kind === 'failed' ? outcome.fault.message : outcome.kind).toBe('loaded');
  return batch.batchId;
}
const hours = (...values: string[]) =>
  ['Date and Time,Hourly', ...values.map((value, hour) => `2025-07-01 0${hour}:00:00,${value}`), ''].join('\n');
const read = async () =>
  (await t.query<{ kwh: number }>('SELECT energy_kwh AS kwh FROM fact_energy_hourly ORDER BY ts')).map(
    ({ kwh }) => kwh,
  );
const wish = { requestedBy: null, dryRun: false };

it('loads, changes, refuses, undoes, redoes and replays with the rights of its role alone', async () => {
  expect((await pool.query('SELECT current_user AS who')).rows).toEqual([{ who: 'cei_ingestor' }]);
  const first = await load('m1-a.csv', hours('1', '2', 'x'));
  const second = await load('m1-b.csv', hours('1', '5', '3'));
  expect(await read()).toEqual([1, 5, 3]);
  await undoBatch(around, second, wish);
  expect(await read()).toEqual([1, 2]);
  await redoBatch(around, second, wish);
  expect(await read()).toEqual([1, 5, 3]);
  t.useMappings({
    wh: 'dataset: energy_hourly\ncolumns: { "Date and Time": ts, Hourly: { to: energy_kwh, unit: Wh } }\ntime: { format: iso }\n',
  });
  await replayBatch(around, first, { ...wish, load: { mapping: 'wh' } });
  // The second came after it, and says so of all three hours.
  expect(await read()).toEqual([1, 5, 3]);
  await undoBatch(around, second, wish);
  expect(await read()).toEqual([0.001, 0.002]);
});
