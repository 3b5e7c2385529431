// Undos and redos that the API asked for: claimed like batches, carried out, and answered in their own row.
import type { Pool } from '@cei-inoe/shared/database';
import { FAULTS } from '@cei-inoe/shared/error-catalogue';
import { makeFault } from '@cei-inoe/shared/errors';
import { readSql } from '@cei-inoe/shared/sql';
import { isPassing } from '../compose/load-batch.ts';
import type { Surroundings } from '../compose/settings.ts';
import { redoBatch, undoBatch } from '../compose/undo-batch.ts';
import { describeFailure } from '../stages/report/fail-batch.ts';
import { MAX_ATTEMPTS } from './claims.ts';

interface OperationRow {
  readonly id: string;
  readonly batch_id: string;
  readonly operation: 'undo' | 'redo';
  readonly options: { readonly dry_run?: boolean };
  readonly requested_by: string | null;
  readonly attempt: number;
}

/** An operation that passing faults keep from being done is given up in the end: somebody waits for the answer. */
const MAX_OPERATION_ATTEMPTS = 60;

/** Carries out the next one that waits. Returns false when there is none. */
export async function runNextOperation(around: Surroundings, worker: string): Promise<boolean> {
  const { rows } = await around.pool.query<OperationRow>(readSql('queue/claim-operation.sql'), [worker]);
  const operation = rows[0];
  if (operation === undefined) return false;
  const run = operation.operation === 'undo' ? undoBatch : redoBatch;
  try {
    await run(around, operation.batch_id, {
      requestedBy: operation.requested_by,
      dryRun: operation.options.dry_run === true,
      operationId: operation.id,
    });
  } catch (error) {
    const fault = makeFault(error);
    around.log.warn({ batch_id: operation.batch_id, operation: operation.operation, code: fault.code }, fault.message);
    const again = isPassing(fault) && operation.attempt < MAX_OPERATION_ATTEMPTS;
    await answer(around.pool, operation.id, again ? 'pending' : 'failed', describeFailure(fault));
    return !again;
  }
  return true;
}

async function answer(pool: Pool, id: string, status: 'pending' | 'failed', result: object): Promise<void> {
  await pool.query(
    `UPDATE batch_operation SET status = $2, result = $3, completed_at = CASE WHEN $2 = 'failed' THEN clock_timestamp() END
     WHERE id = $1 AND status = 'processing'`,
    [id, status, JSON.stringify(result)],
  );
}

/** Operations whose worker died go back into the queue, or fail after three such deaths. */
export async function reapDeadOperations(pool: Pool, staleSeconds: number): Promise<void> {
  const { title, remedy } = FAULTS.worker_died;
  const result = JSON.stringify({ code: 'worker_died', title, message: title, remedy });
  await pool.query(readSql('queue/reap-operations.sql'), [staleSeconds, MAX_ATTEMPTS, result]);
}
