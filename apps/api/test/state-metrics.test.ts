// What /metrics says about queue and sources, and what it leaves out when the database is gone.
import { openPool } from '@cei-inoe/shared/database';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addStateMetrics } from '../src/plugins/state-metrics.ts';
import { addBatch, addHours, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let open: OpenApp;
const scrape = async () => {
  const text = (await open.app.inject('/metrics')).payload;
  return new Map(
    text.split('\n').flatMap((line) => {
      const at = line.lastIndexOf(' ');
      return line.startsWith('cei_') ? [[line.slice(0, at), Number(line.slice(at + 1))] as const] : [];
    }),
  );
};

beforeAll(async () => {
  open = await openApp();
});
afterAll(() => open.close());

test('each scrape tells how the queue and the sources are at that moment', async () => {
  const { pool } = open.database;
  expect(await scrape()).toEqual(
    new Map([
      ['cei_queue_batches{status="pending"}', 0],
      ['cei_queue_batches{status="processing"}', 0],
      ['cei_queue_operations', 0],
      ['cei_queue_webhooks', 0],
      ['cei_webhooks_off', 0],
      ['cei_queue_oldest_pending_seconds', 0],
      ['cei_database_up', 1],
    ]),
  );
  const [hourly, silent] = [await addSource(pool, 'now'), await addSource(pool, 'then')];
  const off = await addSource(pool, 'off', { status: 'offline' });
  const hour = (ago: number) => new Date(Date.now() - ago * 3_600_000).toISOString();
  await addHours(pool, hourly, await addBatch(pool, [hourly]), hour(3), hour(0));
  await addHours(pool, silent, await addBatch(pool, [silent]), '2025-01-01T00:00Z', '2025-01-02T00:00Z');
  await addHours(pool, off, await addBatch(pool, [off]), '2025-01-01T00:00Z', '2025-01-02T00:00Z');
  const waiting = await addBatch(pool, [], { status: 'pending', created_at: hour(2) });
  await addBatch(pool, [], { status: 'pending', created_at: hour(1) });

  const seen = await scrape();
  expect(seen.get('cei_queue_batches{status="pending"}')).toBe(2);
  // Two hours, and however long this machine took.
  expect(seen.get('cei_queue_oldest_pending_seconds')).toBeGreaterThanOrEqual(7_199);
  expect(seen.get('cei_queue_oldest_pending_seconds')).toBeLessThan(10_000);
  expect(seen.get('cei_source_late{datasource="then",dataset="energy_hourly"}')).toBe(1);
  expect(seen.get('cei_source_late{datasource="now",dataset="energy_hourly"}')).toBe(0);
  expect(seen.get('cei_source_age_seconds{datasource="now",dataset="energy_hourly"}')).toBeLessThan(3 * 3600);
  expect([...seen.keys()].filter((name) => name.includes('"off"'))).toEqual([]);

  await pool.query("UPDATE ingest_batch SET status = 'failed', error = '{}' WHERE batch_id = $1", [waiting]);
  await pool.query("UPDATE datasource SET status = 'maintenance' WHERE id = $1", [silent]);
  const after = await scrape();
  expect(after.get('cei_queue_batches{status="pending"}')).toBe(1);
  expect([...after.keys()].filter((name) => name.includes('"then"'))).toEqual([]);
});

test('without the database its figures are absent, and not old', async () => {
  const pool = openPool('postgres://nobody@127.0.0.1:1/none', {
    applicationName: 'gone',
    max: 1,
    connectTimeoutMs: 500,
  });
  const registry = new Registry();
  addStateMetrics(registry, pool);
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('cei_'));
  expect(lines).toEqual(['cei_database_up 0']);
  await pool.end();
});
