// Puts a new batch in the place of an old one: the parts of the tables that either touched are rebuilt with the one and without the other.
// Runs in the caller's transaction.
import type { Connection } from '@cei-inoe/shared/database';
import { DATASETS, type Dataset } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import type { ChangeExample } from '../model/change.ts';
import type { SourceExtent } from '../model/counts.ts';
import type { Source } from '../model/plan.ts';
import { listHandles } from '../stages/map/find-source.ts';
import { listExamples } from '../stages/merge/examples.ts';
import { lockSources } from '../stages/merge/locks.ts';
import { takeDedupKey } from './dedup.ts';
import { keepAwake } from './keep-awake.ts';
import { measureRows } from './measure-rows.ts';
import { listTouched, type OperatedBatch, readClock } from './operation.ts';
import { makeSourceOf } from './outcome.ts';
import { type Rebuilt, rebuildTouched } from './rebuild.ts';
import {
  bringRows,
  createNamed,
  findWhose,
  finishLoad,
  judgeRows,
  type Loaded,
  type Moved,
  makeLoaded,
  type Run,
} from './run-load.ts';

/** @throws Fault with the reason why the file cannot be loaded, duplicate_file, undo_no_archive, conflict */
export async function replaceBatch(
  connection: Connection,
  unsettled: Run,
  old: OperatedBatch,
): Promise<{ readonly loaded: Loaded; readonly rebuilt: Rebuilt }> {
  const { whose, plan } = await findWhose(connection, unsettled);
  const run: Run = { ...unsettled, plan };
  const { batch } = run;
  const { dataset } = plan.mapping;
  const { source } = whose;
  await retire(connection, old);
  await takeDedupKey(connection, batch, plan, source);
  // What stands there of the old batch; an undone one left nothing.
  const left = old.status === 'completed' && old.dataset !== null ? DATASETS[old.dataset] : undefined;
  await lockBoth(connection, await listTouched(connection, old.batch_id), left, dataset, source);
  const applied = { appliedSeq: old.applied_seq ?? '', appliedAt: await readClock(connection) };
  if (source === undefined) await createNamed(connection, run);
  let moved: Moved | undefined;
  const newcomer = {
    batchId: batch.batchId,
    extents: await measure(connection, run, source),
    layOver: async (target: { readonly table: string; readonly history: string }) => {
      moved = await bringRows(connection, run, source, applied.appliedAt, target);
    },
  };
  const common = { by: batch.batchId, appliedAt: applied.appliedAt, reason: 'update' as const };
  const here = { ...common, dataset, touched: left === dataset ? [old.batch_id] : [], newcomer };
  const rebuilt = [await rebuildTouched(run.around, connection, here)];
  if (left !== undefined && left !== dataset)
    rebuilt.push(await rebuildTouched(run.around, connection, { ...common, dataset: left, touched: [old.batch_id] }));
  if (moved === undefined) throw new Fault('internal', 'The new batch was not laid over the others.');
  const counts = judgeRows(run, moved);
  const examples: ChangeExample[] = [];
  for (const each of new Set([dataset, left ?? dataset]))
    examples.push(...(await listExamples(connection, each, batch.batchId, applied.appliedAt)));
  const loaded = makeLoaded(run, { source, moved, counts, examples });
  await finishLoad(connection, run, { whose, moved, loaded, applied });
  return { loaded, rebuilt: rebuilt.reduce(addRebuilt) };
}

const addRebuilt = (a: Rebuilt, b: Rebuilt): Rebuilt => ({
  removed: a.removed + b.removed,
  changed: a.changed + b.changed,
  added: a.added + b.added,
  unchanged: a.unchanged + b.unchanged,
  reread: a.reread + b.reread,
});

/** The old batch gives up its key, its place, and what it says. */
async function retire(connection: Connection, old: OperatedBatch): Promise<void> {
  if (old.status !== 'completed') return;
  await connection.query("UPDATE ingest_batch SET status = 'undone', dedup_key = NULL WHERE batch_id = $1", [
    old.batch_id,
  ]);
}

/** Takes the locks of both datasets, where they are two, in the order of their classes. */
async function lockBoth(
  connection: Connection,
  touched: readonly number[],
  left: Dataset | undefined,
  dataset: Dataset,
  source: Source | undefined,
): Promise<void> {
  const own = source === undefined ? ('all' as const) : [source.id];
  if (left === undefined) return lockSources(connection, dataset, own);
  if (left === dataset) return lockSources(connection, dataset, own === 'all' ? own : [...own, ...touched]);
  const both = [
    { dataset, sources: own },
    { dataset: left, sources: touched },
  ].sort((a, b) => a.dataset.lockClass - b.dataset.lockClass);
  for (const each of both) await lockSources(connection, each.dataset, each.sources);
}

/** Which sources and periods the file will touch: what has to be rebuilt is known only then. */
async function measure(connection: Connection, run: Run, source: Source | undefined): Promise<readonly SourceExtent[]> {
  const { plan, batch, around } = run;
  const handles = source === undefined ? await listHandles(connection, run.batch.context.fence) : undefined;
  const file = {
    path: run.path,
    fileName: batch.sourceName,
    plan,
    sourceOf: makeSourceOf(plan, source, handles),
    nowMicros: batch.createdAt.getTime() * 1000,
    signal: around.signal,
    onProgress: () => undefined,
  };
  return keepAwake(connection, () => measureRows(file));
}
