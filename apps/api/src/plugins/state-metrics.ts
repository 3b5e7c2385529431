// What the database says about queue and sources, for Prometheus, asked at each scrape. The API alone tells it, so that it is told once.
import type { Pool } from '@cei-inoe/shared/database';
import { listFreshness } from '@cei-inoe/shared/freshness';
import { readSql } from '@cei-inoe/shared/sql';
import { Gauge, type Registry } from 'prom-client';

interface QueueRow {
  readonly pending: number;
  readonly processing: number;
  readonly oldest_pending_seconds: number;
  readonly operations: number;
  readonly webhooks: number;
  readonly webhooks_off: number;
}

/** A server that does not answer must not keep the scrape waiting. */
const TIMEOUT_MS = 5_000;
const SOURCE_LABELS = ['datasource', 'dataset'] as const;

/**
 * Adds the gauges of queue and sources. When the database does not answer, they are absent and `cei_database_up` is 0: an old figure
 * would look like a good one.
 */
export function addStateMetrics(registry: Registry, pool: Pool): void {
  let running: Promise<boolean> | undefined;
  /** One look at the database for all gauges of a scrape. */
  const refresh = () => {
    running ??= endsInTime(read()).then((isUp) => {
      running = undefined;
      if (!isUp) forget();
      return isUp;
    });
    return running;
  };
  // Each gauge waits for the look: one that did not would print what the scrape before has seen.
  const makeGauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect: async () => {
        await refresh();
      },
    });
  const queued = makeGauge('cei_queue_batches', 'Batches that wait or are being loaded.', ['status']);
  const operations = makeGauge('cei_queue_operations', 'Undos, redos and replays that wait.');
  const webhooks = makeGauge('cei_queue_webhooks', 'Messages to webhooks that are still to arrive.');
  const off = makeGauge('cei_webhooks_off', 'Webhooks switched off because they are gone or too much was given up.');
  const oldest = makeGauge('cei_queue_oldest_pending_seconds', 'How long the oldest waiting batch has waited.');
  const age = makeGauge('cei_source_age_seconds', 'Time since the last reading of a source.', SOURCE_LABELS);
  const late = makeGauge('cei_source_late', '1 for a source that is late by its own rhythm.', SOURCE_LABELS);
  new Gauge({
    name: 'cei_database_up',
    help: '1 when the database answered this scrape.',
    registers: [registry],
    async collect() {
      this.set((await refresh()) ? 1 : 0);
    },
  });

  function forget(): void {
    for (const gauge of [queued, age, late]) gauge.reset();
    // Without labels, a gauge that is reset is 0, and not absent.
    for (const gauge of [operations, oldest, webhooks, off]) gauge.remove();
  }
  async function read(): Promise<void> {
    const [queue, sources] = await Promise.all([
      pool.query<QueueRow>(readSql('sources/queue.sql')),
      listFreshness(pool, {}),
    ]);
    forget();
    for (const row of queue.rows) {
      queued.set({ status: 'pending' }, row.pending);
      queued.set({ status: 'processing' }, row.processing);
      operations.set(row.operations);
      oldest.set(row.oldest_pending_seconds);
      webhooks.set(row.webhooks);
      off.set(row.webhooks_off);
    }
    for (const { external_id: datasource, dataset, age_seconds: seconds, state } of sources) {
      if (dataset === null || state === 'unexpected') continue;
      age.set({ datasource, dataset }, seconds ?? 0);
      late.set({ datasource, dataset }, state === 'late' ? 1 : 0);
    }
  }
}

async function endsInTime(work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), TIMEOUT_MS);
  });
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
