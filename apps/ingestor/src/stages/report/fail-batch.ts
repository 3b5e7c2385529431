// Writes down that a batch was not loaded, and why; or that it was loaded before. Never touches measurements.
import type { Connection } from '@cei-inoe/shared/database';
import type { Fault } from '@cei-inoe/shared/errors';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import type { ClaimedBatch } from '../../model/batch.ts';
import type { Counts } from '../../model/counts.ts';

const MINE = "batch_id = $1 AND claimed_by = $2 AND attempt = $3 AND status = 'processing'";

/** What the batch row and `<name>.error.json` say about a failure. */
export const describeFailure = (fault: Fault): object => ({
  code: fault.code,
  title: fault.title,
  message: fault.message,
  remedy: fault.remedy,
  errors: fault.errors,
  ...fault.facts,
});

/** The batch failed: nothing of it is in the tables, and its bytes may simply come again. */
export async function failBatch(connection: Connection, batch: ClaimedBatch, fault: Fault): Promise<void> {
  const counts = fault.facts.counts as Counts | undefined;
  await connection.query(
    `UPDATE ingest_batch SET status = 'failed', validation_status = 'failed', dedup_key = NULL, error = $4, lines_read = $5, records_read = $6,
       records_rejected = $7, completed_at = clock_timestamp(), heartbeat_at = NULL WHERE ${MINE}`,
    [
      batch.batchId,
      batch.claimedBy,
      batch.attempt,
      writeJsonb(describeFailure(fault)),
      counts?.lines ?? 0,
      counts?.read ?? 0,
      counts?.rejected ?? 0,
    ],
  );
}

/** The same bytes were loaded before: `first` is that batch. */
export async function markDuplicate(connection: Connection, batch: ClaimedBatch, first: string | null): Promise<void> {
  await connection.query(
    `UPDATE ingest_batch b SET status = 'duplicate', duplicate_of = $4, dedup_key = NULL, completed_at = clock_timestamp(), heartbeat_at = NULL,
       dataset = f.dataset, datasource_id = coalesce(f.datasource_id, b.datasource_id)
     FROM (SELECT $4::uuid AS id) k LEFT JOIN ingest_batch f ON f.batch_id = k.id
     WHERE b.batch_id = $1 AND b.claimed_by = $2 AND b.attempt = $3 AND b.status = 'processing'`,
    [batch.batchId, batch.claimedBy, batch.attempt, first],
  );
}
