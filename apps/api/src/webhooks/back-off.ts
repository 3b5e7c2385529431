// Decides what follows from an attempt: done, again later, or given up. Sends and stores nothing.
import { makeFault } from '@cei-inoe/shared/errors';
import { type DeliveryStatus, PING } from '@cei-inoe/shared/webhooks';
import type { Answer } from './send.ts';

export const MAX_ATTEMPTS = 10;
/** So many given up one after the other switch a webhook off. */
export const MAX_GIVEN_UP = 5;
export const DAY_SECONDS = 86_400;
const FIRST_SECONDS = 10;
const FACTOR = 4;
/** Waits are shorter by up to this share, so that what failed together does not come back together. */
const JITTER = 0.2;

/** Seconds to wait after attempt 1, 2, …; `random` is from 0 to 1. */
export const findDelay = (attempt: number, random: number): number =>
  Math.min(FIRST_SECONDS * FACTOR ** (attempt - 1), DAY_SECONDS) * (1 - JITTER * random);

export interface Verdict {
  readonly status: DeliveryStatus;
  readonly responseStatus: number | null;
  readonly error: string | null;
  readonly delaySeconds: number;
  /** The receiver wants nothing any more. */
  readonly isGone: boolean;
}

/** @param result the answer, or what was thrown instead */
export function judge(
  result: Answer | Error,
  { attempt, event }: { readonly attempt: number; readonly event: string },
  random: number,
): Verdict {
  const answer = result instanceof Error ? null : result;
  const responseStatus = answer?.status ?? null;
  const isGone = responseStatus === 410;
  const base = { responseStatus, isGone, delaySeconds: 0 };
  if (responseStatus !== null && responseStatus >= 200 && responseStatus < 300) {
    return { ...base, status: 'delivered', error: null };
  }
  const error = result instanceof Error ? describe(result) : describeStatus(result.status);
  if (isGone || attempt >= MAX_ATTEMPTS || event === PING) return { ...base, status: 'given_up', error };
  const asked = Math.min(answer?.retryAfter ?? 0, DAY_SECONDS);
  return { ...base, status: 'pending', error, delaySeconds: Math.max(findDelay(attempt, random), asked) };
}

const describeStatus = (status: number): string =>
  status >= 300 && status < 400 ? `answered ${status}; redirects are not followed` : `answered ${status}`;

/** One line, as an admin reads it. Node names what it cannot reach by a code and an address. */
function describe(error: Error): string {
  const said = makeFault(error).message || error.name;
  return said.replace(/\s+/g, ' ').slice(0, 300);
}
