// Counts records and batches and times the stages of loads, for Prometheus. Asks no database and listens on nothing.
import type { Pool } from '@cei-inoe/shared/database';
import { DATASET_NAMES } from '@cei-inoe/shared/datasets';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LoadProgress } from '../compose/settings.ts';
import type { ClaimedBatch } from '../model/batch.ts';
import type { Outcome } from '../queue/run-claimed.ts';

export interface IngestorMetrics {
  readonly registry: Registry;
  /** A load has come so far. */
  noteProgress(batch: ClaimedBatch, progress: LoadProgress): void;
  /** A load has ended. */
  noteOutcome(batch: ClaimedBatch, outcome: Outcome): void;
}

const OUTCOMES = ['inserted', 'updated', 'unchanged', 'skipped', 'rejected'] as const;
const BUCKETS_S = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

export function makeMetrics(pool: Pool): IngestorMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addPoolGauges(registry, pool);
  const registers = [registry];
  const records = new Counter({
    name: 'cei_records_total',
    help: 'Records by dataset and what became of them. Dry runs do not count.',
    labelNames: ['dataset', 'outcome'],
    registers,
  });
  const batches = new Counter({
    name: 'cei_batches_total',
    help: 'Batches by how they ended: loaded, duplicate, failed, postponed (database or disk failed: tried again).',
    labelNames: ['outcome'],
    registers,
  });
  const stages = new Histogram({
    name: 'cei_batch_stage_seconds',
    help: 'Time of a load in a stage: identify (whose it is, how it is read), read, merge (with the accounts and the commit).',
    labelNames: ['stage'],
    buckets: BUCKETS_S,
    registers,
  });
  // Prometheus's increase() sees no step in a series that begins with its first count: each begins with 0, or the first refusals would raise no alert.
  for (const outcome of ['loaded', 'duplicate', 'failed', 'postponed']) batches.inc({ outcome }, 0);
  for (const dataset of DATASET_NAMES) for (const outcome of OUTCOMES) records.inc({ dataset, outcome }, 0);
  /** The stage that each load is in, and since when. */
  const running = new Map<string, { readonly stage: LoadProgress['stage']; readonly sinceMs: number }>();
  const leaveStage = (batchId: string) => {
    const current = running.get(batchId);
    if (current !== undefined) stages.observe({ stage: current.stage }, (performance.now() - current.sinceMs) / 1000);
    running.delete(batchId);
  };
  return {
    registry,
    noteProgress({ batchId }, { stage }) {
      if (running.get(batchId)?.stage === stage) return;
      leaveStage(batchId);
      if (stage !== 'done') running.set(batchId, { stage, sinceMs: performance.now() });
    },
    noteOutcome({ batchId, dryRun }, outcome) {
      leaveStage(batchId);
      batches.inc({ outcome: outcome.kind });
      if (outcome.kind !== 'loaded' || dryRun) return;
      const { counts, plan } = outcome.loaded;
      for (const name of OUTCOMES) records.inc({ dataset: plan.mapping.dataset.name, outcome: name }, counts[name]);
    },
  };
}

/** The same names as those of the API: `job` and `instance` tell whose they are. */
function addPoolGauges(registry: Registry, pool: Pool): void {
  const gauges = [
    ['total', 'Connections open to PostgreSQL.', () => pool.totalCount],
    ['idle', 'Connections open and free.', () => pool.idleCount],
    ['waiting', 'Requests that wait for a free connection.', () => pool.waitingCount],
  ] as const;
  for (const [name, help, read] of gauges) {
    new Gauge({
      name: `pg_pool_connections_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
}
