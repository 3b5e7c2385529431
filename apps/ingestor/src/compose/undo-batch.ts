// Takes a batch back, or brings it back to its place: one transaction each, recorded in batch_operation.
import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import { DATASETS, type DatasetName } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import { lockSources } from '../stages/merge/locks.ts';
import { makeDedupKey } from './dedup.ts';
import { type Rebuilt, rebuildTouched } from './rebuild.ts';
import type { Surroundings } from './settings.ts';

export interface OperationOptions {
  readonly requestedBy: string | null;
  /** Do it, count it, and roll it back. */
  readonly dryRun: boolean;
  /** The row that asked for it; without one, a row is written. */
  readonly operationId?: string;
}

export interface OperationResult extends Rebuilt {
  readonly batch_id: string;
  readonly operation: 'undo' | 'redo';
  readonly dry_run: boolean;
}

interface BatchRow {
  readonly batch_id: string;
  readonly status: string;
  readonly dry_run: boolean;
  readonly dataset: DatasetName | null;
  readonly source_type: string;
  readonly datasource_id: number | null;
  readonly file_sha256: string;
  readonly context: {
    readonly options?: { readonly force?: boolean };
    readonly decisions?: { readonly meter?: string };
  };
}

/** @throws Fault batch_unknown, batch_not_undoable, undo_no_archive */
export const undoBatch = (around: Surroundings, batchId: string, options: OperationOptions): Promise<OperationResult> =>
  operate(around, batchId, 'undo', options);

/** @throws Fault batch_unknown, batch_not_redoable, duplicate_file, undo_no_archive */
export const redoBatch = (around: Surroundings, batchId: string, options: OperationOptions): Promise<OperationResult> =>
  operate(around, batchId, 'redo', options);

class RolledBack extends Error {}

async function operate(
  around: Surroundings,
  batchId: string,
  operation: 'undo' | 'redo',
  options: OperationOptions,
): Promise<OperationResult> {
  let result: OperationResult | undefined;
  try {
    await inTransaction(around.pool, async (connection) => {
      await connection.query("SET LOCAL idle_in_transaction_session_timeout = '60s'");
      result = await operateIn(around, connection, batchId, operation, options);
      if (options.dryRun) throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  if (result === undefined) throw new Fault('internal', 'The operation ended without a result.');
  if (options.dryRun && options.operationId !== undefined) await record(around.pool, result, options, undefined);
  return result;
}

async function operateIn(
  around: Surroundings,
  connection: Connection,
  batchId: string,
  operation: 'undo' | 'redo',
  options: OperationOptions,
): Promise<OperationResult> {
  if (options.operationId !== undefined) await holdOperation(connection, options.operationId);
  const batch = await findBatch(connection, batchId, operation);
  const dataset = DATASETS[batch.dataset as DatasetName];
  // Row and key first, then the sources: the order in which a load takes them.
  await mark(connection, batch, operation);
  const { rows: touched } = await connection.query<{ datasource_id: number }>(
    'SELECT datasource_id FROM ingest_batch_datasource WHERE batch_id = $1 ORDER BY 1',
    [batchId],
  );
  await lockSources(
    connection,
    dataset,
    touched.map((row) => row.datasource_id),
  );
  const appliedAt = await takeEffect(connection, batchId, operation);
  const reason = operation === 'undo' ? 'undo' : 'update';
  const rebuilt = await rebuildTouched(around, connection, { dataset, batchId, appliedAt, reason });
  const result = { batch_id: batchId, operation, dry_run: options.dryRun, ...rebuilt };
  if (!options.dryRun) await record(connection, result, options, appliedAt);
  return result;
}

/** Who undid what, when, with what result. */
async function record(
  db: Pick<Connection, 'query'> | Pick<Pool, 'query'>,
  result: OperationResult,
  options: OperationOptions,
  startedAt: string | undefined,
): Promise<void> {
  if (options.operationId !== undefined) {
    await db.query(
      "UPDATE batch_operation SET status = 'completed', result = $2, completed_at = clock_timestamp() WHERE id = $1",
      [options.operationId, JSON.stringify(result)],
    );
    return;
  }
  await db.query(
    `INSERT INTO batch_operation (batch_id, operation, requested_by, status, result, started_at, completed_at)
     VALUES ($1, $2, $3, 'completed', $4, $5, clock_timestamp())`,
    [result.batch_id, result.operation, options.requestedBy, JSON.stringify(result), startedAt],
  );
}

/** The lock tells others that the operation is alive. @throws Fault batch_lost when it was given to another worker */
async function holdOperation(connection: Connection, id: string): Promise<void> {
  const { rowCount } = await connection.query(
    "SELECT 1 FROM batch_operation WHERE id = $1 AND status = 'processing' FOR UPDATE",
    [id],
  );
  if (rowCount !== 1) throw new Fault('batch_lost', 'Another worker took this operation over.');
}

/** Locks the row and checks that the operation makes sense for it. */
async function findBatch(connection: Connection, batchId: string, operation: 'undo' | 'redo'): Promise<BatchRow> {
  const { rows } = await connection.query<BatchRow>(
    `SELECT batch_id, status, dry_run, dataset, source_type, datasource_id, file_sha256, context
     FROM ingest_batch WHERE batch_id = $1 FOR NO KEY UPDATE`,
    [batchId],
  );
  const batch = rows[0];
  if (batch === undefined) throw new Fault('batch_unknown', `There is no batch ${batchId}.`);
  const wanted = operation === 'undo' ? 'completed' : 'undone';
  if (batch.status !== wanted || batch.dry_run || batch.dataset === null) {
    const what = batch.dry_run ? 'a dry run' : batch.status;
    throw new Fault(operation === 'undo' ? 'batch_not_undoable' : 'batch_not_redoable', `Batch ${batchId} is ${what}.`);
  }
  return batch;
}

/** Changes the status. A redo keeps its place in the order, and takes the place of "loaded already" again. */
async function mark(connection: Connection, batch: BatchRow, operation: 'undo' | 'redo'): Promise<void> {
  const counts = operation === 'redo' && batch.context.options?.force !== true;
  const meter = batch.context.decisions?.meter;
  const key = counts ? makeDedupKey(batch.file_sha256, batch.dataset ?? '', batch.datasource_id, meter) : null;
  try {
    await connection.query('UPDATE ingest_batch SET status = $2, dedup_key = $3 WHERE batch_id = $1', [
      batch.batch_id,
      operation === 'undo' ? 'undone' : 'completed',
      key,
    ]);
  } catch (error) {
    if ((error as { code?: unknown }).code !== '23505') throw error;
    throw new Fault('duplicate_file', 'The same bytes have been loaded again since.', { cause: error });
  }
}

/** The instant of the operation, taken under the locks; a redone batch takes effect at it. */
async function takeEffect(connection: Connection, batchId: string, operation: 'undo' | 'redo'): Promise<string> {
  const { rows } = await connection.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
  const at = rows[0]?.at ?? '';
  if (operation === 'redo') {
    await connection.query('UPDATE ingest_batch SET applied_at = $2 WHERE batch_id = $1', [batchId, at]);
  }
  return at;
}
