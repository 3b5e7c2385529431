import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openArchive } from '@cei-inoe/shared/archive';
import { makeTempDir } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPassing } from '../src/compose/load-batch.ts';
import { claimBatch, giveBack, keepAlive, reapDead } from '../src/queue/claims.ts';
import { registerFile } from '../src/queue/register-file.ts';
import { runClaimed } from '../src/queue/run-claimed.ts';
import { openTrial, type Trial } from './support/open-trial.ts';
import { listNames, type ServiceProcess, serve, serveInProcess, until } from './support/serve.ts';

let t: Trial;
let count = 0;
const addMeter = async () => {
  const externalId = `meter${++count}`;
  return { externalId, id: await t.addSource(externalId, 'UTC') };
};
const hourly = (...rows: string[]) => ['Date and Time,Hourly', ...rows, ''].join('\n');
/** `rows` minutes from the year 2000 on, each with its own number; the sum is rows × (rows − 1) ÷ 2. */
const manyMinutes = (rows: number): string => {
  const first = Date.UTC(2000, 0, 1);
  const lines = Array.from({ length: rows }, (_, at) => `${new Date(first + at * 60_000).toISOString()},${at % 1000}`);
  return `Date and Time,Hourly\n${lines.join('\n')}\n`;
};
const BIG = 1_500_000;
const BIG_SUM = (BIG / 1000) * ((999 * 1000) / 2);

/** Registers a file as the drop folder does: pending, nobody's yet. */
async function queue(name: string, content: string, datasourceId: number | null = null): Promise<string> {
  const path = join(t.dir, `queued-${++count}`);
  await writeFile(path, content);
  const batch = await registerFile(t.pool, t.around.archive, {
    path,
    name,
    sourceType: 'file',
    context: {},
    dryRun: false,
    datasourceId,
    maxBytes: 1e9,
    submittedBy: null,
  });
  return batch.batchId;
}
const readStatus = async (id: string) => String((await t.batch(id)).status);
const makeStale = (id: string) =>
  t.query("UPDATE ingest_batch SET heartbeat_at = now() - interval '2 minutes' WHERE batch_id = $1", [id]);
const summarise = async (id: number) =>
  (
    await t.query<{ rows: number; sum: number | null }>(
      'SELECT count(*)::int AS rows, sum(energy_kwh) AS sum FROM fact_energy_hourly WHERE datasource_id = $1',
      [id],
    )
  )[0]!;
/** Sessions of ingestors, but for this process's own pool. */
const listSessions = (state: string) =>
  t.query<{ pid: number; query: string }>(
    `SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'cei-ingestor' AND state LIKE $1`,
    [state],
  );
const untilCopying = () =>
  until('a COPY', async () => (await listSessions('active')).find((s) => s.query.startsWith('COPY')));

beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

