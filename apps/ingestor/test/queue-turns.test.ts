import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@cei-inoe/shared/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Surroundings } from '../src/compose/settings.ts';
import { runNextOperation } from '../src/queue/operations.ts';
import { registerFile } from '../src/queue/register-file.ts';
import { startWorkers } from '../src/queue/worker.ts';
import { openTrial, type Trial } from './support/open-trial.ts';
import { until } from './support/serve.ts';

let t: Trial;
let count = 0;
beforeAll(async () => {
  t = await openTrial();
  for (const meter of ['m', 'n']) await t.addSource(meter, 'UTC');
});
afterAll(() => t.close());

const makeText = () => `Date and Time,Hourly\n2025-07-01 00:00:00,${++count}\n`;
async function queueFile(): Promise<string> {
  const path = join(t.dir, `queued-${count}`);
  await writeFile(path, makeText());
  const registration = {
    path,
    name: 'm-x.csv',
    sourceType: 'file' as const,
    context: {},
    dryRun: false,
    datasourceId: null,
    maxBytes: 1e9,
    submittedBy: null,
  };
  return (await registerFile(t.pool, t.around.archive, registration)).batchId;
}
async function ask(batchId: string, operation: string, options: object = {}): Promise<string> {
  const [row] = await t.query<{ id: string }>(
    'INSERT INTO batch_operation (batch_id, operation, options) VALUES ($1, $2, $3) RETURNING id',
    [batchId, operation, JSON.stringify(options)],
  );
  return row!.id;
}
const readOperation = async (id: string) =>
  (
    await t.query<{ status: string; result: object | null }>(
      'SELECT status, result FROM batch_operation WHERE id = $1',
      [id],
    )
  )[0]!;
const untilDone = (id: string) =>
  until(`operation ${id}`, async () => ['completed', 'failed'].includes((await readOperation(id)).status));
const work = (around: Surroundings, workers = 1) =>
  startWorkers(around, { count: workers, pollMs: 25, staleSeconds: 60, onOutcome: () => undefined });

describe('a worker', () => {
  it('takes files and operations in turns, however many of each wait', async () => {
    const { batchId } = await t.load('m-1.csv', makeText());
    const files: string[] = [];
    for (let i = 0; i < 8; i++) files.push(await queueFile());
    const operations: string[] = [];
    for (let i = 0; i < 8; i++) operations.push(await ask(batchId, 'undo', { dry_run: true }));
    const workers = work(t.around);
    await until(
      'all files',
      async () => (await t.query("SELECT 1 FROM ingest_batch WHERE status IN ('pending', 'processing')")).length === 0,
    );
    await Promise.all(operations.map(untilDone));
    await workers.stop();
    const order = await t.query<{ what: string }>(
      `SELECT what FROM (
         SELECT 'file' AS what, completed_at FROM ingest_batch WHERE batch_id = ANY ($1::uuid[])
         UNION ALL SELECT 'operation', completed_at FROM batch_operation WHERE id = ANY ($2::bigint[])
       ) done ORDER BY completed_at`,
      [files, operations],
    );
    expect(order.map((o) => o.what)).toEqual(files.flatMap(() => ['file', 'operation']));
  });

  it('does what was asked of one batch in the order in which it was asked', async () => {
    const { batchId } = await t.load('m-1.csv', makeText());
    const asked: string[] = [];
    for (const operation of ['undo', 'redo', 'undo', 'redo', 'undo', 'redo', 'replay'])
      asked.push(await ask(batchId, operation));
    const workers = work(t.around, 4);
    await Promise.all(asked.map(untilDone));
    await workers.stop();
    for (const id of asked) expect(await readOperation(id)).toMatchObject({ status: 'completed' });
    const [replayed] = await t.query<{ status: string }>('SELECT status FROM ingest_batch WHERE replay_of = $1', [
      batchId,
    ]);
    expect(replayed).toEqual({ status: 'completed' });
  });

  it('lets an operation wait that something passing keeps from being done, and goes on with the others', async () => {
    const [first, second] = [await t.load('m-1.csv', makeText()), await t.load('n-1.csv', makeText())];
    const full = String((await t.batch(first.batchId)).file_sha256);
    let isFull = true;
    const archive: Surroundings['archive'] = {
      ...t.around.archive,
      find: async (sha256) => {
        if (isFull && sha256 === full) throw new Fault('disk_full');
        return t.around.archive.find(sha256);
      },
    };
    const around = { ...t.around, archive };
    const waiting = await ask(first.batchId, 'replay', { mapping: 'energy_hourly' });
    expect(await runNextOperation(around, 'a', [])).toEqual({ kind: 'postponed', id: waiting });
    expect(await readOperation(waiting)).toMatchObject({ status: 'pending', result: { code: 'disk_full' } });
    expect(await runNextOperation(around, 'a', [waiting])).toEqual({ kind: 'none' });
    const workers = work(around);
    const other = await ask(second.batchId, 'undo', { dry_run: true });
    await untilDone(other);
    expect(await readOperation(waiting)).toMatchObject({ status: 'pending' });
    isFull = false;
    await untilDone(waiting);
    await workers.stop();
    expect(await readOperation(waiting)).toMatchObject({
      status: 'completed',
      result: { operation: 'replay', batch_id: first.batchId, mapping: 'energy_hourly' },
    });
  });

  it('answers an operation that is refused with the reason', async () => {
    const { batchId } = await t.load('m-1.csv', makeText());
    const id = await ask(batchId, 'replay', { mapping: 'nobody' });
    expect(await runNextOperation(t.around, 'a', [])).toEqual({ kind: 'done' });
    expect(await readOperation(id)).toMatchObject({ status: 'failed', result: { code: 'mapping_unknown' } });
    expect(await t.batch(batchId)).toMatchObject({ status: 'completed' });
  });
});
