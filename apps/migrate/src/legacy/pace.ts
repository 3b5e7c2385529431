// How fast a run goes and what it says meanwhile: chunk size, throttle, pause, the progress line. Knows no table.
import { setTimeout as sleep } from 'node:timers/promises';

export interface PaceOptions {
  /** Rows per chunk; without it 5,000, adapted to half a second. */
  readonly chunk: number | undefined;
  readonly maxRowsPerS: number | undefined;
  say(text: string): void;
  /** Whether somebody asked the run to pause. */
  isPaused(): Promise<boolean>;
  queueDepth(): Promise<number>;
}

export interface Pace {
  chunkSize(): number;
  onChunk(step: string, done: number, total: number, rows: number): Promise<void>;
  finish(text: string): void;
}

const DEFAULT_CHUNK = 5_000;
const [SMALLEST, LARGEST] = [500, 20_000];
const AIM_MS = 500;
const SAY_EVERY_MS = 1_000;
const PAUSE_MS = 500;

export function makePace(options: PaceOptions): Pace {
  const startedMs = Date.now();
  let chunk = options.chunk ?? DEFAULT_CHUNK;
  let lastMs = startedMs;
  let saidMs = 0;
  let rowsSoFar = 0;

  function adapt(rows: number): void {
    const tookMs = Math.max(1, Date.now() - lastMs);
    if (options.chunk !== undefined || rows < chunk / 2) return;
    const wanted = chunk * Math.min(2, Math.max(0.5, AIM_MS / tookMs));
    chunk = Math.round(Math.min(LARGEST, Math.max(SMALLEST, wanted)));
  }

  async function throttle(): Promise<void> {
    if (options.maxRowsPerS === undefined) return;
    const dueMs = startedMs + (rowsSoFar / options.maxRowsPerS) * 1_000;
    if (dueMs > Date.now()) await sleep(dueMs - Date.now());
  }

  async function waitWhilePaused(): Promise<void> {
    for (let said = false; await options.isPaused(); said = true) {
      if (!said) options.say('paused; `resume` goes on');
      await sleep(PAUSE_MS);
    }
  }

  async function sayProgress(step: string, done: number, total: number): Promise<void> {
    if (Date.now() - saidMs < SAY_EVERY_MS) return;
    saidMs = Date.now();
    const perS = Math.round(rowsSoFar / Math.max(0.001, (saidMs - startedMs) / 1_000));
    const of = total > 0 ? `/${total}` : '';
    const eta = total > done && perS > 0 ? `, ETA ${Math.ceil((total - done) / perS)} s` : '';
    options.say(`${step}: ${done}${of}, ${perS} rows/s${eta}, queue ${await options.queueDepth()}`);
  }

  return {
    chunkSize: () => chunk,
    async onChunk(step, done, total, rows) {
      rowsSoFar += rows;
      adapt(rows);
      await sayProgress(step, done, total);
      await throttle();
      await waitWhilePaused();
      lastMs = Date.now();
    },
    finish: (text) => options.say(`${text} in ${((Date.now() - startedMs) / 1_000).toFixed(1)} s`),
  };
}
