// Brings the part of a table that a batch touched to what its surviving batches, read again from the archive in order, say.
// This is what undo, redo and replay are: the rule itself, carried out. Runs in the caller's transaction, under the sources' locks.
import type { Connection } from '@cei-inoe/shared/database';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { readMapping } from '../mapping/read-mapping.ts';
import type { BatchContext } from '../model/batch.ts';
import type { SourceExtent } from '../model/counts.ts';
import type { Source } from '../model/plan.ts';
import { findPruned } from '../retention/find-pruned.ts';
import { type Handles, listHandles } from '../stages/map/find-source.ts';
import { withoutRowChecks } from '../stages/merge/locks.ts';
import type { MergeTarget } from '../stages/merge/merge-sql.ts';
import { hasMonths } from '../stages/merge/months.ts';
import { makeRebuildSql, type RebuildSql } from '../stages/merge/rebuild-sql.ts';
import { makeSourceOf } from './outcome.ts';
import { type PlanRecord, restorePlan } from './plan-record.ts';
import type { Surroundings } from './settings.ts';
import { stageRows } from './transfer.ts';

/** Readings of the table. */
export interface Rebuilt {
  readonly removed: number;
  readonly changed: number;
  readonly added: number;
  /** The values stay, and another batch or line stands behind them. */
  readonly unchanged: number;
  /** How many batches were read again. */
  readonly reread: number;
}

/** A batch that is being loaded, and takes part at its place in the order. */
export interface Newcomer {
  readonly batchId: string;
  /** Where its readings are, in units of Row.time. */
  readonly extents: readonly SourceExtent[];
  layOver(target: MergeTarget): Promise<void>;
}

export interface RebuildOptions {
  readonly dataset: Dataset;
  /** The batches whose sources and periods are rebuilt, beside those of the newcomer. */
  readonly touched: readonly string[];
  readonly newcomer?: Newcomer;
  /** The batch that history names as the one that closed a version. */
  readonly by: string;
  /** The instant at which it takes effect. */
  readonly appliedAt: string;
  readonly reason: 'undo' | 'update';
}

interface Survivor {
  readonly batch_id: string;
  readonly source_name: string;
  readonly file_sha256: string;
  readonly source_type: string;
  readonly context: BatchContext & { readonly decisions?: PlanRecord };
  readonly created_at: Date;
  readonly datasource_id: number | null;
  readonly mapping_name: string | null;
  readonly yaml: string | null;
}

/** @throws Fault undo_no_archive, history_pruned before anything has changed */
export async function rebuildTouched(
  around: Surroundings,
  connection: Connection,
  options: RebuildOptions,
): Promise<Rebuilt> {
  const sql = makeRebuildSql(options.dataset);
  await connection.query("SET LOCAL client_min_messages = 'warning'");
  await connection.query(sql.createTables);
  const { newcomer } = options;
  const extents = newcomer?.extents ?? [];
  await connection.query(sql.fillRanges, [
    options.touched,
    extents.map((e) => e.datasourceId),
    extents.map((e) => e.first),
    extents.map((e) => e.last),
  ]);
  const { rows: layers } = await connection.query<Survivor>(sql.survivors, [
    options.dataset.name,
    newcomer?.batchId ?? null,
  ]);
  const survivors = layers.filter((layer) => layer.batch_id !== newcomer?.batchId);
  await checkArchive(around, connection, survivors);
  for (const layer of layers) {
    if (layer.batch_id === newcomer?.batchId) await newcomer.layOver(sql.target);
    else await layOver(around, connection, sql, layer, options.appliedAt);
  }
  const { rows } = await withoutRowChecks(
    connection,
    () => connection.query<Omit<Rebuilt, 'reread'>>(sql.replace, [options.by, options.appliedAt, options.reason]),
    { warn: (message) => around.log.warn(message) },
  );
  if (hasMonths(options.dataset)) await connection.query(sql.refreshMonths);
  return { ...(rows[0] ?? { removed: 0, changed: 0, added: 0, unchanged: 0 }), reread: survivors.length };
}

