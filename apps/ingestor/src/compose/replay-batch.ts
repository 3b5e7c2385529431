// Loads the archived bytes of a batch again, as a new batch in its place: one transaction, and the old one is undone in it.
import { join } from 'node:path';
import { makeBatchId } from '@cei-inoe/shared/batch-id';
import type { LoadOptions } from '@cei-inoe/shared/batches';
import type { Connection } from '@cei-inoe/shared/database';
import type { DatasetName } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import type { BatchContext, ClaimedBatch } from '../model/batch.ts';
import type { ChangeExample } from '../model/change.ts';
import type { Counts } from '../model/counts.ts';
import { findPruned } from '../retention/find-pruned.ts';
import { openRejectSpool } from '../stages/report/reject-spool.ts';
import { findEarlierStyles } from './earlier-styles.ts';
import { identifyFile } from './identify.ts';
import { keepAwake } from './keep-awake.ts';
import { keepRejects } from './keep-rejects.ts';
import {
  findPlaceHolder,
  holdBatch,
  type OperatedBatch,
  type OperationAnswer,
  type OperationOptions,
  operate,
} from './operation.ts';
import type { Rebuilt } from './rebuild.ts';
import { replaceBatch } from './replace-batch.ts';
import { type Loaded, type Run, runLoad } from './run-load.ts';
import type { Surroundings } from './settings.ts';

export interface ReplayOptions extends OperationOptions {
  /** What is said anew; what is not stays as it was said with the file. */
  readonly load: LoadOptions;
  /** Ids of the datasources that it may touch; undefined: those that the batch might. */
  readonly fence?: readonly number[] | undefined;
}

export interface ReplayAnswer extends OperationAnswer, Rebuilt {
  readonly operation: 'replay';
  /** What the old batch was before. */
  readonly was: 'completed' | 'undone' | 'failed';
  /** null for a dry run, of which no batch is left. */
  readonly new_batch_id: string | null;
  readonly dataset: DatasetName;
  readonly mapping: string;
  /** external id; null where each record names its own */
  readonly datasource: string | null;
  readonly records: Counts;
  readonly examples: readonly ChangeExample[];
}

/**
 * @throws Fault batch_unknown, batch_not_replayable, undo_no_archive, history_pruned, duplicate_file, conflict, and whatever a load of the file throws;
 *   nothing has changed then
 */
export const replayBatch = (around: Surroundings, batchId: string, options: ReplayOptions): Promise<ReplayAnswer> =>
  operate(around, options, describeAsked(options.load), (connection) => replay(around, connection, batchId, options));

/** As a request over the API says it. */
const describeAsked = ({ dateOrder, ...rest }: LoadOptions): object => ({
  ...rest,
  ...(dateOrder === undefined ? {} : { date_order: dateOrder }),
});

async function replay(
  around: Surroundings,
  connection: Connection,
  batchId: string,
  options: ReplayOptions,
): Promise<ReplayAnswer> {
  const old = await holdBatch(connection, batchId);
  await checkReplayable(connection, old);
  const path = await findBytes(around, connection, old);
  const batch = await insertSuccessor(connection, old, options);
  const startedMs = performance.now();
  const mappings = await around.listMappings(batch.context.options?.mapping);
  const earlier = await findEarlierStyles(connection, batch.sourceName);
  const plan = await keepAwake(connection, () => identifyFile(path, batch, mappings, earlier));
  const spool = openRejectSpool(join(around.dataDir, 'spool', `${batch.batchId}.${batch.attempt}.rejects`));
  try {
    const run: Run = {
      around,
      batch,
      plan,
      path,
      spool,
      startedMs,
      report: () => undefined,
      onRejects: async (its, refused) => {
        if (!options.dryRun) await keepRejects(around, batch, its, refused);
      },
      showsChanges: true,
    };
    const { loaded, rebuilt } =
      old.status === 'failed' ? await loadLast(connection, run) : await replaceBatch(connection, run, old);
    const newId = options.dryRun ? null : batch.batchId;
    const was = old.status as ReplayAnswer['was'];
    return {
      ...describeLoaded(loaded),
      ...rebuilt,
      batch_id: batchId,
      was,
      dry_run: options.dryRun,
      new_batch_id: newId,
    };
  } finally {
    spool.close();
  }
}

