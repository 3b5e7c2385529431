// One load inside its transaction: whose the file is, locks, rows, accounts, and the batch row. Begins and commits nothing.
import type { Connection } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import type { ClaimedBatch } from '../model/batch.ts';
import type { ChangeExample } from '../model/change.ts';
import type { Counts } from '../model/counts.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import { type Handles, listHandles } from '../stages/map/find-source.ts';
import { listExamples } from '../stages/merge/examples.ts';
import { drawAppliedSeq, holdAllParents, holdParents, holdSource, lockSources } from '../stages/merge/locks.ts';
import type { MergeTarget } from '../stages/merge/merge-sql.ts';
import { completeBatch } from '../stages/report/complete-batch.ts';
import type { RejectSpool } from '../stages/report/reject-spool.ts';
import { storeRejections } from '../stages/report/store-rejections.ts';
import { createNamedSources } from './create-sources.ts';
import { decideMeter, decideSource, type Whose } from './decide-source.ts';
import { takeDedupKey } from './dedup.ts';
import { keepAwake } from './keep-awake.ts';
import { makeOneNameCheck } from './name-source.ts';
import type { Note } from './notes.ts';
import { makeExtents, makeSourceOf, sumCounts } from './outcome.ts';
import { describeContext } from './plan-record.ts';
import type { SourceOf } from './row-state.ts';
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
  /** Readings that the load changes; only where they were asked for. */
  readonly examples: readonly ChangeExample[];
  /** What was met that refuses nothing. */
  readonly notices: readonly Note[];
}

/** Tells refusals from what only was met. */
export function makeLoaded(
  { plan, spool }: Run,
  { moved, ...told }: Pick<Loaded, 'source' | 'counts' | 'examples'> & { readonly moved: Moved },
): Loaded {
  const codes = new Map(spool.codes);
  return { plan, ...told, codes, notices: moved.pass.notes.filter(({ code }) => !codes.has(code)) };
}

/** A file that is being loaded. */
export interface Run {
  readonly around: Surroundings;
  readonly batch: ClaimedBatch;
  readonly plan: FilePlan;
  /** Where its bytes are. */
  readonly path: string;
  readonly spool: RejectSpool;
  readonly startedMs: number;
  readonly report: (progress: LoadProgress) => void;
  /** Called with the refused records, if there are any. */
  readonly onRejects: ((plan: FilePlan, spool: RejectSpool) => Promise<void>) | undefined;
  /** Somebody wants to see examples of what changes. */
  readonly showsChanges: boolean;
}

/** The place of a batch in the order, and the instant at which it takes effect. */
export interface Applied {
  readonly appliedSeq: string;
  readonly appliedAt: string;
}

export type Moved = Transferred & { readonly sources: readonly Source[] };

/**
 * Loads the file, but for the last step: `finish` writes what happened, here or, for a dry run, in a transaction after the one that was rolled back.
 * @throws Fault with the reason why nothing is loaded
 */
export async function runLoad(
  connection: Connection,
  unsettled: Run,
): Promise<{ readonly loaded: Loaded; readonly finish: (connection: Connection) => Promise<void> }> {
  const { whose, plan } = await findWhose(connection, unsettled);
  const run: Run = { ...unsettled, plan };
  const { batch } = run;
  const { source } = whose;
  await takeDedupKey(connection, batch, plan, source);
  await lockSources(connection, plan.mapping.dataset, source === undefined ? 'all' : [source.id]);
  const applied = await drawAppliedSeq(connection);
  if (source === undefined) await createNamed(connection, run);
  const moved = await bringRows(connection, run, source, applied.appliedAt);
  const counts = judgeRows(run, moved);
  run.report({ stage: 'merge', bytesRead: batch.sizeBytes, bytesTotal: batch.sizeBytes, recordsRead: counts.read });
  const { dataset } = plan.mapping;
  const examples = run.showsChanges ? await listExamples(connection, dataset, batch.batchId, applied.appliedAt) : [];
  const loaded = makeLoaded(run, { source, moved, counts, examples });
  return { loaded, finish: (c) => finishLoad(c, run, { whose, moved, loaded, applied }) };
}

/** Whose the file is, and its plan with that settled. @throws Fault datasource_unknown, datasource_missing, datasource_in_file, key_fence, zone_unknown */
export async function findWhose(
  connection: Connection,
  { around, batch, plan }: Run,
): Promise<{ readonly whose: Whose; readonly plan: FilePlan }> {
  const { fence } = batch.context;
  // Who may not touch all datasources makes none.
  const newDatasources = fence === undefined ? around.newDatasources : 'refuse';
  const lookup = { ...around, newDatasources, db: connection };
  const meter = await decideMeter(lookup, batch, plan.mapping);
  const whose = await decideSource(lookup, batch, plan.mapping);
  if (whose.source !== undefined) {
    if (fence?.includes(whose.source.id) === false) throw refuseBeyond(batch.context.options?.datasource);
    checkZone(plan, whose.source);
  }
  return { whose, plan: { ...plan, meter } };
}

