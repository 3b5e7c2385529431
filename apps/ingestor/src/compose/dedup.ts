// "These bytes are loaded already": a unique key on the batch row, taken first thing in the load's transaction.
import type { Connection } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import type { ClaimedBatch } from '../model/batch.ts';
import type { FilePlan, Source } from '../model/plan.ts';

const UNIQUE_VIOLATION = '23505';

/** A forced load does not count as loaded, and has no key. */
const makeKey = (batch: ClaimedBatch, plan: FilePlan, source: Source | undefined): string | null =>
  batch.context.options?.force === true
    ? null
    : makeDedupKey(batch.sha256, plan.mapping.dataset.name, source?.id ?? null, plan.meter);

/** The same bytes, for the same dataset and datasource (null: each record names its own, perhaps as a register of `meter`). */
export const makeDedupKey = (
  sha256: string,
  dataset: string,
  datasourceId: number | null,
  meter: string | undefined,
): string => [sha256, dataset, datasourceId ?? '*', ...(meter === undefined ? [] : [meter])].join(':');

/**
 * Sets the key; a second copy of the same file waits here for the first one to end. A dry run only looks whether somebody has it.
 * @throws Fault duplicate_file with the first batch's id in `facts.batch_id`, or batch_lost
 */
export async function takeDedupKey(
  connection: Connection,
  batch: ClaimedBatch,
  plan: FilePlan,
  source: Source | undefined,
): Promise<void> {
  const key = makeKey(batch, plan, source);
  await connection.query('SAVEPOINT dedup');
  try {
    const { rowCount } = await connection.query(
      `UPDATE ingest_batch SET dedup_key = $4
       WHERE batch_id = $1 AND claimed_by = $2 AND attempt = $3 AND status = 'processing'`,
      [batch.batchId, batch.claimedBy, batch.attempt, batch.dryRun ? null : key],
    );
    if (rowCount !== 1) throw new Fault('batch_lost');
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT dedup');
    throw makeDuplicate(await findHolder(connection, key));
  }
  if (!batch.dryRun || key === null) return;
  const holder = await findHolder(connection, key);
  if (holder !== undefined) throw makeDuplicate(holder);
}

async function findHolder(connection: Connection, key: string | null): Promise<string | undefined> {
  const { rows } = await connection.query<{ batch_id: string }>(
    'SELECT batch_id FROM ingest_batch WHERE dedup_key = $1',
    [key],
  );
  return rows[0]?.batch_id;
}

const makeDuplicate = (batchId: string | undefined): Fault =>
  new Fault('duplicate_file', `It is batch ${batchId ?? 'of another process'}.`, {
    facts: { batch_id: batchId ?? null },
  });
