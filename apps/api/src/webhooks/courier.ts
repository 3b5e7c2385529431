// Delivers what the outbox holds: a few at a time, each attempt within a time, until it is told to stop. Decides nothing about an attempt.
import type { Pool } from '@cei-inoe/shared/database';
import type { Log } from '@cei-inoe/shared/log';
import { type Claimed, openOutbox } from '../repositories/outbox.ts';
import { judge, type Verdict } from './back-off.ts';
import { writeBody } from './body.ts';
import type { Answer, Send } from './send.ts';
import { signMessage } from './signature.ts';

export interface CourierOptions {
  readonly pool: Pool;
  readonly log: Log;
  readonly send: Send;
  readonly version: string;
  /** Told how each attempt ended. */
  readonly onAttempt?: (status: Verdict['status']) => void;
  /** Told when there is room for another. */
  readonly onRoom?: () => void;
  readonly attemptTimeoutMs?: number;
  /** How long `close` lets attempts go on. */
  readonly closeGraceMs?: number;
}

export interface Courier {
  /** Begins to send what is due, as far as there is room. Returns whether there was anything. @throws what the database says */
  startDue(): Promise<boolean>;
  /** Waits until nothing is under way. */
  whenIdle(): Promise<void>;
  /** Takes nothing new, gives what is under way a moment, and calls it off then: it is sent again later. */
  close(): Promise<void>;
}

export const MAX_UNDER_WAY = 8;
/** A receiver that is slow holds up no other. */
export const MAX_PER_WEBHOOK = 4;
const ATTEMPT_TIMEOUT_MS = 10_000;
const CLOSE_GRACE_MS = 5_000;

class Stopped extends Error {}

export function openCourier(options: CourierOptions): Courier {
  const { pool, log } = options;
  const outbox = openOutbox(pool);
  const stopping = new AbortController();
  const underWay = new Map<Promise<void>, string>();
  let isClosed = false;

  const listBusy = (): string[] => {
    const counts = new Map<string, number>();
    for (const id of underWay.values()) counts.set(id, (counts.get(id) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= MAX_PER_WEBHOOK).map(([id]) => id);
  };

  async function attempt(claimed: Claimed): Promise<void> {
    const result = await sendOnce(options, claimed, stopping.signal);
    if (result instanceof Stopped) return outbox.release(claimed);
    const verdict = judge(result, claimed, Math.random());
    const off = await outbox.settle(claimed, verdict);
    options.onAttempt?.(verdict.status);
    const { status, responseStatus, error } = verdict;
    const facts = { delivery: claimed.id, webhook: claimed.webhookId, event: claimed.event, attempt: claimed.attempt };
    if (status === 'delivered') log.debug({ ...facts, responseStatus }, 'a webhook was told');
    else log.warn({ ...facts, responseStatus, error, status }, 'a webhook was not told');
    if (off !== undefined) log.warn({ webhook: claimed.webhookId, because: off }, 'a webhook was switched off');
  }

  async function startDue(): Promise<boolean> {
    let started = false;
    while (!isClosed && underWay.size < MAX_UNDER_WAY) {
      const claimed = await outbox.claim(listBusy());
      if (claimed === undefined) break;
      if (isClosed) {
        await outbox.release(claimed);
        break;
      }
      const work: Promise<void> = attempt(claimed)
        // The claim runs out, and then it is sent again.
        .catch((error: unknown) => log.error({ err: error, delivery: claimed.id }, 'an attempt was not written down'))
        .finally(() => {
          underWay.delete(work);
          options.onRoom?.();
        });
      underWay.set(work, claimed.webhookId);
      started = true;
    }
    return started;
  }

  return {
    startDue,
    async whenIdle() {
      while (underWay.size > 0) await Promise.race(underWay.keys());
    },
    async close() {
      isClosed = true;
      const graceMs = options.closeGraceMs ?? CLOSE_GRACE_MS;
      const timer = setTimeout(() => stopping.abort(new Stopped()), graceMs);
      await Promise.allSettled([...underWay.keys()]);
      clearTimeout(timer);
    },
  };
}

/** Never throws: what went wrong is the result. */
async function sendOnce(options: CourierOptions, claimed: Claimed, stop: AbortSignal): Promise<Answer | Error> {
  const { send, version, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS } = options;
  const body = writeBody(claimed);
  const message = { id: claimed.id, timestamp: Math.floor(Date.now() / 1000), body };
  const headers = {
    'content-type': 'application/json',
    'user-agent': `CEI-InOE/${version}`,
    ...signMessage(message, claimed.secrets),
  };
  const ending = new AbortController();
  const end = () => ending.abort(stop.reason);
  stop.addEventListener('abort', end, { once: true });
  const late = new Error(`no answer within ${attemptTimeoutMs / 1000} s`);
  const timer = setTimeout(() => ending.abort(late), attemptTimeoutMs);
  try {
    return await send({ url: claimed.url, headers, body }, ending.signal);
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', end);
  }
}
