// Waits until an ingestor has done something: a load, or an undo, redo or replay. Asks with growing pauses; changes nothing.
import type { Client } from 'openapi-fetch';
import type { components, paths } from './generated/schema.ts';
import type { JsonMedia } from './pages.ts';
import { ProblemError, unwrap } from './problem.ts';
import type { Batch } from './upload.ts';

export type Operation = components['schemas']['Operation'];

export interface WaitOptions {
  /** Ends the waiting, not the load. `AbortSignal.timeout(60_000)` waits for a minute at most. */
  readonly signal?: AbortSignal;
  /** Called with every answer. */
  readonly onAnswer?: (answer: Batch | Operation) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const GROWTH = 1.5;
/** So often in a row the service may be out of reach: while it starts anew, the load goes on without it. */
const MOST_MISSES = 10;

const isUnderWay = ({ status }: { status: string }) => status === 'pending' || status === 'processing';

/**
 * The batch when it has ended: `completed` (see `records_rejected`), `duplicate` or `undone`.
 * @throws ProblemError with the code of the ingestor's fault where the load failed; the reason of `signal`
 */
export function waitForBatch(
  client: Client<paths, JsonMedia>,
  batchId: string,
  options: WaitOptions = {},
): Promise<Batch> {
  const params = { path: { batch_id: batchId } };
  return wait(
    (signal) => unwrap(client.GET('/batches/{batch_id}', { params, signal })),
    options,
    (batch) => ({
      ...readFault(batch.error),
      batch_id: batch.batch_id,
    }),
  );
}

/**
 * The operation when it is done; where it is done already, as it was given.
 * @throws ProblemError with the code of the ingestor's fault where it was refused; the reason of `signal`
 */
export function waitForOperation(
  client: Client<paths, JsonMedia>,
  operation: Pick<Operation, 'batch_id' | 'id'>,
  options: WaitOptions = {},
): Promise<Operation> {
  const params = { path: { batch_id: operation.batch_id, operation_id: operation.id } };
  const ask = (signal: AbortSignal | null) =>
    unwrap(client.GET('/batches/{batch_id}/operations/{operation_id}', { params, signal }));
  return wait(ask, options, ({ result, id }) => ({ ...readFault(result), operation_id: id }));
}

/** What an ingestor writes down of a failure: code, message, and facts. */
function readFault(written: unknown): { code: string; detail?: string } {
  const { code, message, ...facts } = (written ?? {}) as { code?: string; message?: string };
  return { ...facts, code: code ?? 'internal', ...(message === undefined ? {} : { detail: message }) };
}

async function wait<T extends Batch | Operation>(
  ask: (signal: AbortSignal | null) => Promise<T>,
  { signal, onAnswer }: WaitOptions,
  describeFailure: (answer: T) => object,
): Promise<T> {
  let pauseMs = FIRST_PAUSE_MS;
  for (let misses = 0; ; ) {
    signal?.throwIfAborted();
    const answer = await askOrMiss(ask, signal);
    if ('missed' in answer) {
      if (++misses > MOST_MISSES) throw answer.missed;
      const { retryAfterSeconds = 0 } = answer.missed instanceof ProblemError ? answer.missed : {};
      await sleep(Math.max(pauseMs, retryAfterSeconds * 1000), signal);
    } else {
      misses = 0;
      onAnswer?.(answer);
      if (answer.status === 'failed') throw new ProblemError(describeFailure(answer));
      if (!isUnderWay(answer)) return answer;
      // Not all at the same moment, when many wait.
      await sleep(pauseMs * (0.8 + 0.4 * Math.random()), signal);
    }
    pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS);
  }
}

/** A service that is busy (429, 503) or cannot be reached is asked again. */
async function askOrMiss<T>(
  ask: (signal: AbortSignal | null) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | { readonly missed: unknown }> {
  try {
    return await ask(signal ?? null);
  } catch (error) {
    // What fetch throws where there is no answer.
    const passes = error instanceof ProblemError ? isBusy(error) : error instanceof TypeError;
    if (!passes || signal?.aborted === true) throw error;
    return { missed: error };
  }
}

const isBusy = ({ status }: ProblemError): boolean => status === 429 || status === 503;

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
