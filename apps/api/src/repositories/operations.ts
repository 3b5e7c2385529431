// Asks for undos, redos and replays, and looks whether they are done. Carries none out: an ingestor does.
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationRequest } from '@cei-inoe/shared/batches';
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import type { Operation } from '../schemas/operation.ts';

const POLL_MS = 100;

interface OperationRow {
  readonly id: string;
  readonly batch_id: string;
  readonly operation: Operation['operation'];
  readonly status: Operation['status'];
  readonly options: OperationRequest;
  readonly result: Operation['result'];
  readonly created_at: Date;
  readonly completed_at: Date | null;
}

/** Ids of the fence are nobody's option. */
const hideFence = ({ fence: _, ...options }: OperationRequest) => options;

const COLUMNS = 'id, batch_id, operation, status, options, result, created_at, completed_at';

const makeOperation = (row: OperationRow): Operation => ({
  id: Number(row.id),
  batch_id: row.batch_id,
  operation: row.operation,
  status: row.status,
  dry_run: row.options.dry_run === true,
  options: hideFence(row.options),
  result: row.result,
  created_at: row.created_at.toISOString(),
  completed_at: row.completed_at?.toISOString() ?? null,
});

export interface Operations {
  /** @throws Fault batch_unknown */
  request(
    batchId: string,
    operation: Operation['operation'],
    asked: OperationRequest,
    who: string | null,
  ): Promise<Operation>;
  /** @throws Fault not_found */
  find(batchId: string, id: number): Promise<Operation>;
  /** Waits for the end of the operation, at most `timeoutMs`; `signal` ends the waiting. */
  wait(operation: Operation, timeoutMs: number, signal: AbortSignal): Promise<Operation>;
}

export function openOperations(pool: Pool): Operations {
  const find = async (batchId: string, id: number): Promise<Operation> => {
    const { rows } = await pool.query<OperationRow>(
      `SELECT ${COLUMNS} FROM batch_operation WHERE id = $1 AND batch_id = $2`,
      [id, batchId],
    );
    if (rows[0] === undefined) throw new Fault('not_found', `Batch ${batchId} has no operation ${id}.`);
    return makeOperation(rows[0]);
  };
  return {
    find,
    async request(batchId, operation, asked, who) {
      const { rows } = await pool.query<OperationRow>(
        `INSERT INTO batch_operation (batch_id, operation, options, requested_by)
         SELECT batch_id, $2, $3, $4 FROM ingest_batch WHERE batch_id = $1 RETURNING ${COLUMNS}`,
        [batchId, operation, writeJsonb(asked), who],
      );
      if (rows[0] === undefined) throw new Fault('batch_unknown', `There is no batch ${batchId}.`);
      return makeOperation(rows[0]);
    },
    async wait(operation, timeoutMs, signal) {
      const deadline = performance.now() + timeoutMs;
      let now = operation;
      while (
        (now.status === 'pending' || now.status === 'processing') &&
        performance.now() < deadline &&
        !signal.aborted
      ) {
        await sleep(POLL_MS);
        now = await find(operation.batch_id, operation.id);
      }
      return now;
    },
  };
}
