// Keeps the courier going: when the bell rings, when something falls due, and every half minute whatever happens. Sends nothing itself.
import { openOutbox } from '../repositories/outbox.ts';
import { openBell } from './bell.ts';
import { type CourierOptions, openCourier } from './courier.ts';

export interface Rounds {
  close(): Promise<void>;
}

const ROUND_MS = 30_000;
/** What is due and was not begun waits for room, which rings. */
const LEAST_REST_MS = 1_000;
const PRUNE_MS = 3_600_000;

/** Begins at once. Without a database it waits for one. */
export function startRounds(options: Omit<CourierOptions, 'onRoom'> & { readonly databaseUrl: string }): Rounds {
  const { pool, databaseUrl, log } = options;
  const outbox = openOutbox(pool);
  let isClosed = false;
  let isRung = false;
  let wake: () => void = () => undefined;
  let prunedAt = Number.NEGATIVE_INFINITY;
  let wasWell = true;

  const ring = () => {
    isRung = true;
    wake();
  };
  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const bell = openBell(databaseUrl, ring);
  const courier = openCourier({ ...options, onRoom: ring });

  /** Returns how long to rest. */
  async function goRound(): Promise<number> {
    await bell.ensure();
    await courier.startDue();
    if (performance.now() - prunedAt > PRUNE_MS) {
      await outbox.prune();
      prunedAt = performance.now();
    }
    return Math.min(ROUND_MS, Math.max(LEAST_REST_MS, (await outbox.findNextDue()) ?? ROUND_MS));
  }
  async function goOn(): Promise<void> {
    while (!isClosed) {
      isRung = false;
      const restMs = await goRound().then(
        (ms) => {
          wasWell = true;
          return ms;
        },
        (error: unknown) => {
          if (wasWell && !isClosed) log.warn({ err: error }, 'webhooks wait for the database');
          wasWell = false;
          return ROUND_MS;
        },
      );
      if (!isRung && !isClosed) await rest(restMs);
    }
  }
  const ended = goOn();
  return {
    async close() {
      isClosed = true;
      wake();
      await Promise.all([courier.close(), bell.close()]);
      await ended;
    },
  };
}
