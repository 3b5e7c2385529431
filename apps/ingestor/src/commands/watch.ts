// `watch`: the ingestor as a service: workers on the queue, and the drop folder.

import { DOUBTS } from '../compose/notes.ts';
import type { IngestorConfig } from '../config.ts';
import { makeMetrics } from '../metrics/metrics.ts';
import { serveMetrics } from '../metrics/serve-metrics.ts';
import type { ClaimedBatch } from '../model/batch.ts';
import type { OpenSurroundings } from '../open-surroundings.ts';
import type { Outcome } from '../queue/run-claimed.ts';
import { startWorkers } from '../queue/worker.ts';
import { hasPolicy, readPolicy } from '../retention/policy.ts';
import { startRetention } from '../retention/run-policy.ts';
import { watchFolder } from '../watch/watch-folder.ts';

/** Runs until SIGINT or SIGTERM; a load that runs is finished first. */
export async function watch(around: OpenSurroundings, config: IngestorConfig): Promise<void> {
  const metrics = makeMetrics(around.pool);
  const { METRICS_PORT: port, METRICS_HOST: host } = config;
  const server = port === undefined ? undefined : await serveMetrics(metrics.registry, port, host);
  const folder = watchFolder(around, { stableMs: config.FILE_STABLE_MS, maxBytes: config.MAX_FILE_BYTES });
  const workers = startWorkers(around, {
    count: config.INGEST_WORKERS,
    pollMs: config.QUEUE_POLL_MS,
    staleSeconds: config.STALE_SECONDS,
    onProgress: metrics.noteProgress,
    onOutcome: (batch, outcome) => {
      metrics.noteOutcome(batch, outcome);
      logOutcome(around, batch, outcome);
      folder.nudge();
    },
  });
  const policy = readPolicy(config);
  const retention = hasPolicy(policy) ? startRetention(around, policy) : undefined;
  around.log.info(
    { dataDir: around.dataDir, workers: config.INGEST_WORKERS, metricsPort: server?.port },
    'ingestor ready',
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  around.log.info('stopping');
  await retention?.stop();
  await workers.stop();
  await folder.stop();
  await server?.close();
}

function logOutcome(around: OpenSurroundings, batch: ClaimedBatch, outcome: Outcome): void {
  const about = { batch_id: batch.batchId, file: batch.sourceName };
  switch (outcome.kind) {
    case 'loaded':
      around.log.info(
        {
          ...about,
          ...outcome.loaded.counts,
          dataset: outcome.loaded.plan.mapping.dataset.name,
          notices: outcome.loaded.notices.map(({ code }) => code).filter((code) => DOUBTS.has(code)),
        },
        'loaded',
      );
      break;
    case 'duplicate':
      around.log.info({ ...about, duplicate_of: outcome.of }, 'loaded already');
      break;
    default:
      around.log.warn(
        { ...about, code: outcome.fault.code, err: outcome.fault.cause },
        `${outcome.kind}: ${outcome.fault.message}`,
      );
  }
}
