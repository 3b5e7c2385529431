// Carries out what the policy of keeping says, once or once a day. One process at a time; the others leave it alone.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '@cei-inoe/shared/database';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import type { Surroundings } from '../compose/settings.ts';
import { decideHorizons, type Horizons, type RetentionPolicy } from './policy.ts';
import { pruneArchive } from './prune-archive.ts';
import { type Pruned, pruneHistory } from './prune-history.ts';

export interface PolicyRun {
  readonly history?: Pruned;
  readonly archive?: Pruned;
}

type Keeper = Pick<Surroundings, 'pool' | 'archive' | 'log'>;

/** Removes what lies before the horizons; safe beside everything else. @throws Fault already_running */
export async function runPolicy(around: Keeper, horizons: Horizons, signal?: AbortSignal): Promise<PolicyRun> {
  const done = await runAlone(around.pool, () => prune(around, horizons, signal));
  if (done === undefined) throw new Fault('already_running', 'Another process is removing what is not kept.');
  return done;
}

async function prune(around: Keeper, horizons: Horizons, signal: AbortSignal | undefined): Promise<PolicyRun> {
  const { history, archive } = horizons;
  return {
    ...(history === undefined ? {} : { history: await pruneHistory(around.pool, history, signal) }),
    ...(archive === undefined ? {} : { archive: await pruneArchive(around, archive, signal) }),
  };
}

const LOOK_MS = 3_600_000;
const DAY = "interval '23 hours 30 minutes'";

/** Whether one of them was not carried out whole since yesterday. */
async function isDue(pool: Pool, { historyDays, archiveDays }: RetentionPolicy): Promise<boolean> {
  const wanted = [...(historyDays === undefined ? [] : ['history']), ...(archiveDays === undefined ? [] : ['archive'])];
  const { rows } = await pool.query<{ due: boolean }>(
    `SELECT EXISTS (SELECT FROM unnest($1::text[]) AS w (what) WHERE NOT EXISTS (
       SELECT FROM retention r WHERE r.what = w.what AND r.completed_at > clock_timestamp() - ${DAY})) AS due`,
    [wanted],
  );
  return rows[0]?.due === true;
}

/** Runs `work` unless another process does so: undefined then. The lock goes with the connection, also of one that was killed. */
async function runAlone<T>(pool: Pool, work: () => Promise<T>): Promise<T | undefined> {
  const connection = await pool.connect();
  const lock = "hashtextextended('cei retention', 0)";
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  connection.on('error', onError);
  try {
    const { rows } = await connection.query<{ got: boolean }>(`SELECT pg_try_advisory_lock(${lock}) AS got`);
    if (rows[0]?.got !== true) return undefined;
    const done = await work();
    await connection.query(`SELECT pg_advisory_unlock(${lock})`);
    return done;
  } catch (error) {
    // Closed, the connection gives the lock up.
    broken ??= error as Error;
    throw error;
  } finally {
    connection.off('error', onError);
    connection.release(broken);
  }
}

/** Carries the policy out now if it is due, and once a day from then on, until it is stopped. */
export function startRetention(around: Keeper, policy: RetentionPolicy, lookMs = LOOK_MS): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const tell = (run: PolicyRun) => {
    for (const [what, { horizon, removed, left }] of Object.entries(run))
      around.log.info({ what, horizon, removed, left }, 'pruned');
  };
  const look = () =>
    runAlone(around.pool, async () => {
      if (await isDue(around.pool, policy))
        tell(await prune(around, await decideHorizons(around.pool, policy), signal));
    });
  const loop = (async () => {
    while (!signal.aborted) {
      await look().catch((error: unknown) => {
        const { code, message, remedy } = makeFault(error);
        around.log.error({ code, err: error, remedy }, `the policy of keeping was not carried out: ${message}`);
      });
      await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
