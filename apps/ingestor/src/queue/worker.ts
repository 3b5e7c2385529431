// Workers that take batches from the queue, one after the other, until they are told to stop.
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Surroundings } from '../compose/settings.ts';
import type { ClaimedBatch } from '../model/batch.ts';
import { claimBatch, reapDead } from './claims.ts';
import { reapDeadOperations, runNextOperation } from './operations.ts';
import { type Outcome, runClaimed } from './run-claimed.ts';

export interface Workers {
  /** Ends after the batches that are being loaded. */
  stop(): Promise<void>;
}

export interface WorkerOptions {
  readonly count: number;
  readonly pollMs: number;
  /** A worker that gave no sign of life for so long is dead. */
  readonly staleSeconds: number;
  readonly onOutcome: (batch: ClaimedBatch, outcome: Outcome) => void;
}

/** Name under which this process claims batches. */
export const makeWorkerName = (number: number): string => `${hostname()}:${process.pid}:${number}`;

const MAX_REAP_MS = 15_000;
/** How long a batch whose bytes this process cannot see is left to others. */
const AVOID_MS = 30_000;
/** How long to wait with a batch after the database or a folder failed. */
const RETRY_MS = 2_000;

export function startWorkers(around: Surroundings, options: WorkerOptions): Workers {
  const stopping = new AbortController();
  const reapMs = Math.min(MAX_REAP_MS, (options.staleSeconds * 1_000) / 4);
  const avoided = new Map<string, number>();
  /** Those of them that do not hold up the later files of their source. */
  const unseen = new Set<string>();
  const loops = Array.from({ length: options.count }, (_, at) => run(makeWorkerName(at + 1)));
  loops.push(reap());

  async function run(name: string): Promise<void> {
    while (!stopping.signal.aborted) {
      const worked = await workOnce(name).catch((error: unknown) => {
        around.log.error({ err: error }, 'the queue cannot be read');
        return false;
      });
      if (!worked) await pause(options.pollMs);
    }
  }
  async function workOnce(name: string): Promise<boolean> {
    for (const [id, until] of avoided) if (until < Date.now()) avoided.delete(id);
    for (const id of unseen) if (!avoided.has(id)) unseen.delete(id);
    const batch = await claimBatch(around.pool, name, [...avoided.keys()], [...unseen]);
    if (batch === undefined) return runNextOperation(around, name);
    const outcome = await runClaimed(around, batch);
    if (outcome.kind === 'postponed') {
      const isUnseen = outcome.fault.code === 'archive_missing';
      avoided.set(batch.batchId, Date.now() + (isUnseen ? AVOID_MS : RETRY_MS));
      if (isUnseen) unseen.add(batch.batchId);
    }
    options.onOutcome(batch, outcome);
    return true;
  }
  async function reap(): Promise<void> {
    while (!stopping.signal.aborted) {
      await reapDead(around.pool, options.staleSeconds).catch((error: unknown) =>
        around.log.warn({ err: error }, 'dead batches could not be looked for'),
      );
      await reapDeadOperations(around.pool, options.staleSeconds).catch((error: unknown) =>
        around.log.warn({ err: error }, 'dead operations could not be looked for'),
      );
      await pause(reapMs);
    }
  }
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}
