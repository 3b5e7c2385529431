// Takes one claimed batch from its bytes to the end: the only place that knows the order of the stages. Holds no other logic.
import { join } from 'node:path';
import { type Connection, inTransaction } from '@cei-inoe/shared/database';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import type { ClaimedBatch } from '../model/batch.ts';
import type { Counts } from '../model/counts.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import { listHandles } from '../stages/map/find-source.ts';
import { drawAppliedSeq, holdAllParents, holdParents, lockSources } from '../stages/merge/locks.ts';
import {
  completeBatch,
  storeChecks,
  storeExtents,
  storeMapping,
  storeTimings,
} from '../stages/report/complete-batch.ts';
import { failBatch, markDuplicate } from '../stages/report/fail-batch.ts';
import { openRejectSpool, type RejectSpool } from '../stages/report/reject-spool.ts';
import { storeRejections } from '../stages/report/store-rejections.ts';
import { createNamedSources } from './create-sources.ts';
import { decideMeter, decideSource } from './decide-source.ts';
import { takeDedupKey } from './dedup.ts';
import { identifyFile } from './identify.ts';
import { makeExtents, makeSourceOf, sumCounts } from './outcome.ts';
import { describeContext } from './plan-record.ts';
import type { LoadProgress, Surroundings } from './settings.ts';
import { checkThresholds } from './thresholds.ts';
import { checkZone } from './times.ts';
import { type Transferred, transferRows } from './transfer.ts';

/** What became of a batch that was loaded (or would have been: a dry run). */
export interface Loaded {
  readonly plan: FilePlan;
  readonly source: Source | undefined;
  readonly counts: Counts;
  readonly codes: ReadonlyMap<string, number>;
}

/** Thrown inside the transaction of a dry run to roll it back; carries what is reported. */
class DryRunDone extends Error {
  readonly finish: (connection: Connection) => Promise<void>;
  constructor(finish: (connection: Connection) => Promise<void>) {
    super('dry run');
    this.finish = finish;
  }
}

export interface LoadOptions {
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Called with the refused records, if there are any, just before the outcome is committed. */
  readonly onRejects?: (plan: FilePlan, spool: RejectSpool) => Promise<void>;
}

/**
 * Loads the batch in one transaction with its row, rejections, checks and stage log; a failure is written to the batch row.
 * @throws Fault with the reason why nothing was loaded; `duplicate_file` carries the first batch in `facts.batch_id`
 */
export async function loadBatch(around: Surroundings, batch: ClaimedBatch, options: LoadOptions = {}): Promise<Loaded> {
  const startedMs = performance.now();
  const report = options.onProgress ?? (() => undefined);
  const spool = openRejectSpool(join(around.dataDir, 'spool', `${batch.batchId}.${batch.attempt}.rejects`));
  let plan: FilePlan | undefined;
  try {
    const { path } = await around.archive.find(batch.sha256);
    report({ stage: 'identify', bytesRead: 0, bytesTotal: batch.sizeBytes, recordsRead: 0 });
    plan = await identifyFile(path, batch, await around.listMappings());
    plan = { ...plan, meter: await decideMeter(around, batch, plan.mapping) };
    const source = await decideSource(around, batch, plan.mapping);
    if (source !== undefined) checkZone(plan, source);
    const loaded = await runLoad({
      around,
      batch,
      plan,
      source,
      path,
      spool,
      startedMs,
      report,
      onRejects: options.onRejects,
    });
    return loaded;
  } catch (error) {
    const fault = makeFault(error);
    if (!isPassing(fault)) await recordFailure(around, batch, fault, plan, spool, options);
    throw fault;
  } finally {
    spool.close();
  }
}

/** Faults of the machinery, not of the file: the batch is tried again. */
const PASSING = new Set([
  'database_unreachable',
  'database_auth_failed',
  'database_missing',
  'database_busy',
  'database_read_only',
  'system_busy',
  'schema_missing',
  'permission_denied',
  'disk_full',
  'folder_unwritable',
  'batch_lost',
  'zone_changed',
  'archive_missing',
  // A folder of mappings that is away for a moment must not fail files for good.
  'config_invalid',
]);

/** Whether the same batch may well succeed later, without anybody touching its file. */
export const isPassing = (fault: Fault): boolean => PASSING.has(fault.code);

async function recordFailure(
  around: Surroundings,
  batch: ClaimedBatch,
  fault: Fault,
  plan: FilePlan | undefined,
  spool: RejectSpool,
  options: LoadOptions,
): Promise<void> {
  await inTransaction(around.pool, async (connection) => {
    if (fault.code === 'duplicate_file') {
      await markDuplicate(connection, batch, (fault.facts.batch_id as string | null) ?? null);
      return;
    }
    if (plan !== undefined && spool.count > 0) {
      await storeRejections(connection, batch.batchId, plan.fileHeader, spool.read(), around.keepRejections);
      await options.onRejects?.(plan, spool);
    }
    await failBatch(connection, batch, fault);
  });
}

