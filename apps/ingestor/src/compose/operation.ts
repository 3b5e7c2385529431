// What undo, redo and replay have in common: one transaction, which a dry run rolls back, and a record of who asked for it.
import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import type { DatasetName } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import type { BatchContext } from '../model/batch.ts';
import type { Surroundings } from './settings.ts';

export interface OperationOptions {
  readonly requestedBy: string | null;
  /** Do it, count it, and roll it back. */
  readonly dryRun: boolean;
  /** The row that asked for it; without one, a row is written. */
  readonly operationId?: string;
}

/** What every operation answers; stored as `batch_operation.result`. */
export interface OperationAnswer {
  readonly batch_id: string;
  readonly operation: 'undo' | 'redo' | 'replay';
  readonly dry_run: boolean;
}

class RolledBack extends Error {}

/**
 * Carries out `work` in one transaction and writes down what it did. `asked` is stored where no row asked for it.
 * @throws whatever `work` throws; nothing has changed then
 */
export async function operate<R extends OperationAnswer>(
  around: Surroundings,
  options: OperationOptions,
  asked: object,
  work: (connection: Connection) => Promise<R>,
): Promise<R> {
  let result: R | undefined;
  try {
    await inTransaction(
      around.pool,
      async (connection) => {
        if (options.operationId !== undefined) await holdOperation(connection, options.operationId);
        result = await work(connection);
        if (options.dryRun) throw new RolledBack();
        await record(connection, result, options, asked);
      },
      { idleTimeout: '60s' },
    );
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  if (result === undefined) throw new Fault('internal', 'The operation ended without a result.');
  if (options.dryRun && options.operationId !== undefined) await record(around.pool, result, options, asked);
  return result;
}

/** The lock tells others that the operation is alive. @throws Fault batch_lost when it was given to another worker */
async function holdOperation(connection: Connection, id: string): Promise<void> {
  const { rowCount } = await connection.query(
    "SELECT 1 FROM batch_operation WHERE id = $1 AND status = 'processing' FOR UPDATE",
    [id],
  );
  if (rowCount !== 1) throw new Fault('batch_lost', 'Another worker took this operation over.');
}

/** Who did what to which batch, when, with what result. */
async function record(
  db: Pick<Connection, 'query'> | Pick<Pool, 'query'>,
  result: OperationAnswer,
  options: OperationOptions,
  asked: object,
): Promise<void> {
  if (options.operationId !== undefined) {
    await db.query(
      "UPDATE batch_operation SET status = 'completed', result = $2, completed_at = clock_timestamp() WHERE id = $1",
      [options.operationId, writeJsonb(result)],
    );
    return;
  }
  await db.query(
    `INSERT INTO batch_operation (batch_id, operation, options, requested_by, status, result, started_at, completed_at)
     VALUES ($1, $2, $3, $4, 'completed', $5, now(), clock_timestamp())`,
    [result.batch_id, result.operation, writeJsonb(asked), options.requestedBy, writeJsonb(result)],
  );
}

/** The batch that an operation is about. */
export interface OperatedBatch {
  readonly batch_id: string;
  readonly status: 'pending' | 'processing' | 'completed' | 'failed' | 'undone' | 'duplicate';
  readonly dry_run: boolean;
  readonly dataset: DatasetName | null;
  readonly source_type: 'file' | 'upload' | 'api' | 'manual' | 'legacy';
  readonly source_name: string | null;
  readonly datasource_id: number | null;
  readonly file_sha256: string | null;
  readonly size_bytes: string | null;
  readonly mapping_name: string | null;
  readonly applied_seq: string | null;
  readonly duplicate_of: string | null;
  readonly replay_of: string | null;
  readonly context: BatchContext;
}

/** Finds the batch and locks its row. @throws Fault batch_unknown */
export async function holdBatch(connection: Connection, batchId: string): Promise<OperatedBatch> {
  const { rows } = await connection.query<OperatedBatch>(
    `SELECT batch_id, status, dry_run, dataset, source_type, source_name, datasource_id, file_sha256, size_bytes, mapping_name, applied_seq,
            duplicate_of, replay_of, context
     FROM ingest_batch WHERE batch_id = $1 FOR NO KEY UPDATE`,
    [batchId],
  );
  const batch = rows[0];
  if (batch === undefined) throw new Fault('batch_unknown', `There is no batch ${batchId}.`);
  return batch;
}

/** The batch that counts and has the same place in the order: a replay of `batch`, or what `batch` is a replay of. */
export async function findPlaceHolder(connection: Connection, batch: OperatedBatch): Promise<string | undefined> {
  const { rows } = await connection.query<{ batch_id: string }>(
    "SELECT batch_id FROM ingest_batch WHERE applied_seq = $1 AND status = 'completed' AND batch_id <> $2",
    [batch.applied_seq, batch.batch_id],
  );
  return rows[0]?.batch_id;
}

/** Whether the database refused a second batch in the same place of the order. */
export const isPlaceTaken = (error: unknown): boolean =>
  (error as { constraint?: unknown }).constraint === 'ingest_batch_place_key';

/** The sources that the batch touched. */
export async function listTouched(connection: Connection, batchId: string): Promise<number[]> {
  const { rows } = await connection.query<{ datasource_id: number }>(
    'SELECT datasource_id FROM ingest_batch_datasource WHERE batch_id = $1 ORDER BY 1',
    [batchId],
  );
  return rows.map((row) => row.datasource_id);
}

/** The instant of an operation, taken under the locks. */
export async function readClock(connection: Connection): Promise<string> {
  const { rows } = await connection.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
  return rows[0]?.at ?? '';
}
