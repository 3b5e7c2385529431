// Workers that take batches from the queue, one after the other, until they are told to stop.
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadProgress, Surroundings } from '../compose/settings.ts';
import type { ClaimedBatch } from '../model/batch.ts';
import { claimBatch, reapDead } from './claims.ts';
import { reapDeadOperations, runNextOperation } from './operations.ts';
import { type Outcome, runClaimed } from './run-claimed.ts';
import { makeProgressTeller } from './tell-progress.ts';

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
  readonly onProgress?: (batch: ClaimedBatch, progress: LoadProgress) => void;
}

/** Name under which this process claims batches. */
export const makeWorkerName = (number: number): string => `${hostname()}:${process.pid}:${number}`;

const MAX_REAP_MS = 15_000;
/** How long a batch whose bytes this process cannot see is left to others. */
const AVOID_MS = 30_000;
/** How long to wait with a batch after the database or a folder failed. */
const RETRY_MS = 2_000;

/** Does one piece of work under the name of a worker; false where there is none. */
type Turn = (name: string) => Promise<boolean>;

/** Ids of batches are uuids, those of operations numbers. */
const isBatch = (id: string): boolean => id.includes('-');

export function startWorkers(around: Surroundings, options: WorkerOptions): Workers {
  const stopping = new AbortController();
  const reapMs = Math.min(MAX_REAP_MS, (options.staleSeconds * 1_000) / 4);
  /** Ids of batches and operations that were given back, and until when they are left alone. */
  const avoided = new Map<string, number>();
  const listAvoided = (wanted: (id: string) => boolean) => [...avoided.keys()].filter(wanted);
  /** Those of them that do not hold up the later files of their source. */
  const unseen = new Set<string>();
  const loops = Array.from({ length: options.count }, (_, at) => run(makeWorkerName(at + 1)));
  loops.push(reap());

  async function run(name: string): Promise<void> {
    // Batches and operations take turns: neither waits for the end of a queue of the other.
    let turns: readonly Turn[] = [workOnBatch, workOnOperation];
    while (!stopping.signal.aborted) {
      const done = await takeTurn(turns, name).catch((error: unknown) => {
        around.log.error({ err: error }, 'the queue cannot be read');
        return undefined;
      });
      if (done === undefined) await pause(options.pollMs);
      else turns = done === workOnBatch ? [workOnOperation, workOnBatch] : [workOnBatch, workOnOperation];
    }
  }
  /** Returns the first of `turns` that found something to do. */
  async function takeTurn(turns: readonly Turn[], name: string): Promise<Turn | undefined> {
    for (const [id, until] of avoided) if (until < Date.now()) avoided.delete(id);
    for (const id of unseen) if (!avoided.has(id)) unseen.delete(id);
    for (const turn of turns) if (await turn(name)) return turn;
    return undefined;
  }
  async function workOnBatch(name: string): Promise<boolean> {
    const batch = await claimBatch(around.pool, name, listAvoided(isBatch), [...unseen]);
    if (batch === undefined) return false;
    const tell = makeProgressTeller(around.pool, batch.batchId);
    const outcome = await runClaimed(around, batch, (progress) => {
      tell(progress);
      options.onProgress?.(batch, progress);
    });
    if (outcome.kind === 'postponed') {
      const isUnseen = outcome.fault.code === 'archive_missing';
      avoided.set(batch.batchId, Date.now() + (isUnseen ? AVOID_MS : RETRY_MS));
      if (isUnseen) unseen.add(batch.batchId);
    }
    options.onOutcome(batch, outcome);
    return true;
  }
  let askedAgainAt = 0;
  /** Asked less often than there are files: a backlog of small ones is not held up by a question after each. */
  async function workOnOperation(name: string): Promise<boolean> {
    if (performance.now() < askedAgainAt) return false;
    const outcome = await runNextOperation(
      around,
      name,
      listAvoided((id) => !isBatch(id)),
    );
    if (outcome.kind === 'postponed') avoided.set(outcome.id, Date.now() + RETRY_MS);
    if (outcome.kind === 'none') askedAgainAt = performance.now() + options.pollMs / 2;
    return outcome.kind !== 'none';
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
