// Runs one claimed batch: keeps the claim alive meanwhile, and decides what a failure means for the queue.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, makeFault } from '@cei-inoe/shared/errors';
import { keepRejects } from '../compose/keep-rejects.ts';
import { isPassing, loadBatch } from '../compose/load-batch.ts';
import type { Loaded } from '../compose/run-load.ts';
import type { LoadProgress, Surroundings } from '../compose/settings.ts';
import type { ClaimedBatch } from '../model/batch.ts';
import { giveBack, keepAlive } from './claims.ts';

const HEARTBEAT_MS = 5_000;

export type Outcome =
  | { readonly kind: 'loaded'; readonly loaded: Loaded }
  | { readonly kind: 'duplicate'; readonly of: string | null }
  | { readonly kind: 'failed'; readonly fault: Fault }
  /** Given back: nothing is wrong with the file. */
  | { readonly kind: 'postponed'; readonly fault: Fault };

const GIVE_BACK_MS = 15_000;

/** A database that restarts takes some seconds. If it takes longer, the batch is found by its stale heartbeat. */
async function giveBackPatiently(around: Surroundings, batch: ClaimedBatch): Promise<void> {
  const deadline = performance.now() + GIVE_BACK_MS;
  for (let pauseMs = 100; performance.now() < deadline; pauseMs *= 2) {
    try {
      return await giveBack(around.pool, batch);
    } catch (error) {
      around.log.warn({ batch_id: batch.batchId, err: error }, 'the batch cannot be given back yet');
      await sleep(pauseMs);
    }
  }
}

/** Loads the batch; never throws for what is wrong with its file. */
export async function runClaimed(
  around: Surroundings,
  batch: ClaimedBatch,
  onProgress?: (progress: LoadProgress) => void,
): Promise<Outcome> {
  const beat = setInterval(() => {
    keepAlive(around.pool, batch).catch((error: unknown) => around.log.warn({ err: error }, 'heartbeat failed'));
  }, HEARTBEAT_MS);
  try {
    const loaded = await loadBatch(around, batch, {
      ...(onProgress === undefined ? {} : { onProgress }),
      // A dry run keeps its refusals with its batch, and leaves no file.
      onRejects: async (plan, spool) => {
        if (!batch.dryRun) await keepRejects(around, batch, plan, spool);
      },
    });
    return { kind: 'loaded', loaded };
  } catch (error) {
    const fault = makeFault(error);
    if (fault.code === 'duplicate_file')
      return { kind: 'duplicate', of: (fault.facts.batch_id as string | null) ?? null };
    if (!isPassing(fault)) return { kind: 'failed', fault };
    if (fault.code !== 'batch_lost') await giveBackPatiently(around, batch);
    return { kind: 'postponed', fault };
  } finally {
    clearInterval(beat);
  }
}
