// What the end of a batch leaves in the outbox: one row for each webhook that wants it, in the very transaction, and nothing otherwise.
import { join } from 'node:path';
import { createDatabase, makeTempDir, ROOT, runCli, type TempDir, type TestDatabase } from '@cei-inoe/shared/testing';
import { WEBHOOK_EVENTS } from '@cei-inoe/shared/webhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readSnapshot } from '../../src/webhooks/body.ts';
import { addBatch, addSource } from '../support/fixtures.ts';
import { type OpenApp, openApp } from '../support/open-app.ts';
import { addWebhook, endBatch, listDeliveries } from './support.ts';

let api: OpenApp;
let pool: TestDatabase['pool'];
let mine: number;
let other: number;
beforeAll(async () => {
  api = await openApp();
  pool = api.database.pool;
  mine = await addSource(pool, 'mine', { client: 'Farm A' });
  other = await addSource(pool, 'other', { client: 'Farm B' });
});
beforeEach(() => pool.query('DELETE FROM webhook'));
afterAll(() => api.close());

const URL_ = 'https://hooks.example/';
const told = async () => (await listDeliveries(pool)).map(({ webhook_id, event }) => [webhook_id, event]);

describe('a batch that', () => {
  test.each([
    ['is loaded', { status: 'processing' }, "status = 'completed'", 'batch.completed'],
    [
      'is loaded with rejections',
      { status: 'processing' },
      "status = 'completed', records_read = 3, records_inserted = 1, records_rejected = 2",
      'batch.completed_with_rejections',
    ],
    ['fails', { status: 'processing' }, "status = 'failed', error = '{}'", 'batch.failed'],
    ['was loaded before', { status: 'processing' }, "status = 'duplicate'", 'batch.duplicate'],
    ['is undone', { status: 'completed' }, "status = 'undone'", 'batch.undone'],
    ['is redone', { status: 'undone' }, "status = 'completed'", 'batch.redone'],
    [
      'is redone with the rejections it had',
      { status: 'undone', records_read: 2, records_rejected: 2 },
      "status = 'completed'",
      'batch.redone',
    ],
    [
      'of the old system is undone',
      { status: 'completed', source_type: 'legacy' },
      "status = 'undone'",
      'batch.undone',
    ],
  ])('%s is told as such, to who wants to hear of it', async (_, columns, set, event) => {
    const all = await addWebhook(pool, URL_);
    const wants = await addWebhook(pool, URL_, { events: [event] });
    await addWebhook(pool, URL_, { events: WEBHOOK_EVENTS.filter((one) => one !== event) });
    await addWebhook(pool, URL_, { active: false });
    const batch = await endBatch(pool, [mine], set, columns);
    expect((await told()).sort()).toEqual(
      [
        [all, event],
        [wants, event],
      ].sort(),
    );
    const [row] = await listDeliveries(pool);
    expect(row).toMatchObject({ batch_id: batch, status: 'pending', attempt: 0 });
  });

  test.each([
    ['begins', { status: 'pending' }, "status = 'processing'"],
    ['goes back into the queue', { status: 'processing' }, "status = 'pending'"],
    ['gives a sign of life', { status: 'processing' }, 'heartbeat_at = now()'],
    ['is touched and stays what it is', { status: 'completed' }, "status = 'completed', applied_at = now()"],
    ['is a dry run', { status: 'processing', dry_run: true }, "status = 'completed'"],
    ['is a dry run and fails', { status: 'processing', dry_run: true }, "status = 'failed'"],
    ['of the old system is counted again', { status: 'completed', source_type: 'legacy' }, "status = 'failed'"],
  ])('%s is not told', async (_, columns, set) => {
    await addWebhook(pool, URL_);
    await endBatch(pool, [mine], set, columns);
    expect(await told()).toEqual([]);
  });

  test('ends where there is no webhook leaves nothing', async () => {
    await endBatch(pool, [mine]);
    await addWebhook(pool, URL_);
    expect(await told()).toEqual([]);
  });
});

