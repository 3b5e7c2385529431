// Whether what the tables said at an instant is still known. Changes nothing.
import type { Connection, Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';

interface HorizonRow {
  readonly horizon: Date;
  readonly pruned: boolean;
}

/**
 * To be asked after the answer was read, or before it in the same snapshot: the horizon is visible before anything goes, and never goes back.
 * @throws Fault history_pruned where `asOf` lies before the horizon
 */
export async function checkKept(db: Pick<Pool, 'query'> | Pick<Connection, 'query'>, asOf: string): Promise<void> {
  const { rows } = await db.query<HorizonRow>(
    "SELECT horizon, $1::timestamptz < horizon AS pruned FROM retention WHERE what = 'history'",
    [asOf],
  );
  const [row] = rows;
  if (row?.pruned !== true) return;
  const kept = row.horizon.toISOString();
  throw new Fault('history_pruned', `What the tables said is known from ${kept} on.`, { facts: { kept_from: kept } });
}

/** What `read` answers, if it can be exact. @throws Fault history_pruned */
export async function readKept<T>(pool: Pool, asOf: string | undefined, read: () => Promise<T>): Promise<T> {
  const answer = await read();
  if (asOf !== undefined) await checkKept(pool, asOf);
  return answer;
}

/** The instant up to which earlier values may be removed; null: everything is kept. */
export async function findHorizon(pool: Pool): Promise<string | null> {
  const { rows } = await pool.query<{ horizon: Date }>("SELECT horizon FROM retention WHERE what = 'history'");
  return rows[0]?.horizon.toISOString() ?? null;
}

/** Of a file that is not in the archive. @throws Fault history_pruned where the policy of keeping took it */
export async function checkFileKept(pool: Pool, sha256: string): Promise<void> {
  const { rows } = await pool.query<{ at: Date }>(
    'SELECT coalesce(removed_at, decided_at) AS at FROM pruned_file WHERE file_sha256 = $1',
    [sha256],
  );
  const [row] = rows;
  if (row !== undefined) throw new Fault('history_pruned', `The original was removed at ${row.at.toISOString()}.`);
}
