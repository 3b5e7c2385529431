// Tells whoever listens how far a load is, by NOTIFY: the load's own transaction holds the row of the batch, and nobody else could read from it.
import type { Pool } from '@cei-inoe/shared/database';
import { PROGRESS_CHANNEL, type ProgressNote } from '@cei-inoe/shared/progress';
import type { LoadProgress } from '../compose/settings.ts';

const PAUSE_MS = 500;

/** Twice a second at most. What cannot be told is not told: nothing depends on it. */
export function makeProgressTeller(pool: Pool, batchId: string): (progress: LoadProgress) => void {
  // Of a load that is over before that, its end says enough.
  let nextMs = performance.now() + PAUSE_MS;
  return ({ stage, recordsRead, bytesRead, bytesTotal }) => {
    if (performance.now() < nextMs) return;
    nextMs = performance.now() + PAUSE_MS;
    const note: ProgressNote = {
      batch_id: batchId,
      stage,
      records_read: recordsRead,
      bytes_read: bytesRead,
      bytes_total: bytesTotal,
    };
    pool.query('SELECT pg_notify($1, $2)', [PROGRESS_CHANNEL, JSON.stringify(note)]).catch(() => undefined);
  };
}