describe('a claim', () => {
  it('is taken by one of two workers, and the files of one source wait for one another in the order in which they came', async () => {
    const { externalId, id } = await addMeter();
    const other = await addMeter();
    const first = await queue(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00,1'), id);
    const second = await queue(`${externalId}-2.csv`, hourly('2025-07-01 01:00:00,2'), id);
    const third = await queue(`${other.externalId}-3.csv`, hourly('2025-07-01 01:00:00,2'), other.id);
    const claims = await Promise.all(['a', 'b', 'c', 'd'].map((worker) => claimBatch(t.pool, worker, [])));
    expect(claims.flatMap((c) => c?.batchId ?? []).sort()).toEqual([first, third].sort());
    for (const claim of claims) if (claim !== undefined) await runClaimed(t.around, claim);
    const next = await claimBatch(t.pool, 'a', []);
    expect(next?.batchId).toBe(second);
    await runClaimed(t.around, next!);
    expect(await claimBatch(t.pool, 'a', [])).toBeUndefined();
    expect(await summarise(id)).toEqual({ rows: 2, sum: 3 });
  });

  it('of a worker that gave no sign of life goes back to the queue; one that did keeps it', async () => {
    const { externalId } = await addMeter();
    const id = await queue(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00,1'));
    const claim = (await claimBatch(t.pool, 'a', []))!;
    expect(await reapDead(t.pool, 60)).toBe(0);
    await makeStale(id);
    await keepAlive(t.pool, claim);
    expect(await reapDead(t.pool, 60)).toBe(0);
    await makeStale(id);
    expect(await reapDead(t.pool, 60)).toBe(1);
    expect(await t.batch(id)).toMatchObject({ status: 'pending', claimed_by: null, attempt: 1 });
    // The sleeper wakes: its sign of life revives nothing.
    await keepAlive(t.pool, claim);
    expect(await readStatus(id)).toBe('pending');
    await runClaimed(t.around, (await claimBatch(t.pool, 'b', []))!);
    expect(await t.batch(id)).toMatchObject({ status: 'completed', attempt: 2 });
  });

  it('that three workers died of fails as worker_died, and the next file of the source goes on', async () => {
    const { externalId, id } = await addMeter();
    const deadly = await queue(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00,1'), id);
    const next = await queue(`${externalId}-2.csv`, hourly('2025-07-01 00:00:00,2'), id);
    for (let death = 1; death <= 3; death++) {
      expect((await claimBatch(t.pool, `worker ${death}`, []))?.batchId).toBe(deadly);
      await makeStale(deadly);
      expect(await reapDead(t.pool, 60)).toBe(1);
    }
    expect(await t.batch(deadly)).toMatchObject({
      status: 'failed',
      attempt: 3,
      error: { code: 'worker_died', remedy: expect.stringMatching(/\S/) },
    });
    expect((await claimBatch(t.pool, 'a', []))?.batchId).toBe(next);
    await t.query("UPDATE ingest_batch SET status = 'failed' WHERE batch_id = $1", [next]);
    // The same bytes may simply come again.
    expect((await t.load(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00,1'))).outcome.kind).toBe('loaded');
  });

  it('that was taken over in the meantime cannot be committed, given back or failed by the one who slept', async () => {
    const { externalId, id } = await addMeter();
    const batchId = await queue(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00,1'));
    const sleeper = (await claimBatch(t.pool, 'sleeper', []))!;
    await makeStale(batchId);
    await reapDead(t.pool, 60);
    const second = (await claimBatch(t.pool, 'second', []))!;
    const outcome = await runClaimed(t.around, sleeper);
    expect(outcome).toMatchObject({ kind: 'postponed', fault: { code: 'batch_lost' } });
    await giveBack(t.pool, sleeper);
    expect(await t.batch(batchId)).toMatchObject({ status: 'processing', claimed_by: 'second', attempt: 2 });
    expect(await summarise(id)).toEqual({ rows: 0, sum: null });
    expect((await runClaimed(t.around, second)).kind).toBe('loaded');
    expect((await runClaimed(t.around, sleeper)).kind).toBe('postponed');
    expect(await summarise(id)).toEqual({ rows: 1, sum: 1 });
    expect(await readStatus(batchId)).toBe('completed');
  });
});

describe('a batch whose bytes this process cannot see', () => {
  it('is given back, without counting as an attempt, and loaded by one that can', async () => {
    const { externalId, id } = await addMeter();
    const elsewhere = await makeTempDir();
    const blind = { ...t.around, dataDir: elsewhere.path, archive: await openArchive(elsewhere.path) };
    const batchId = await queue(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00,1'));
    const outcome = await runClaimed(blind, (await claimBatch(t.pool, 'blind', []))!);
    expect(outcome).toMatchObject({ kind: 'postponed', fault: { code: 'archive_missing' } });
    expect(await t.batch(batchId)).toMatchObject({ status: 'pending', attempt: 0, claimed_by: null });
    const service = serve(t.around);
    await until('the load', async () => (await readStatus(batchId)) === 'completed');
    await service.stop();
    expect(await summarise(id)).toEqual({ rows: 1, sum: 1 });
    await elsewhere.remove();
  });
});

describe('a batch that has to wait because a disk or the database failed', () => {
  it('holds up the later files of its source, and nobody else', async () => {
    const { externalId, id } = await addMeter();
    const other = await addMeter();
    const first = await queue(`${externalId}-1.csv`, hourly('2025-07-01 00:00:00,1'), id);
    const second = await queue(`${externalId}-2.csv`, hourly('2025-07-01 00:00:00,2'), id);
    const third = await queue(`${other.externalId}-1.csv`, hourly('2025-07-01 00:00:00,3'), other.id);
    const { sha256 } = (
      await t.query<{ sha256: string }>('SELECT file_sha256 AS sha256 FROM ingest_batch WHERE batch_id = $1', [first])
    )[0]!;
    let fails = true;
    const find = async (wanted: string) => {
      if (wanted === sha256 && fails) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      return t.around.archive.find(wanted);
    };
    const service = serve({ ...t.around, archive: { ...t.around.archive, find } });
    await until('the other source', async () => (await readStatus(third)) === 'completed');
    await sleep(300);
    expect([await readStatus(first), await readStatus(second)]).toEqual(['pending', 'pending']);
    fails = false;
    await until('both', async () => (await readStatus(second)) === 'completed');
    await service.stop();
    expect(await readStatus(first)).toBe('completed');
    // The later file has the last word.
    expect(await summarise(id)).toEqual({ rows: 1, sum: 2 });
  });
});

describe('a load', () => {
  let big: string;
  let env: Record<string, string>;
  const running: ServiceProcess[] = [];
  afterAll(() => Promise.all(running.map((each) => each.stop())));
  beforeAll(async () => {
    big = manyMinutes(BIG);
    env = { DATABASE_URL: t.url, DATA_DIR: t.dir, INGEST_WORKERS: '1' };
    await mkdir(join(t.dir, 'incoming'), { recursive: true });
  });

  it('whose process is killed leaves no row behind, and is taken up and done once; one whose connection is cut is tried again', async () => {
    const { externalId, id } = await addMeter();
    const name = `${externalId}-big.csv`;
    await writeFile(join(t.dir, `.${name}`), big);
    await rename(join(t.dir, `.${name}`), join(t.dir, 'incoming', name));
    const process1 = serveInProcess(env);
    running.push(process1);
    await untilCopying();
    process1.child.kill('SIGKILL');
    await until('its end', async () => (await listSessions('%')).length === 0);
    expect(await summarise(id)).toEqual({ rows: 0, sum: null });
    expect(await t.query('SELECT status, attempt FROM ingest_batch WHERE source_name = $1', [name])).toEqual([
      { status: 'processing', attempt: 1 },
    ]);
    const [dead] = await t.query<{ batch_id: string }>("SELECT batch_id FROM ingest_batch WHERE status = 'processing'");
    await makeStale(dead!.batch_id);
    const process2 = serveInProcess(env);
    running.push(process2);
    // Its connection is cut in the middle of the COPY: the load is rolled back, and done again.
    const copying = await untilCopying();
    await t.query('SELECT pg_terminate_backend($1)', [copying.pid]);
    await until(
      'the load',
      async () => (await listNames(t.dir, 'processed')).some((each) => each.startsWith(externalId)),
      25_000,
    ).catch((error: Error) => expect.unreachable(`${error.message}\n${process2.log()}`));
    expect(await summarise(id)).toEqual({ rows: BIG, sum: BIG_SUM });
    const batches = await t.query(
      'SELECT status, attempt, records_read, records_inserted FROM ingest_batch WHERE source_name = $1',
      [name],
    );
    // The death counts as an attempt, the cut connection does not.
    expect(batches).toEqual([
      { status: 'completed', attempt: 2, records_read: String(BIG), records_inserted: String(BIG) },
    ]);
    expect(await listSessions('idle in transaction%')).toEqual([]);
    expect((await listSessions('%')).length).toBeLessThanOrEqual(4);
    await process2.stop();
    expect(await listNames(t.dir, 'incoming')).toEqual([]);
    expect(await listSessions('%')).toEqual([]);
  }, 60_000);
});

describe('a connection that is cut', () => {
  it('many times, at whatever moment, leaves nothing half loaded, nothing idle in transaction, and no connection behind', async () => {
    const { externalId, id } = await addMeter();
    const rows = 40_000;
    const content = manyMinutes(rows);
    let loading = false;
    const cutConnections = async () => {
      for (; loading; await sleep(5)) {
        await t.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND (state LIKE 'idle in transaction%' OR query LIKE 'COPY%' AND state = 'active')`,
        );
      }
    };
    const kinds: string[] = [];
    for (let round = 0; round < 25; round++) {
      const batchId = await queue(
        `${externalId}-${round}.csv`,
        `${content}${new Date(Date.UTC(2020, 0, 1, round)).toISOString()},0\n`,
      );
      const claim = (await claimBatch(t.pool, 'w', []))!;
      loading = true;
      const cutting = cutConnections();
      const outcome = await runClaimed(t.around, claim);
      loading = false;
      await cutting;
      kinds.push(outcome.kind);
      if (outcome.kind === 'failed')
        expect.unreachable(`${outcome.fault.code}: ${outcome.fault.stack} ${outcome.fault.cause}`);
      if (outcome.kind === 'postponed') expect(isPassing(outcome.fault)).toBe(true);
      // Whatever was said: either all of it is there, or nothing.
      const status = await readStatus(batchId);
      expect(['pending', 'completed']).toContain(status);
      if (kinds.every((kind) => kind === 'postponed')) expect((await summarise(id)).rows).toBe(0);
      await t.query(
        "UPDATE ingest_batch SET status = 'failed', dedup_key = NULL WHERE batch_id = $1 AND status = 'pending'",
        [batchId],
      );
    }
    expect(kinds).toContain('postponed');
    expect(kinds).not.toContain('failed');
    const idle = await t.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
    );
    expect(idle).toEqual([]);
    expect(t.pool.totalCount - t.pool.idleCount).toBe(0);
    const left = (await listNames(t.dir, 'spool')).filter(
      (name) => !name.endsWith('.rejects') && name !== 'registering',
    );
    expect(left).toEqual([]);
  });
});
