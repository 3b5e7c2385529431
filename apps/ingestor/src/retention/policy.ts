// What is kept for how long, and the instant up to which it is not. Removes nothing.
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import type { IngestorConfig } from '../config.ts';

/** In days; what is undefined is kept for ever. */
export interface RetentionPolicy {
  readonly historyDays?: number | undefined;
  readonly archiveDays?: number | undefined;
}

/** Instants, as PostgreSQL writes them; undefined: nothing of it goes. */
export interface Horizons {
  readonly history?: string | undefined;
  readonly archive?: string | undefined;
}

export const readPolicy = (config: IngestorConfig): RetentionPolicy => ({
  historyDays: config.KEEP_HISTORY_DAYS,
  archiveDays: config.KEEP_ARCHIVE_DAYS,
});

export const hasPolicy = ({ historyDays, archiveDays }: RetentionPolicy): boolean =>
  historyDays !== undefined || archiveDays !== undefined;

/** What a clock that is wrong makes old cannot be brought back: more than this apart, none is believed. */
const MOST_MS_APART = 3_600_000;

/** Days of 24 hours, back from now by the clock of the database. @throws Fault clock_wrong where that of this machine says otherwise */
export async function decideHorizons(
  pool: Pool,
  { historyDays, archiveDays }: RetentionPolicy,
  nowMs = Date.now(),
): Promise<Horizons> {
  const { rows } = await pool.query<{ ms: number; history: string | null; archive: string | null }>(
    `SELECT extract(epoch FROM t.now)::float8 * 1000 AS ms, (t.now - $1::int * interval '24 hours')::text AS history,
       (t.now - $2::int * interval '24 hours')::text AS archive
     FROM (SELECT clock_timestamp() AS now) t`,
    [historyDays ?? null, archiveDays ?? null],
  );
  const [row] = rows;
  if (row === undefined) throw new Fault('internal', 'The database did not say what time it is.');
  if (Math.abs(row.ms - nowMs) > MOST_MS_APART) {
    const [theirs, ours] = [row.ms, nowMs].map((ms) => new Date(ms).toISOString());
    throw new Fault('clock_wrong', `The database says ${theirs}, this machine ${ours}.`);
  }
  return { history: row.history ?? undefined, archive: row.archive ?? undefined };
}