test('what is rolled back was never told, and a savepoint that is taken back neither', async () => {
  await addWebhook(pool, URL_);
  const [first, second] = [
    await addBatch(pool, [mine], { status: 'processing' }),
    await addBatch(pool, [mine], { status: 'processing' }),
  ];
  const end = (id: string) => `UPDATE ingest_batch SET status = 'completed' WHERE batch_id = '${id}'`;
  await pool.query(`BEGIN; ${end(first)}; ROLLBACK`);
  expect(await told()).toEqual([]);
  await pool.query(`BEGIN; SAVEPOINT s; ${end(first)}; ROLLBACK TO s; ${end(second)}; COMMIT`);
  expect((await listDeliveries(pool)).map((row) => row.batch_id)).toEqual([second]);
});

test('the message is the batch as GET /batches/{batch_id} shows it at the commit, and nothing of what that hides', async () => {
  await addWebhook(pool, URL_);
  const batch = await addBatch(pool, [mine], {
    status: 'processing',
    source_name: 'ä.csv',
    size_bytes: 12_345_678_901,
    created_at: '2025-03-30T01:02:03.999999Z',
    date_range_start: '2025-01-01T00:00:00.0006Z',
    claimed_by: 'hidden worker',
    dedup_key: 'hidden key',
    context: JSON.stringify({ options: { mapping: 'x' }, decisions: { zone: null }, fence: [mine, 999_999] }),
  });
  await pool.query(
    `BEGIN;
     UPDATE ingest_batch SET status = 'completed', records_read = 3, records_inserted = 2, records_rejected = 1, completed_at = now(),
       legacy = '{"hidden": "row"}' WHERE batch_id = '${batch}';
     UPDATE ingest_batch SET applied_at = clock_timestamp(), applied_seq = 7, execution_time_ms = 12 WHERE batch_id = '${batch}';
     COMMIT`,
  );
  const { rows } = await pool.query('SELECT batch FROM webhook_delivery');
  const shown = (await api.app.inject(`/batches/${batch}`)).json();
  expect(readSnapshot(rows[0].batch)).toEqual(shown);
  expect(shown).toMatchObject({ external_id: 'mine', quality_score: 66.67, execution_time_ms: 12 });
  expect(JSON.stringify(rows)).not.toContain('hidden');
  expect(JSON.stringify(readSnapshot(rows[0].batch))).not.toContain('999999');
});

describe('a webhook for certain sources', () => {
  const cases = [
    ['of a source inside', () => [mine], {}, true],
    ['of another', () => [other], {}, false],
    ['of both', () => [mine, other], {}, false],
    ['of none that is known', () => [], { status: 'processing' }, false],
    [
      'of a file of several with refused records that nobody can place',
      () => [mine],
      { datasource_id: null, records_rejected: 1, records_read: 1 },
      false,
    ],
    ['of a file of several without', () => [mine], { datasource_id: null }, true],
  ] as const;
  test.each(cases)('hears of a batch %s only if all of it is inside', async (_, sources, columns, isTold) => {
    const byId = await addWebhook(pool, URL_, { datasource_ids: [mine] });
    const byClient = await addWebhook(pool, URL_, { clients: ['Farm A', 'Farm Z'] });
    const id = await addBatch(pool, [...sources()], { ...(columns as object), status: 'processing' });
    await pool.query("UPDATE ingest_batch SET status = 'failed' WHERE batch_id = $1", [id]);
    expect((await told()).map(([webhook]) => webhook).sort()).toEqual(isTold ? [byId, byClient].sort() : []);
  });

  test('hears of both where one is its own and the other of its client', async () => {
    const webhook = await addWebhook(pool, URL_, { datasource_ids: [mine], clients: ['Farm B'] });
    await endBatch(pool, [mine, other]);
    expect(await told()).toEqual([[webhook, 'batch.completed']]);
  });
});

test('a role without any right on webhooks ends batches and tells of them', async () => {
  const webhook = await addWebhook(pool, URL_);
  const batch = await addBatch(pool, [mine], { status: 'processing' });
  const connection = await pool.connect();
  try {
    await connection.query('SET ROLE cei_ingestor');
    await expect(connection.query('SELECT FROM webhook')).rejects.toThrow('permission denied');
    await expect(connection.query('SELECT queue_webhook_deliveries()')).rejects.toThrow();
    await connection.query("UPDATE ingest_batch SET status = 'completed' WHERE batch_id = $1", [batch]);
  } finally {
    await connection.query('RESET ROLE');
    connection.release();
  }
  expect(await told()).toEqual([[webhook, 'batch.completed']]);
});

