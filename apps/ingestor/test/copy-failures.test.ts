import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { inTransaction } from '@cei-inoe/shared/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadProgress } from '../src/compose/settings.ts';
import type { ClaimedBatch } from '../src/model/batch.ts';
import { registerFile } from '../src/queue/register-file.ts';
import { runClaimed } from '../src/queue/run-claimed.ts';
import { openCopy } from '../src/stages/copy/copy-stream.ts';
import { openTrial, type Trial } from './support/open-trial.ts';
import { listNames } from './support/serve.ts';

let t: Trial;
const warnings: string[] = [];
const onWarning = (warning: Error) => warnings.push(warning.message);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

beforeAll(async () => {
  process.on('warning', onWarning);
  t = await openTrial();
});
afterAll(async () => {
  process.off('warning', onWarning);
  await t.close();
});

/** One has a decimal sign: a file of whole numbers is read further before its first row is sent, as a later one might tell more. */
const minutes = (rows: number): string => {
  const first = Date.UTC(2000, 0, 1);
  const lines = Array.from(
    { length: rows },
    (_, at) => `${new Date(first + at * 60_000).toISOString()},${at === 0 ? 0.5 : at % 1000}`,
  );
  return `Date and Time,Hourly\n${lines.join('\n')}\n`;
};

let files = 0;
async function register(name: string, content: string | Buffer): Promise<ClaimedBatch> {
  const path = join(t.dir, `registered-${++files}`);
  await writeFile(path, content);
  return registerFile(
    t.pool,
    t.around.archive,
    {
      path,
      name,
      sourceType: 'file',
      context: {},
      dryRun: false,
      datasourceId: null,
      maxBytes: 1e9,
      submittedBy: null,
    },
    'test',
  );
}

/** Loads it as if it had just been claimed, and returns the code of the failure. */
async function loadAgain(batch: ClaimedBatch, onProgress?: (progress: LoadProgress) => void): Promise<string> {
  await t.query(
    "UPDATE ingest_batch SET status = 'processing', claimed_by = 'test', attempt = 1, error = NULL, completed_at = NULL WHERE batch_id = $1",
    [batch.batchId],
  );
  const outcome = await runClaimed(t.around, batch, onProgress);
  return outcome.kind === 'failed' || outcome.kind === 'postponed' ? outcome.fault.code : outcome.kind;
}

const countRows = async (id: number): Promise<number> =>
  (
    await t.query<{ rows: number }>('SELECT count(*)::int AS rows FROM fact_energy_hourly WHERE datasource_id = $1', [
      id,
    ])
  )[0]!.rows;

interface Traces {
  readonly sessions: number;
  readonly listeners: number;
  readonly heapMb: number;
}

/** What a leak would make grow. */
async function measure(): Promise<Traces> {
  const client = await t.pool.connect();
  const listeners = client.eventNames().reduce((sum, name) => sum + client.listenerCount(name), 0);
  const socket = (client as unknown as { connection: { stream: NodeJS.EventEmitter } }).connection.stream;
  const below = socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0);
  client.release();
  const [row] = await t.query<{ sessions: number }>(
    "SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'",
  );
  collect();
  return { sessions: row!.sessions, listeners: listeners + below, heapMb: process.memoryUsage().heapUsed / 1024 ** 2 };
}

/** Does `work` a thousand times over; what is measured after the first hundred is what is measured in the end. */
async function repeat(times: number, work: (round: number) => Promise<void>): Promise<void> {
  const warmUp = Math.ceil(times / 10);
  let first: Traces | undefined;
  for (let round = 0; round < times; round++) {
    if (round === warmUp) first = await measure();
    await work(round);
  }
  const last = await measure();
  expect(last.sessions).toBeLessThanOrEqual(first!.sessions);
  expect(last.listeners).toBe(first!.listeners);
  expect(last.heapMb - first!.heapMb).toBeLessThan(8);
  expect(warnings).toEqual([]);
  expect(t.pool.totalCount - t.pool.idleCount).toBe(0);
  const idle = await t.query(
    "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
  );
  expect(idle).toEqual([]);
  expect(await listNames(t.dir, 'spool')).toEqual([]);
}

/** Makes the server refuse readings of one value: at once, or, with a constraint trigger, at the commit. */
const refuseValue = (value: number, when: 'at once' | 'at the commit') => `
  CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.energy_kwh = ${value} THEN RAISE EXCEPTION 'refused by the test' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
  END $$;
  CREATE ${when === 'at once' ? 'TRIGGER' : 'CONSTRAINT TRIGGER'} refuse ${when === 'at once' ? 'BEFORE' : 'AFTER'} INSERT ON fact_energy_hourly
    ${when === 'at once' ? '' : 'DEFERRABLE INITIALLY DEFERRED'} FOR EACH ROW EXECUTE FUNCTION refuse();
  ALTER TABLE fact_energy_hourly ENABLE ALWAYS TRIGGER refuse`;

