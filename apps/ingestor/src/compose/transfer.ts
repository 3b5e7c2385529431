// Gets the accepted rows of a file into their table, directly where nothing is in the way, else through the staging table. Runs in the load's transaction.

import type { Connection } from '@cei-inoe/shared/database';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { quoteName } from '@cei-inoe/shared/sql';
import { openZone } from '@cei-inoe/shared/zone';
import type { SourceExtent } from '../model/counts.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import { openCopy, openLater } from '../stages/copy/copy-stream.ts';
import { makeCopyEncoder } from '../stages/encode/copy-encoder.ts';
import { withoutRowChecks } from '../stages/merge/locks.ts';
import { type MergeResult, mergeStage, prepareStage } from '../stages/merge/merge.ts';
import { type MergeTarget, makeMergeSql } from '../stages/merge/merge-sql.ts';
import { addMonths, hasMonths } from '../stages/merge/months.ts';
import { openNoSpool, type RejectSpool } from '../stages/report/reject-spool.ts';
import { noteContradictions, refuseContradictions } from './contradictions.ts';
import { keepMonths, openMonths } from './keep-months.ts';
import { settleLedger } from './ledger.ts';
import { type MonthSums, makeMonthSums } from './month-sums.ts';
import { type PassOptions, type PassResult, readRows } from './read-rows.ts';
import type { SourceOf } from './row-state.ts';

export interface Transfer {
  readonly connection: Connection;
  readonly batchId: string;
  readonly appliedAt: string;
  readonly path: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly plan: FilePlan;
  /** The source of the whole file; undefined when each record names its own. */
  readonly source: Source | undefined;
  readonly sourceOf: SourceOf;
  readonly nowMicros: number;
  readonly spool: RejectSpool;
  readonly warn: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (bytesRead: number, recordsRead: number) => void;
}

export interface Transferred {
  readonly pass: PassResult;
  readonly merged: MergeResult;
}

/** Measures that the file supplies, and those that an empty cell wipes: positions in the dataset's list. */
function listMeasures(plan: FilePlan): { measures: number[]; erasing: Set<number> } {
  const count = plan.mapping.derive?.count;
  const specs = plan.columns.flatMap((c) => plan.mapping.columns[c.spec] ?? []);
  const positions = specs.flatMap((s) => (s.target.kind === 'measure' ? [{ at: s.target.at, erase: s.erase }] : []));
  return {
    measures: [...new Set([...positions.map((p) => p.at), ...(count === undefined ? [] : [count])])],
    erasing: new Set(positions.filter((p) => p.erase).map((p) => p.at)),
  };
}

/** Loads the rows of a file, or lays them into tables that stand for those of the dataset. Nothing is visible to others before the caller commits. */
export async function transferRows(transfer: Transfer, target?: MergeTarget): Promise<Transferred> {
  const transferred = target === undefined ? await transferOneWay(transfer) : await transferStaged(transfer, target);
  const { ledger } = transferred.pass;
  if (ledger !== undefined) await settleLedger(ledger, transfer, transfer.spool);
  return transferred;
}

async function transferOneWay(transfer: Transfer): Promise<Transferred> {
  const { source, spool } = transfer;
  if (source !== undefined) {
    const isFirst = await isClear(transfer, source);
    const direct =
      isFirst || transfer.sizeBytes <= SMALL_FILE_BYTES ? await tryDirect(transfer, source, isFirst) : undefined;
    if (direct !== undefined) return direct;
    spool.clear();
  }
  return transferStaged(transfer);
}

/** What is read before it is known whether it may go straight into the table is read twice where it may not. */
const SMALL_FILE_BYTES = 4 * 1024 * 1024;