test('a webhook that is removed while a batch ends fails no load, and one that stays in the end is told', async () => {
  const batch = await addBatch(pool, [mine], { status: 'processing' });
  const next = await addBatch(pool, [mine], { status: 'processing' });
  const end = (id: string) => pool.query("UPDATE ingest_batch SET status = 'completed' WHERE batch_id = $1", [id]);
  const webhook = await addWebhook(pool, URL_);
  const remover = await pool.connect();
  const isWaiting = async () =>
    (await pool.query('SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted')).rows[0].n === 1;
  try {
    await remover.query('BEGIN');
    await remover.query('DELETE FROM webhook');
    const staying = end(batch);
    await expect.poll(isWaiting).toBe(true);
    await remover.query('ROLLBACK');
    await staying;
    expect(await told()).toEqual([[webhook, 'batch.completed']]);
    await remover.query('BEGIN');
    await remover.query('DELETE FROM webhook');
    const going = end(next);
    await expect.poll(isWaiting).toBe(true);
    await remover.query('COMMIT');
    await going;
  } finally {
    remover.release();
  }
  expect(await told()).toEqual([]);
  expect((await pool.query('SELECT status FROM ingest_batch WHERE batch_id = $1', [next])).rows).toEqual([
    { status: 'completed' },
  ]);
});

test('the purge of a source takes what was to be told of its batches with it', async () => {
  const source = await addSource(pool, 'purged');
  await addWebhook(pool, URL_);
  await endBatch(pool, [source]);
  await endBatch(pool, [mine]);
  const { statusCode } = await api.app.inject({
    method: 'DELETE',
    url: `/datasources/${source}?purge=true&confirm=purged`,
  });
  expect(statusCode).toBe(200);
  expect(await listDeliveries(pool)).toHaveLength(1);
});

describe('the ingestor', () => {
  let database: TestDatabase;
  let dir: TempDir;
  beforeAll(async () => {
    database = await createDatabase();
    dir = await makeTempDir();
  });
  afterAll(async () => {
    await dir.remove();
    await database.drop();
  });
  const run = async (...args: string[]) => {
    const env = {
      DATABASE_URL: database.url,
      DATA_DIR: dir.path,
      NEW_DATASOURCES: 'create',
      DEFAULT_TIMEZONE: 'Asia/Nicosia',
    };
    const { code, stdout, stderr } = await runCli('apps/ingestor/src/cli.ts', args, { env });
    return { code, text: stdout + stderr };
  };

  test('tells of loads, repeats, failures, undos, redos and replays without knowing of webhooks', async () => {
    await addWebhook(database.pool, URL_);
    const sample = (name: string) => join(ROOT, 'db/samples', name);
    const good = sample('6645ed71e1746bb7cd66c39b-hourly-01032025-31032025.csv');
    const seen = async () => (await listDeliveries(database.pool)).map(({ event }) => event.replace('batch.', ''));
    expect((await run('ingest', good)).code).toBe(0);
    const [{ batch_id: batch }] = (await database.pool.query('SELECT batch_id FROM ingest_batch')).rows;
    expect(await seen()).toEqual(['completed']);
    await run('ingest', good, '--dry-run', '--force');
    expect(await seen()).toEqual(['completed']);
    expect((await run('ingest', sample('664e5e89f331a958c4462dd3-hourly-28032025-31032025-bad-rows.csv'))).code).toBe(
      3,
    );
    await run('ingest', sample('expected.json'));
    expect(await seen()).toEqual(['completed', 'completed_with_rejections', 'failed']);
    expect(await run('batches', 'undo', batch)).toMatchObject({ code: 0 });
    expect(await run('batches', 'redo', batch)).toMatchObject({ code: 0 });
    expect(await run('batches', 'replay', batch)).toMatchObject({ code: 0 });
    expect((await seen()).slice(3, 5)).toEqual(['undone', 'redone']);
    // A replay undoes the old and completes the new in one transaction.
    expect((await seen()).slice(5).sort()).toEqual(['completed', 'undone']);
    const { rows } = await database.pool.query(
      "SELECT batch->>'status' AS status, event FROM webhook_delivery WHERE event IN ('batch.undone', 'batch.redone')",
    );
    for (const { status, event } of rows) expect(status).toBe(event === 'batch.undone' ? 'undone' : 'completed');
  });
});
