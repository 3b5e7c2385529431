// Finds the batch that a command names: by its id, or by the end of it, which stands in the names of files.
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';

export interface FoundBatch extends Readonly<Record<string, unknown>> {
  readonly batch_id: string;
}

/** The row of the batch; of several that end alike, the newest. @throws Fault batch_unknown */
export async function findBatch(pool: Pool, id: string): Promise<FoundBatch> {
  const wanted = id.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{8,32}$/.test(wanted)) throw new Fault('batch_unknown', `${id} is no id of a batch.`);
  const { rows } = await pool.query<FoundBatch>(
    "SELECT * FROM ingest_batch WHERE replace(batch_id::text, '-', '') LIKE '%' || $1 ORDER BY created_at DESC LIMIT 1",
    [wanted],
  );
  const found = rows[0];
  if (found === undefined) throw new Fault('batch_unknown', `There is no batch ${id}.`);
  return found;
}
