// Brings staged rows into the table by the strategy of the mapping, set by set, and tells what became of them. Runs inside the load's transaction.
import type { Connection } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import type { Strategy } from '../../model/mapping-schema.ts';
import type { MergeSql } from './merge-sql.ts';

export interface MergeResult {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  /** Records that contradict others of the same file; their lines stand in stage_contradiction. */
  readonly contradicting: number;
}

export interface MergeOptions {
  readonly batchId: string;
  readonly appliedAt: string;
  readonly strategy: Strategy;
  /** Records in the staging table. */
  readonly staged: number;
  /** Whether a key can occur twice among them. */
  readonly mayRepeat: boolean;
}

/** Makes the staging tables of this connection ready. */
export async function prepareStage(connection: Connection, sql: MergeSql): Promise<void> {
  await connection.query("SET LOCAL client_min_messages = 'warning'");
  await connection.query(sql.createStage);
  await connection.query(sql.createContradictions);
}

/** @throws Fault conflict (strategy fail, and stored values differ) */
export async function mergeStage(connection: Connection, sql: MergeSql, options: MergeOptions): Promise<MergeResult> {
  const pruned = options.mayRepeat ? await pruneRepeats(connection, sql) : { repeated: 0, contradicting: 0 };
  await connection.query(`ANALYZE ${sql.stageTable}`);
  // Sorted joins read and write both tables in the order of their key, in half the time of hashed ones; in memory, not on disk.
  await connection.query("SET LOCAL work_mem = '128MB'; SET LOCAL enable_hashjoin = off");
  const { added, differing } =
    options.strategy === 'update'
      ? await updateStored(connection, sql, options)
      : await count(connection.query<Counted>(sql.insert, [options.batchId]));
  const same = options.staged - pruned.repeated - pruned.contradicting - added - differing;
  if (options.strategy === 'fail' && differing > 0) {
    throw new Fault('conflict', `${differing} readings are stored already with other values.`);
  }
  const result = {
    inserted: added,
    updated: 0,
    unchanged: same,
    skipped: pruned.repeated,
    contradicting: pruned.contradicting,
  };
  switch (options.strategy) {
    case 'update':
      return { ...result, updated: differing };
    case 'append':
      return { ...result, unchanged: 0, skipped: pruned.repeated + same + differing };
    default:
      return { ...result, skipped: pruned.repeated + differing };
  }
}

interface Counted {
  readonly added: string;
  readonly differing: string;
}

async function count(
  asked: Promise<{ rows: readonly Counted[] }>,
): Promise<{ readonly added: number; readonly differing: number }> {
  const { rows } = await asked;
  return { added: Number(rows[0]?.added ?? 0), differing: Number(rows[0]?.differing ?? 0) };
}

async function updateStored(connection: Connection, sql: MergeSql, { batchId, appliedAt }: MergeOptions) {
  // MERGE gives old versions back since PostgreSQL 18; into a distributed table none may come from a temporary one.
  const { rows } = await connection.query<{ has_undos: boolean; merges: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM batch_operation) AS has_undos,
            current_setting('server_version_num')::int >= 180000 AND NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus') AS merges`,
  );
  const merges = rows[0]?.merges === true;
  const values = [batchId, appliedAt, rows[0]?.has_undos === true];
  const counted = await count(connection.query<Counted>(merges ? sql.merge : sql.update, values));
  if (!merges && counted.differing > 0) await connection.query(sql.overwrite, [batchId]);
  return counted;
}

async function pruneRepeats(
  connection: Connection,
  sql: MergeSql,
): Promise<{ repeated: number; contradicting: number }> {
  const { rows } = await connection.query<{ repeated: string; contradicting: string }>(sql.prune);
  return { repeated: Number(rows[0]?.repeated ?? 0), contradicting: Number(rows[0]?.contradicting ?? 0) };
}

/** Which of the lines `from`…`to` contradict others, and the lines of those. */
export async function listContradictions(
  connection: Connection,
  from: number,
  to: number,
): Promise<Map<number, string>> {
  const { rows } = await connection.query<{ source_row: number; others: string }>(
    'SELECT DISTINCT ON (source_row) source_row, others FROM stage_contradiction WHERE source_row BETWEEN $1 AND $2',
    [from, to],
  );
  return new Map(rows.map((row) => [row.source_row, row.others]));
}

/** All contradicting lines, with how many records of each contradict others. */
export async function countContradictions(
  connection: Connection,
): Promise<{ readonly line: number; readonly others: string; readonly records: number }[]> {
  const { rows } = await connection.query<{ line: number; others: string; records: number }>(
    `SELECT source_row AS line, min(others) AS others, count(*)::int AS records FROM stage_contradiction GROUP BY source_row ORDER BY source_row`,
  );
  return rows;
}