const describeLoaded = ({ plan, source, counts, examples }: Loaded) => ({
  operation: 'replay' as const,
  dataset: plan.mapping.dataset.name,
  mapping: plan.mapping.name,
  datasource: source?.externalId ?? null,
  records: counts,
  examples,
});

/** @throws Fault batch_not_replayable */
async function checkReplayable(connection: Connection, old: OperatedBatch): Promise<void> {
  const { batch_id: id, status, dry_run: isDry, duplicate_of: first } = old;
  const refuse = (why: string) => new Fault('batch_not_replayable', `Batch ${id} ${why}.`);
  if (isDry) throw refuse('is a dry run');
  if (status === 'duplicate') throw refuse(`is a duplicate of ${first ?? 'another'}, which can be replayed`);
  if (status === 'pending' || status === 'processing') throw refuse(`is ${status}`);
  const holder = await findPlaceHolder(connection, old);
  if (holder !== undefined) throw refuse(`gave its place to ${holder}, which can be replayed`);
}

/** @throws Fault undo_no_archive, history_pruned */
async function findBytes(around: Surroundings, connection: Connection, old: OperatedBatch): Promise<string> {
  try {
    if (old.file_sha256 === null) throw new Fault('archive_missing');
    return (await around.archive.find(old.file_sha256)).path;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'archive_missing') throw error;
    const facts = { batches: [old.batch_id] };
    const isPruned = (await findPruned(connection, [old.file_sha256 ?? ''])).size > 0;
    const code = isPruned ? 'history_pruned' : 'undo_no_archive';
    throw new Fault(code, `Its own file is no longer in the archive: ${old.batch_id}.`, {
      facts,
      cause: error,
    });
  }
}

/** What was said with the file and what is said now. A mapping that was found by the header stays; the original was delivered long ago. */
function combineContext(
  { context, mapping_name: found }: OperatedBatch,
  given: LoadOptions,
  fence = context.fence,
): BatchContext & { delivered?: string } {
  const { options, drop } = context;
  const mapping = given.mapping ?? found ?? options?.mapping;
  return {
    options: { ...options, ...given, ...(mapping === undefined ? {} : { mapping }) },
    ...(drop === undefined ? {} : { drop, delivered: '' }),
    ...(fence === undefined ? {} : { fence }),
  };
}

/** Writes the row of the new batch, as one that is being loaded; nobody sees it before the commit. */
async function insertSuccessor(
  connection: Connection,
  old: OperatedBatch,
  { load, requestedBy, fence }: ReplayOptions,
): Promise<ClaimedBatch> {
  const batchId = makeBatchId();
  const claimedBy = 'replay';
  const context = combineContext(old, load, fence);
  // The source of a file or upload is decided again; readings that came by other ways keep theirs.
  const datasourceId = old.source_type === 'file' || old.source_type === 'upload' ? null : old.datasource_id;
  const { rows } = await connection.query<{ created_at: Date }>(
    `INSERT INTO ingest_batch (batch_id, replay_of, applied_seq, datasource_id, source_type, source_name, file_sha256, size_bytes, context,
       submitted_by, status, claimed_by, attempt, created_at, started_at, heartbeat_at)
     SELECT $1, batch_id, applied_seq, $3, source_type, source_name, file_sha256, size_bytes, $4, $5, 'processing', $6, 1,
       clock_timestamp(), clock_timestamp(), clock_timestamp()
     FROM ingest_batch WHERE batch_id = $2 RETURNING created_at`,
    [batchId, old.batch_id, datasourceId, writeJsonb(context), requestedBy, claimedBy],
  );
  return {
    batchId,
    attempt: 1,
    claimedBy,
    sourceType: old.source_type,
    sourceName: old.source_name ?? batchId,
    sha256: old.file_sha256 ?? '',
    sizeBytes: Number(old.size_bytes ?? 0),
    datasourceId,
    dryRun: false,
    context,
    createdAt: rows[0]?.created_at ?? new Date(),
  };
}

/** A failed batch never took effect and has no place: its replay is a load like any other. */
async function loadLast(connection: Connection, run: Run): Promise<{ loaded: Loaded; rebuilt: Rebuilt }> {
  const { loaded, finish } = await runLoad(connection, run);
  await finish(connection);
  const { inserted, updated, unchanged } = loaded.counts;
  return { loaded, rebuilt: { removed: 0, changed: updated, added: inserted, unchanged, reread: 0 } };
}