/** No reading of this source is there yet, or none within the period. Only a probe: the primary key has the last word. */
async function isClear({ connection, plan }: Transfer, source: Source, period?: SourceExtent): Promise<boolean> {
  const { dataset } = plan.mapping;
  const [first, last] = [period?.first ?? null, period?.last ?? null].map((time) => writeTime(dataset, time));
  const { rows } = await connection.query<{ some: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM ${quoteName(dataset.table)} WHERE datasource_id = $1${
      period === undefined ? '' : ` AND ${quoteName(dataset.time)} BETWEEN $2 AND $3`
    }) AS some`,
    period === undefined ? [source.id] : [source.id, first, last],
  );
  return rows[0]?.some === false;
}

/** A time of a row (microseconds or days since 1970) as text, rounded down to what a Date holds. */
function writeTime({ timeKind }: Dataset, time: number | null): string | null {
  if (time === null) return null;
  const date = new Date(timeKind === 'instant' ? Math.floor(time / 1_000) : time * 86_400_000).toISOString();
  return timeKind === 'instant' ? date : date.slice(0, 10);
}

/** The file is better staged: readings are in its way, or too many of its own rows are still to come. */
class Staged extends Error {}

const UNIQUE_VIOLATION = '23505';

/** COPY straight into the table; undefined where readings of the same times are there already, or occur twice in the file. */
async function tryDirect(transfer: Transfer, source: Source, isFirst: boolean): Promise<Transferred | undefined> {
  const { connection, plan } = transfer;
  const months = hasMonths(plan.mapping.dataset) ? makeMonthSums(openZone(source.zone ?? 'UTC')) : undefined;
  const checkRoom = async ([extent]: readonly SourceExtent[], isAll: boolean): Promise<void> => {
    if (!isAll || extent?.distinct === false) throw new Staged();
    if (extent !== undefined && !(await isClear(transfer, source, extent))) throw new Staged();
  };
  try {
    const pass = await withoutRowChecks(
      connection,
      () =>
        copyInto(transfer, quoteName(plan.mapping.dataset.table), {
          batchId: transfer.batchId,
          months,
          beforeSending: isFirst ? undefined : checkRoom,
        }),
      { warn: transfer.warn, savepoint: 'direct' },
    );
    if (months !== undefined) await addMonths(connection, source.id, months.list());
    return { pass, merged: { inserted: pass.accepted, updated: 0, unchanged: 0, skipped: 0, contradicting: 0 } };
  } catch (error) {
    if (!(error instanceof Staged) && (error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT direct');
    return undefined;
  }
}

async function transferStaged(transfer: Transfer, target?: MergeTarget): Promise<Transferred> {
  const { connection, plan } = transfer;
  const { measures, erasing } = listMeasures(plan);
  const sql = makeMergeSql(plan.mapping.dataset, measures, erasing, plan.mapping.updates, target);
  await prepareStage(connection, sql);
  // In a rebuild, others were staged before it in the same transaction.
  if (target !== undefined) await connection.query(`TRUNCATE ${sql.stageTable}, stage_contradiction`);
  const months = target === undefined ? openMonths(plan, transfer.source) : undefined;
  const pass = await copyInto(transfer, sql.stageTable, { months });
  const merged = await withoutRowChecks(
    connection,
    () =>
      mergeStage(connection, sql, {
        batchId: transfer.batchId,
        appliedAt: transfer.appliedAt,
        strategy: plan.mapping.strategy,
        staged: pass.accepted,
        mayRepeat: pass.extents.some((e) => !e.distinct),
      }),
    { warn: transfer.warn },
  );
  if (target === undefined && hasMonths(plan.mapping.dataset) && merged.inserted + merged.updated > 0) {
    await keepMonths(connection, transfer.source, { pass, merged }, months);
  }
  if (merged.contradicting > 0 && pass.ledger !== undefined) await noteContradictions(connection, pass.ledger);
  else if (merged.contradicting > 0) await refuseContradictions(connection, transfer, transfer.spool);
  return { pass, merged };
}

/** A batch that is read again: its rows go into tables that stand for the dataset's own. */
export interface Restaging extends Omit<Transfer, 'sizeBytes' | 'spool' | 'warn' | 'onProgress'> {
  readonly target: MergeTarget;
  /** Takes the staged rows away that are not wanted. */
  readonly clip: string;
}

/** Reads a file again and merges its accepted rows into `target`. What was refused then is refused again, and not reported. Returns what each source got. */
export async function stageRows(restaging: Restaging): Promise<readonly SourceExtent[]> {
  const { connection, plan, target } = restaging;
  const { measures, erasing } = listMeasures(plan);
  const sql = makeMergeSql(plan.mapping.dataset, measures, erasing, plan.mapping.updates, target);
  await prepareStage(connection, sql);
  await connection.query(`TRUNCATE ${sql.stageTable}, stage_contradiction`);
  const pass = await copyInto({ ...restaging, spool: openNoSpool(), onProgress: () => undefined }, sql.stageTable);
  if (pass.extents.some((e) => !e.distinct)) await connection.query(sql.prune);
  await connection.query(restaging.clip);
  await mergeStage(connection, sql, {
    batchId: restaging.batchId,
    appliedAt: restaging.appliedAt,
    strategy: plan.mapping.strategy,
    staged: pass.accepted,
    mayRepeat: false,
  });
  return pass.extents;
}

type CopySource = Pick<
  Transfer,
  'connection' | 'plan' | 'path' | 'fileName' | 'sourceOf' | 'nowMicros' | 'spool' | 'signal' | 'onProgress'
>;

interface DirectCopy {
  readonly batchId?: string;
  readonly months?: MonthSums | undefined;
  readonly beforeSending?: PassOptions['beforeSending'];
}

async function copyInto(
  transfer: CopySource,
  table: string,
  { batchId, months, beforeSending }: DirectCopy = {},
): Promise<PassResult> {
  const { connection, plan } = transfer;
  const { measures } = listMeasures(plan);
  const weighs = batchId === undefined && plan.deriving !== undefined;
  const encoder = makeCopyEncoder(plan.mapping.dataset, {
    measures,
    weighs,
    ...(batchId === undefined ? {} : { batchId }),
  });
  const columns = encoder.columns.map(quoteName).join(', ');
  const begin = () => openCopy(connection, `COPY ${table} (${columns}) FROM STDIN (FORMAT binary)`);
  // During a COPY the connection answers no questions.
  const copy = beforeSending === undefined ? begin() : openLater(begin);
  try {
    const pass = await readRows({ ...transfer, encoder, copy, months, beforeSending });
    await copy.finish();
    return pass;
  } catch (error) {
    await copy.abort(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}