async function checkArchive(
  around: Surroundings,
  connection: Connection,
  survivors: readonly Survivor[],
): Promise<void> {
  const gone: Survivor[] = [];
  for (const survivor of survivors) if (!(await isReadable(around, survivor))) gone.push(survivor);
  if (gone.length === 0) return;
  const hashes = gone.map((each) => each.file_sha256).filter((hash) => hash !== null);
  const pruned = await findPruned(connection, hashes);
  const lost = gone.filter((each) => !pruned.has(each.file_sha256));
  const batches = (lost.length > 0 ? lost : gone).map((each) => each.batch_id);
  const code = lost.length > 0 ? 'undo_no_archive' : 'history_pruned';
  throw new Fault(code, `These batches share readings with it: ${batches.join(', ')}.`, { facts: { batches } });
}

async function isReadable(around: Surroundings, { file_sha256, yaml, context }: Survivor): Promise<boolean> {
  if (file_sha256 === null || yaml === null || context.decisions === undefined) return false;
  return around.archive.find(file_sha256).then(
    () => true,
    // A disk that fails for a moment has lost nothing.
    (error: unknown) => {
      if (makeFault(error).code === 'archive_missing') return false;
      throw error;
    },
  );
}

/** Reads one batch again and merges it, by its own strategy, into what was rebuilt so far. */
async function layOver(
  around: Surroundings,
  connection: Connection,
  sql: RebuildSql,
  survivor: Survivor,
  appliedAt: string,
): Promise<void> {
  const { context } = survivor;
  const mapping = readMapping(survivor.mapping_name ?? '', survivor.yaml ?? '', 'user');
  const plan = restorePlan(mapping, context.decisions as PlanRecord);
  const handles = withZones(await listHandles(connection, context.fence), context.zones ?? {});
  const source = findOwnSource(handles, survivor.datasource_id);
  const extents = await stageRows({
    connection,
    batchId: survivor.batch_id,
    appliedAt,
    path: (await around.archive.find(survivor.file_sha256)).path,
    fileName: survivor.source_name,
    plan,
    source,
    sourceOf: makeSourceOf(plan, source, handles),
    nowMicros: survivor.created_at.getTime() * 1000,
    target: sql.target,
    clip: sql.clip,
  });
  await checkSame(connection, survivor, extents);
}

/** The zones that were in force when the batch was loaded. */
function withZones(handles: Handles, zones: Readonly<Record<string, string | null>>): Map<string, Source> {
  return new Map(
    [...handles].map(([handle, source]) => [handle, { ...source, zone: zones[source.externalId] ?? source.zone }]),
  );
}

/** A completed batch without a source of its own is one whose records name theirs. */
const findOwnSource = (handles: Handles, id: number | null): Source | undefined =>
  id === null ? undefined : [...handles.values()].find((source) => source.id === id);

/** @throws Fault undo_no_archive when a batch, read again, has not the readings that it had: a name in it may mean another source today */
async function checkSame(connection: Connection, survivor: Survivor, extents: readonly SourceExtent[]): Promise<void> {
  const { rows } = await connection.query<{ datasource_id: number; rows: string }>(
    'SELECT datasource_id, rows FROM ingest_batch_datasource WHERE batch_id = $1 AND rows > 0',
    [survivor.batch_id],
  );
  const now = new Map(extents.map((extent) => [extent.datasourceId, extent.rows]));
  if (rows.length === now.size && rows.every((row) => now.get(row.datasource_id) === Number(row.rows))) return;
  throw new Fault(
    'undo_no_archive',
    `Batch ${survivor.batch_id} reads differently today: its names mean other datasources.`,
    {
      facts: { batches: [survivor.batch_id] },
    },
  );
}
