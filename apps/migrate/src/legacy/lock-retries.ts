// Takes short locks patiently: tries again and again rather than keep writers waiting behind a long reader. Knows no table.
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '@cei-inoe/shared/errors';

const LOCK_NOT_AVAILABLE = '55P03';
const ATTEMPTS = 20;
const PAUSE_MS = 250;

/** Runs `work`, which sets a lock_timeout, again when a lock was not to be had. @throws Fault legacy_blocked */
export async function withLockRetries<T>(what: string, work: () => Promise<T>, attempts = ATTEMPTS): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
      if (attempt >= attempts) {
        throw new Fault('legacy_blocked', `${what} was locked at each of ${attempts} attempts.`, { cause: error });
      }
      await sleep(PAUSE_MS);
    }
  }
}
