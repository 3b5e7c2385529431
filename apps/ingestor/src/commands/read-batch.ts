// Reads everything that is known about one batch, for `pnpm batches show`. Prints nothing.
import type { Pool } from '@cei-inoe/shared/database';
import { readSql } from '@cei-inoe/shared/sql';
import type { Surroundings } from '../compose/settings.ts';
import { type FoundBatch, findBatch } from './find-batch.ts';

const MAX_OVERLAPS = 50;

export interface BatchPart {
  readonly external_id: string;
  readonly rows: number;
  readonly first: Date | null;
  readonly last: Date | null;
}

export interface BatchCheck {
  readonly check_type: string;
  readonly check_name: string;
  readonly passed: boolean;
  readonly failed_count: number;
  readonly total_count: number;
}

export interface BatchStage {
  readonly stage: string;
  readonly status: string;
  readonly started_at: Date;
  readonly completed_at: Date | null;
  readonly records_in: number;
  readonly records_out: number;
}

export interface BatchOperation {
  readonly id: number;
  readonly operation: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly requested_by: string | null;
  readonly created_at: Date;
  readonly completed_at: Date | null;
  readonly result: Readonly<Record<string, unknown>> | null;
}

export interface BatchOverlap {
  readonly batch_id: string;
  readonly source_name: string | null;
  readonly datasources: readonly string[];
  readonly first: Date;
  readonly last: Date;
  /** It took effect after the batch: where both have a reading, it had the last word. */
  readonly later: boolean | null;
}

export interface BatchStory {
  readonly batch: FoundBatch;
  readonly external_id: string | null;
  /** Whether the bytes are still kept. */
  readonly archived: boolean;
  /** Batches that are replays of this one. */
  readonly replays: readonly { readonly batch_id: string; readonly status: string }[];
  readonly sources: readonly BatchPart[];
  readonly checks: readonly BatchCheck[];
  readonly stages: readonly BatchStage[];
  readonly operations: readonly BatchOperation[];
  readonly overlaps: readonly BatchOverlap[];
}

/** @throws Fault batch_unknown */
export async function readBatch(around: Surroundings, id: string): Promise<BatchStory> {
  const batch = await findBatch(around.pool, id);
  const list = <T extends object>(sql: string, ...values: unknown[]) =>
    listRows<T>(around.pool, sql, [batch.batch_id, ...values]);
  const [named] = await list<{ external_id: string }>(
    'SELECT d.external_id FROM ingest_batch b JOIN datasource d ON d.id = b.datasource_id WHERE b.batch_id = $1',
  );
  return {
    batch: withNumbers(batch),
    external_id: named?.external_id ?? null,
    archived: await isArchived(around, batch.file_sha256),
    replays: await list('SELECT batch_id, status FROM ingest_batch WHERE replay_of = $1 ORDER BY created_at'),
    sources: await list(
      `SELECT d.external_id, p.rows::float8 AS rows, p.first, p.last
       FROM ingest_batch_datasource p JOIN datasource d ON d.id = p.datasource_id WHERE p.batch_id = $1 ORDER BY d.external_id`,
    ),
    checks: await list(
      `SELECT check_type, check_name, passed, failed_count::float8 AS failed_count, total_count::float8 AS total_count
       FROM data_quality_check WHERE batch_id = $1 ORDER BY id`,
    ),
    stages: await list(
      `SELECT stage, status, started_at, completed_at, records_in::float8 AS records_in, records_out::float8 AS records_out
       FROM pipeline_execution WHERE batch_id = $1 ORDER BY id`,
    ),
    operations: await list(
      `SELECT id::float8 AS id, operation, options, status, requested_by, created_at, completed_at, result
       FROM batch_operation WHERE batch_id = $1 ORDER BY id`,
    ),
    overlaps: await list(readSql('batches/overlaps.sql'), MAX_OVERLAPS),
  };
}

const listRows = async <T extends object>(pool: Pool, sql: string, values: readonly unknown[]): Promise<T[]> =>
  (await pool.query<T>(sql, [...values])).rows;

/** Counts come from the driver as texts; they stay below 2^53. */
const COUNTS = /^(records|lines)_|^size_bytes$|^applied_seq$/;
const withNumbers = (batch: FoundBatch): FoundBatch =>
  Object.fromEntries(
    Object.entries(batch).map(([name, value]) => [name, COUNTS.test(name) && value !== null ? Number(value) : value]),
  ) as FoundBatch;

const isArchived = (around: Surroundings, sha256: unknown): Promise<boolean> =>
  typeof sha256 !== 'string'
    ? Promise.resolve(false)
    : around.archive.find(sha256).then(
        () => true,
        () => false,
      );
