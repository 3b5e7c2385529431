// In the faulty process: a clock that can be put forward, and sleeps that are short, so that a test need not wait for the minutes that a recovery waits.

import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

const LONGEST_SLEEP_MS = 20;
const LONGEST_INTERVAL_MS = 100;
let aheadMs = 0;

/** Lets `ms` go by at once. */
export function putForward(ms: number): void {
  aheadMs += ms;
}

/** What a file's time says is measured on our clock, too. */
export function shiftMtime(info: unknown): unknown {
  const times = info as { mtimeMs: number | bigint };
  if (typeof times.mtimeMs === 'number') times.mtimeMs += aheadMs;
  return info;
}

export function bendTime(): void {
  const now = Date.now;
  const elapsed = performance.now.bind(performance);
  Date.now = () => now() + aheadMs;
  performance.now = () => elapsed() + aheadMs;
  const sleep = timers.setTimeout;
  timers.setTimeout = ((ms: number, ...rest: [undefined]) =>
    sleep(Math.min(ms, LONGEST_SLEEP_MS), ...rest)) as typeof timers.setTimeout;
  const repeat = globalThis.setInterval;
  globalThis.setInterval = ((run: () => void, ms: number) =>
    repeat(run, Math.min(ms, LONGEST_INTERVAL_MS))) as typeof globalThis.setInterval;
  syncBuiltinESMExports();
}