describe('a COPY that the server refuses', () => {
  it('while more is waiting to be sent than the socket takes fails, and does not end the process', async () => {
    await inTransaction(t.pool, async (connection) => {
      await connection.query('CREATE TEMPORARY TABLE narrow (number int)');
      await connection.query('SAVEPOINT copy');
      const copy = openCopy(connection, 'COPY narrow FROM STDIN');
      const megabyte = Buffer.from('no number\n'.repeat(100_000));
      await Promise.allSettled(Array.from({ length: 40 }, () => copy.write(megabyte)));
      await expect(copy.finish()).rejects.toMatchObject({ code: '22P02' });
      await expect(copy.write(megabyte)).rejects.toMatchObject({ code: '22P02' });
      await connection.query('ROLLBACK TO SAVEPOINT copy');
      const { rows } = await connection.query('SELECT count(*)::int AS rows FROM narrow');
      expect(rows).toEqual([{ rows: 0 }]);
    });
  });

  it('a thousand times over leaves no connection, no listener, no memory and no row behind', async () => {
    const id = await t.addSource('refused', 'UTC');
    const small = await register('refused-small.csv', minutes(20));
    await t.query(refuseValue(15, 'at once'));
    await repeat(1_000, async () => {
      expect(await loadAgain(small)).toBe('internal');
    });
    expect(await countRows(id)).toBe(0);
    await t.query('DROP TRIGGER refuse ON fact_energy_hourly');
    expect(await loadAgain(small)).toBe('loaded');
    expect(await countRows(id)).toBe(20);
  }, 120_000);

  it('while megabytes of it are still on their way is told so, and the next load goes over the same connection', async () => {
    const id = await t.addSource('large', 'UTC');
    const large = await register('large-a.csv', minutes(20_000));
    await t.query(refuseValue(15, 'at once'));
    await repeat(15, async () => {
      expect(await loadAgain(large)).toBe('internal');
    });
    await t.query('DROP TRIGGER refuse ON fact_energy_hourly');
    expect(await loadAgain(large)).toBe('loaded');
    expect(await countRows(id)).toBe(20_000);
  }, 120_000);

  it('at the very commit is rolled back whole', async () => {
    const id = await t.addSource('late', 'UTC');
    const batch = await register('late-a.csv', minutes(20));
    await t.query(refuseValue(15, 'at the commit'));
    await repeat(30, async () => {
      expect(await loadAgain(batch)).toBe('internal');
    });
    expect(await countRows(id)).toBe(0);
    await t.query('DROP TRIGGER refuse ON fact_energy_hourly');
    expect(await loadAgain(batch)).toBe('loaded');
  }, 60_000);

  it('before it has begun is rolled back too', async () => {
    const id = await t.addSource('early', 'UTC');
    const batch = await register('early-a.csv', minutes(20));
    await t.query('ALTER TABLE fact_energy_hourly RENAME COLUMN quality TO quality_gone');
    await repeat(30, async () => {
      expect(await loadAgain(batch)).toBe('internal');
    });
    await t.query('ALTER TABLE fact_energy_hourly RENAME COLUMN quality_gone TO quality');
    expect(await loadAgain(batch)).toBe('loaded');
    expect(await countRows(id)).toBe(20);
  }, 60_000);
});

describe('a file that ends in the middle of its COPY', () => {
  it('time after time leaves nothing behind', async () => {
    const id = await t.addSource('torn', 'UTC');
    const whole = gzipSync(minutes(20_000));
    const torn = await register('torn-a.csv.gz', whole.subarray(0, whole.length - 2_000));
    let copied = 0;
    await repeat(30, async () => {
      copied = 0;
      expect(await loadAgain(torn, (progress) => (copied = Math.max(copied, progress.recordsRead)))).toBe(
        'archive_broken',
      );
      expect(copied).toBeGreaterThan(5_000);
    });
    expect(await countRows(id)).toBe(0);
    expect(await loadAgain(await register('torn-b.csv.gz', whole))).toBe('loaded');
    expect(await countRows(id)).toBe(20_000);
  }, 120_000);
});

describe('a load that is interrupted', () => {
  it('time after time leaves nothing behind', async () => {
    const id = await t.addSource('stopped', 'UTC');
    const batch = await register('stopped-a.csv', minutes(20_000));
    const controller = new AbortController();
    controller.abort(new Error('stopped'));
    await repeat(30, async () => {
      await t.query("UPDATE ingest_batch SET status = 'processing', error = NULL WHERE batch_id = $1", [batch.batchId]);
      expect((await runClaimed({ ...t.around, signal: controller.signal }, batch)).kind).toBe('failed');
    });
    expect(await countRows(id)).toBe(0);
  }, 60_000);
});