/** Who names a datasource beyond the fence is told what is told of one that nobody knows: else names could be tried out. */
const refuseBeyond = (named: string | undefined): Fault =>
  named === undefined
    ? new Fault('key_fence', 'The file is of a datasource beyond the fence of the key it came with.')
    : new Fault('datasource_unknown', `Nothing is known under ${named}.`);

/** Makes the datasources that the records name and nobody knows, where the settings say so. @throws Fault too_many_datasources */
export async function createNamed(connection: Connection, { around, batch, plan, path }: Run): Promise<void> {
  if (around.newDatasources !== 'create' || batch.context.fence !== undefined) return;
  const file = { path, fileName: batch.sourceName, plan };
  await keepAwake(connection, () => createNamedSources(around, connection, file));
}

/** Brings the rows into the table of the dataset, or into those that stand for it. */
export async function bringRows(
  connection: Connection,
  run: Run,
  source: Source | undefined,
  appliedAt: string,
  target?: MergeTarget,
): Promise<Moved> {
  const { around, batch, plan } = run;
  if (source === undefined) await holdAllParents(connection);
  else await holdSource(connection, source);
  const handles = source === undefined ? await listHandles(connection, batch.context.fence) : undefined;
  const transferred = await transferRows(
    {
      connection,
      batchId: batch.batchId,
      appliedAt,
      path: run.path,
      fileName: batch.sourceName,
      sizeBytes: batch.sizeBytes,
      plan,
      source,
      sourceOf: makeCheckedSourceOf(plan, source, handles),
      nowMicros: batch.createdAt.getTime() * 1000,
      spool: run.spool,
      warn: (message) => around.log.warn(message),
      signal: around.signal,
      onProgress: (bytesRead, recordsRead) =>
        run.report({ stage: 'read', bytesRead, bytesTotal: batch.sizeBytes, recordsRead }),
    },
    target,
  );
  if (source !== undefined) return { ...transferred, sources: [source] };
  const used = new Set(transferred.pass.extents.map((e) => e.datasourceId));
  await holdParents(connection, [...used]);
  const known = new Map([...(handles ?? [])].map(([, each]) => [each.id, each]));
  return { ...transferred, sources: [...known.values()].filter((each) => used.has(each.id)) };
}

/** Only of a load: what was loaded before this was checked must still be read again as it was, by undo and redo. */
function makeCheckedSourceOf(plan: FilePlan, source: Source | undefined, handles: Handles | undefined): SourceOf {
  const sourceOf = makeSourceOf(plan, source, handles);
  const check = source === undefined ? undefined : makeOneNameCheck(plan, source.externalId);
  if (check === undefined) return sourceOf;
  return (chunk, at) => {
    check(chunk, at);
    return sourceOf(chunk, at);
  };
}

/** @throws Fault no_records, nothing_loadable, too_many_rejects */
export function judgeRows({ plan, spool }: Run, moved: Moved): Counts {
  const counts = sumCounts(moved, spool);
  const taken = counts.inserted + counts.updated + counts.unchanged + moved.merged.skipped;
  checkThresholds(plan, counts, taken, spool);
  return counts;
}

export interface Done {
  readonly whose: Whose;
  readonly moved: Moved;
  readonly loaded: Loaded;
  readonly applied: Applied;
}

/** Writes what happened: the refusals, and last everything else with the batch row. */
export async function finishLoad(connection: Connection, run: Run, done: Done): Promise<void> {
  const { batch, plan, spool, around } = run;
  const { batchId, dryRun } = batch;
  const { counts, examples, notices, source } = done.loaded;
  const { pass } = done.moved;
  const extents = makeExtents(plan, source, pass.extents);
  await storeRejections(connection, batchId, plan.fileHeader, spool.read(), around.keepRejections);
  if (spool.count > 0) await run.onRejects?.(plan, spool);
  if (done.whose.created && !dryRun) around.log.info({ externalId: source?.externalId }, 'datasource created');
  // A datasource that only the dry run made is gone with it.
  const lasting = dryRun && done.whose.created ? undefined : source;
  await completeBatch(connection, batch, {
    plan,
    counts,
    datasourceId: lasting?.id ?? null,
    context: { ...describeContext(plan, done.moved.sources), notices, ...(dryRun ? { examples } : {}) },
    appliedSeq: dryRun ? null : done.applied.appliedSeq,
    appliedAt: dryRun ? null : done.applied.appliedAt,
    range: extents.range,
    codes: spool.codes,
    notices: pass.notes,
    extents: dryRun ? [] : extents.each,
    named: dryRun ? [] : pass.named,
    startedMs: run.startedMs,
  });
}
