// Undos, redos and replays that the API asked for: claimed like batches, carried out, and answered in their own row.
import type { LoadOptions, OperationRequest } from '@cei-inoe/shared/batches';
import type { Pool } from '@cei-inoe/shared/database';
import { FAULTS } from '@cei-inoe/shared/error-catalogue';
import { makeFault } from '@cei-inoe/shared/errors';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import { prepareSql, readSql } from '@cei-inoe/shared/sql';
import { isPassing } from '../compose/load-batch.ts';
import type { OperationAnswer } from '../compose/operation.ts';
import { replayBatch } from '../compose/replay-batch.ts';
import type { Surroundings } from '../compose/settings.ts';
import { redoBatch, undoBatch } from '../compose/undo-batch.ts';
import { describeFailure } from '../stages/report/fail-batch.ts';
import { MAX_ATTEMPTS } from './claims.ts';

interface OperationRow {
  readonly id: string;
  readonly batch_id: string;
  readonly operation: 'undo' | 'redo' | 'replay';
  readonly options: OperationRequest;
  readonly requested_by: string | null;
  readonly attempt: number;
}

/** `postponed`: given back, as something passing kept it from being done. */
export type OperationOutcome = { readonly kind: 'none' | 'done' } | { readonly kind: 'postponed'; readonly id: string };

/** An operation that passing faults keep from being done is given up in the end: somebody waits for the answer. */
const MAX_OPERATION_ATTEMPTS = 60;

/** Carries out the next one that waits; `avoid` are operations that this process gave back. */
export async function runNextOperation(
  around: Surroundings,
  worker: string,
  avoid: readonly string[],
): Promise<OperationOutcome> {
  const { rows } = await around.pool.query<OperationRow>(prepareSql('queue/claim-operation.sql', [worker, avoid]));
  const operation = rows[0];
  if (operation === undefined) return { kind: 'none' };
  const about = { batch_id: operation.batch_id, operation: operation.operation };
  try {
    await carryOut(around, operation);
    around.log.info({ ...about, dry_run: operation.options.dry_run === true }, 'done');
  } catch (error) {
    const fault = makeFault(error);
    around.log.warn({ ...about, code: fault.code }, fault.message);
    const again = isPassing(fault) && operation.attempt < MAX_OPERATION_ATTEMPTS;
    await answer(around.pool, operation.id, again ? 'pending' : 'failed', describeFailure(fault));
    if (again) return { kind: 'postponed', id: operation.id };
  }
  return { kind: 'done' };
}

function carryOut(around: Surroundings, { id, batch_id: batchId, ...row }: OperationRow): Promise<OperationAnswer> {
  const options = { requestedBy: row.requested_by, dryRun: row.options.dry_run === true, operationId: id };
  if (row.operation === 'replay')
    return replayBatch(around, batchId, { ...options, load: readLoadOptions(row.options), fence: row.options.fence });
  return (row.operation === 'undo' ? undoBatch : redoBatch)(around, batchId, options);
}

function readLoadOptions({ mapping, datasource, date_order: dateOrder, date, force }: OperationRequest): LoadOptions {
  return {
    ...(mapping === undefined ? {} : { mapping }),
    ...(datasource === undefined ? {} : { datasource }),
    ...(dateOrder === undefined ? {} : { dateOrder }),
    ...(date === undefined ? {} : { date }),
    ...(force === undefined ? {} : { force }),
  };
}

async function answer(pool: Pool, id: string, status: 'pending' | 'failed', result: object): Promise<void> {
  await pool.query(
    `UPDATE batch_operation SET status = $2, result = $3, completed_at = CASE WHEN $2 = 'failed' THEN clock_timestamp() END
     WHERE id = $1 AND status = 'processing'`,
    [id, status, writeJsonb(result)],
  );
}

/** Operations whose worker died go back into the queue, or fail after three such deaths. */
export async function reapDeadOperations(pool: Pool, staleSeconds: number): Promise<void> {
  const { title, remedy } = FAULTS.worker_died;
  const result = JSON.stringify({ code: 'worker_died', title, message: title, remedy });
  await pool.query(readSql('queue/reap-operations.sql'), [staleSeconds, MAX_ATTEMPTS, result]);
}