interface Run {
  readonly around: Surroundings;
  readonly batch: ClaimedBatch;
  readonly plan: FilePlan;
  readonly source: Source | undefined;
  readonly path: string;
  readonly spool: RejectSpool;
  readonly startedMs: number;
  readonly report: (progress: LoadProgress) => void;
  readonly onRejects: LoadOptions['onRejects'];
}

async function runLoad(run: Run): Promise<Loaded> {
  const { pool } = run.around;
  let loaded: Loaded | undefined;
  try {
    await inTransaction(pool, async (connection) => {
      const { batch, plan, source, spool } = run;
      await connection.query("SET LOCAL idle_in_transaction_session_timeout = '60s'");
      await takeDedupKey(connection, batch, plan, source);
      await lockSources(connection, plan.mapping.dataset, source === undefined ? 'all' : [source.id]);
      const applied = await drawAppliedSeq(connection);
      const transferred = await transfer(run, connection, applied.appliedAt);
      const counts = sumCounts(transferred, spool);
      checkThresholds(plan, counts, spool);
      run.report({ stage: 'merge', bytesRead: batch.sizeBytes, bytesTotal: batch.sizeBytes, recordsRead: counts.read });
      loaded = { plan, source, counts, codes: new Map(spool.codes) };
      const finish = (c: Connection) => finishLoad(run, c, transferred, counts, applied);
      if (batch.dryRun) throw new DryRunDone(finish);
      await finish(connection);
    });
  } catch (error) {
    if (!(error instanceof DryRunDone)) throw error;
    await inTransaction(pool, error.finish);
  }
  if (loaded === undefined) throw new Fault('internal', 'The load ended without a result.');
  return loaded;
}

/** @throws Fault zone_changed when the zone was changed while the batch waited: it is then identified anew */
async function holdSource(connection: Connection, source: Source): Promise<void> {
  const zones = await holdParents(connection, [source.id]);
  if (zones.get(source.id) !== source.zone) throw new Fault('zone_changed');
}

type Moved = Transferred & { readonly sources: readonly Source[] };

async function transfer(run: Run, connection: Connection, appliedAt: string): Promise<Moved> {
  const { around, batch, plan, source } = run;
  if (source !== undefined) await holdSource(connection, source);
  else {
    if (around.newDatasources === 'create')
      await createNamedSources(around, connection, { path: run.path, fileName: batch.sourceName, plan });
    await holdAllParents(connection);
  }
  const handles = source === undefined ? await listHandles(connection) : undefined;
  const transferred = await transferRows({
    connection,
    batchId: batch.batchId,
    appliedAt,
    path: run.path,
    fileName: batch.sourceName,
    plan,
    source,
    sourceOf: makeSourceOf(plan, source, handles),
    nowMicros: batch.createdAt.getTime() * 1000,
    spool: run.spool,
    warn: (message) => around.log.warn(message),
    signal: around.signal,
    onProgress: (bytesRead, recordsRead) =>
      run.report({ stage: 'read', bytesRead, bytesTotal: batch.sizeBytes, recordsRead }),
  });
  if (source !== undefined) return { ...transferred, sources: [source] };
  const used = new Set(transferred.pass.extents.map((e) => e.datasourceId));
  await holdParents(connection, [...used]);
  const known = new Map([...(handles ?? [])].map(([, each]) => [each.id, each]));
  return { ...transferred, sources: [...known.values()].filter((each) => used.has(each.id)) };
}

async function finishLoad(
  run: Run,
  connection: Connection,
  transferred: Moved,
  counts: Counts,
  applied: { appliedSeq: string; appliedAt: string },
): Promise<void> {
  const { batch, plan, source, spool, around } = run;
  const { batchId } = batch;
  const extents = makeExtents(plan, source, transferred.pass.extents);
  await storeMapping(connection, plan);
  await storeRejections(connection, batchId, plan.fileHeader, spool.read(), around.keepRejections);
  await storeChecks(connection, batchId, plan.mapping.dataset.name, spool.codes, counts, transferred.pass.notes);
  await storeTimings(connection, batchId, [
    {
      stage: 'load',
      startedMs: Date.now() - (performance.now() - run.startedMs),
      completedMs: Date.now(),
      recordsIn: counts.read,
      recordsOut: counts.inserted + counts.updated,
    },
  ]);
  if (spool.count > 0) await run.onRejects?.(plan, spool);
  if (!batch.dryRun) await storeExtents(connection, batchId, extents.each);
  await completeBatch(connection, batch, {
    plan,
    counts,
    datasourceId: source?.id ?? null,
    context: describeContext(plan, transferred.sources),
    appliedSeq: batch.dryRun ? null : applied.appliedSeq,
    appliedAt: batch.dryRun ? null : applied.appliedAt,
    range: extents.range,
    startedMs: run.startedMs,
  });
}
