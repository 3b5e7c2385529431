// The queue in the database: claiming batches, keeping claims alive, giving them back, and taking over those of the dead.

import type { SourceType } from '@cei-inoe/shared/batches';
import type { Pool } from '@cei-inoe/shared/database';
import { FAULTS } from '@cei-inoe/shared/error-catalogue';
import { prepareSql, readSql } from '@cei-inoe/shared/sql';
import type { BatchContext, ClaimedBatch } from '../model/batch.ts';

interface BatchRow {
  readonly batch_id: string;
  readonly attempt: number;
  readonly source_type: SourceType;
  readonly source_name: string | null;
  readonly file_sha256: string | null;
  readonly size_bytes: string | null;
  readonly datasource_id: number | null;
  readonly dry_run: boolean;
  readonly context: BatchContext;
  readonly created_at: Date;
}

export const MAX_ATTEMPTS = 3;

/** Claims the oldest pending batch that no earlier one of the same source is in front of; `avoid` are batches this process gave back, `unseen` those of them whose bytes it cannot see. */
export async function claimBatch(
  pool: Pool,
  worker: string,
  avoid: readonly string[],
  unseen: readonly string[] = [],
): Promise<ClaimedBatch | undefined> {
  const { rows } = await pool.query<BatchRow>(prepareSql('queue/claim.sql', [worker, avoid, unseen]));
  const row = rows[0];
  return row === undefined ? undefined : makeClaimed(row, worker);
}

const makeClaimed = (row: BatchRow, worker: string): ClaimedBatch => ({
  batchId: row.batch_id,
  attempt: row.attempt,
  claimedBy: worker,
  sourceType: row.source_type,
  sourceName: row.source_name ?? row.batch_id,
  sha256: row.file_sha256 ?? '',
  sizeBytes: Number(row.size_bytes ?? 0),
  datasourceId: row.datasource_id,
  dryRun: row.dry_run,
  context: row.context,
  createdAt: row.created_at,
});

/** Says that the worker still lives. The load's own transaction holds the row, which says the same: it is then skipped. */
export async function keepAlive(pool: Pool, batch: ClaimedBatch): Promise<void> {
  await pool.query(readSql('queue/heartbeat.sql'), [batch.batchId, batch.claimedBy, batch.attempt]);
}

/** Puts the batch back into the queue; the attempt does not count. */
export async function giveBack(pool: Pool, batch: ClaimedBatch): Promise<void> {
  await pool.query(
    `UPDATE ingest_batch SET status = 'pending', claimed_by = NULL, heartbeat_at = NULL, attempt = attempt - 1
     WHERE batch_id = $1 AND claimed_by = $2 AND attempt = $3 AND status = 'processing'`,
    [batch.batchId, batch.claimedBy, batch.attempt],
  );
}

/** Batches whose worker gave no sign of life for `staleSeconds` go back to the queue, or fail after three such deaths. Returns how many were found. */
export async function reapDead(pool: Pool, staleSeconds: number): Promise<number> {
  const { title, remedy } = FAULTS.worker_died;
  const { rowCount } = await pool.query(readSql('queue/reap.sql'), [
    staleSeconds,
    MAX_ATTEMPTS,
    JSON.stringify({ code: 'worker_died', title, message: title, remedy }),
  ]);
  return rowCount ?? 0;
}
