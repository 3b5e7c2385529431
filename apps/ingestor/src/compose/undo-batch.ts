// Takes a batch back, or brings it back to its place in the order: one transaction each.
import type { Connection } from '@cei-inoe/shared/database';
import { DATASETS, type DatasetName } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import type { ChangeExample } from '../model/change.ts';
import { listExamples } from '../stages/merge/examples.ts';
import { lockSources } from '../stages/merge/locks.ts';
import { makeDedupKey } from './dedup.ts';
import {
  findPlaceHolder,
  holdBatch,
  isPlaceTaken,
  listTouched,
  type OperatedBatch,
  type OperationAnswer,
  type OperationOptions,
  operate,
  readClock,
} from './operation.ts';
import { type Rebuilt, rebuildTouched } from './rebuild.ts';
import type { Surroundings } from './settings.ts';

type Operation = 'undo' | 'redo';

export interface UndoAnswer extends OperationAnswer, Rebuilt {
  readonly operation: Operation;
  /** Of the undo of a replay: the batch that it had replaced, which stays undone. */
  readonly replaced: string | null;
  /** Of a dry run. */
  readonly examples: readonly ChangeExample[];
}

/** @throws Fault batch_unknown, batch_not_undoable, undo_no_archive, conflict */
export const undoBatch = (around: Surroundings, batchId: string, options: OperationOptions): Promise<UndoAnswer> =>
  operate(around, options, {}, (connection) => turn(around, connection, batchId, 'undo', options));

/** @throws Fault batch_unknown, batch_not_redoable, duplicate_file, undo_no_archive, conflict */
export const redoBatch = (around: Surroundings, batchId: string, options: OperationOptions): Promise<UndoAnswer> =>
  operate(around, options, {}, (connection) => turn(around, connection, batchId, 'redo', options));

async function turn(
  around: Surroundings,
  connection: Connection,
  batchId: string,
  operation: Operation,
  options: OperationOptions,
): Promise<UndoAnswer> {
  const batch = await holdBatch(connection, batchId);
  await checkTurn(connection, batch, operation);
  const dataset = DATASETS[batch.dataset as DatasetName];
  // Row and key first, then the sources: the order in which a load takes them.
  await mark(connection, batch, operation);
  await lockSources(connection, dataset, await listTouched(connection, batchId));
  const appliedAt = await takeEffect(connection, batchId, operation);
  const reason = operation === 'undo' ? 'undo' : 'update';
  const rebuilt = await rebuildTouched(around, connection, {
    dataset,
    touched: [batchId],
    by: batchId,
    appliedAt,
    reason,
  });
  const examples = options.dryRun ? await listExamples(connection, dataset, batchId, appliedAt) : [];
  const replaced = operation === 'undo' ? batch.replay_of : null;
  return { batch_id: batchId, operation, dry_run: options.dryRun, ...rebuilt, replaced, examples };
}

/** @throws Fault batch_not_undoable, batch_not_redoable */
async function checkTurn(connection: Connection, batch: OperatedBatch, operation: Operation): Promise<void> {
  const { batch_id: batchId, dry_run: isDry } = batch;
  const code = operation === 'undo' ? 'batch_not_undoable' : 'batch_not_redoable';
  const what = isDry ? 'a dry run' : batch.status;
  const holder = batch.status === 'undone' ? await findPlaceHolder(connection, batch) : undefined;
  const replaced = holder === undefined ? '' : `, and ${holder} stands in its place`;
  const isWrong = isDry || batch.dataset === null || batch.status !== (operation === 'undo' ? 'completed' : 'undone');
  if (isWrong || holder !== undefined) throw new Fault(code, `Batch ${batchId} is ${what}${replaced}.`);
}

/** Changes the status. A redo keeps its place in the order, and takes the place of "loaded already" again. */
async function mark(connection: Connection, batch: OperatedBatch, operation: Operation): Promise<void> {
  const counts = operation === 'redo' && batch.context.options?.force !== true;
  const key = counts
    ? makeDedupKey(
        batch.file_sha256 ?? '',
        batch.dataset ?? '',
        batch.datasource_id,
        batch.context.decisions?.meter as string | undefined,
      )
    : null;
  try {
    await connection.query('UPDATE ingest_batch SET status = $2, dedup_key = $3 WHERE batch_id = $1', [
      batch.batch_id,
      operation === 'undo' ? 'undone' : 'completed',
      key,
    ]);
  } catch (error) {
    if (isPlaceTaken(error)) throw new Fault('batch_not_redoable', 'Another batch took its place.', { cause: error });
    if ((error as { code?: unknown }).code !== '23505') throw error;
    throw new Fault('duplicate_file', 'The same bytes have been loaded again since.', { cause: error });
  }
}

/** The instant of the operation; a redone batch takes effect at it. */
async function takeEffect(connection: Connection, batchId: string, operation: Operation): Promise<string> {
  const at = await readClock(connection);
  if (operation === 'redo') {
    await connection.query('UPDATE ingest_batch SET applied_at = $2 WHERE batch_id = $1', [batchId, at]);
  }
  return at;
}
