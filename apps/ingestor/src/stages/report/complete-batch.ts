// The last statement of a load: the batch row says what happened, if the claim is still ours. Commits with the data.
import type { Connection } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import type { ClaimedBatch } from '../../model/batch.ts';
import type { Counts } from '../../model/counts.ts';
import type { FilePlan } from '../../model/plan.ts';

export interface Completion {
  readonly plan: FilePlan;
  readonly counts: Counts;
  readonly datasourceId: number | null;
  readonly context: object;
  /** Null for a dry run, which takes no effect. */
  readonly appliedSeq: string | null;
  readonly appliedAt: string | null;
  /** First and last instant of the accepted rows, ISO, or null where there are none. */
  readonly range: { readonly first: string; readonly last: string } | null;
  readonly startedMs: number;
}

const COMPLETE = `
  UPDATE ingest_batch SET
    status = 'completed', dataset = $4, datasource_id = $5, mapping_name = $6, mapping_sha256 = $7, granularity = $8,
    context = context || $9::jsonb, lines_read = $10, records_read = $11, records_inserted = $12, records_updated = $13,
    records_unchanged = $14, records_skipped = $15, records_rejected = $16, validation_status = $17,
    date_range_start = $18, date_range_end = $19, applied_seq = $20, applied_at = $21, error = NULL, heartbeat_at = NULL,
    pipeline_name = $22, completed_at = clock_timestamp(), execution_time_ms = $23
  WHERE batch_id = $1 AND claimed_by = $2 AND attempt = $3 AND status = 'processing'`;

/** @throws Fault batch_lost when another worker has taken the batch over; everything then rolls back */
export async function completeBatch(connection: Connection, batch: ClaimedBatch, done: Completion): Promise<void> {
  const { counts, plan } = done;
  const { mapping } = plan;
  const { rowCount } = await connection.query(COMPLETE, [
    batch.batchId,
    batch.claimedBy,
    batch.attempt,
    mapping.dataset.name,
    done.datasourceId,
    mapping.name,
    mapping.sha256,
    mapping.granularity,
    writeJsonb(done.context),
    counts.lines,
    counts.read,
    counts.inserted,
    counts.updated,
    counts.unchanged,
    counts.skipped,
    counts.rejected,
    counts.rejected > 0 ? 'partial' : 'passed',
    done.range?.first ?? null,
    done.range?.last ?? null,
    done.appliedSeq,
    done.appliedAt,
    'ingest',
    Math.round(performance.now() - done.startedMs),
  ]);
  if (rowCount !== 1) throw new Fault('batch_lost');
}

/** Remembers the text that the batch was read with. */
export async function storeMapping(connection: Connection, plan: FilePlan): Promise<void> {
  const { sha256, name, yaml } = plan.mapping;
  await connection.query(
    'INSERT INTO mapping_version (sha256, name, yaml) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING',
    [sha256, name, yaml],
  );
}

/** Something that a load met: what it refused for the same code, or, where the code refuses nothing, how often it occurred. */
export interface Notice {
  readonly code: string;
  readonly count: number;
  readonly samples: readonly { readonly line: number; readonly text: string }[];
}

/** One row per check that rejected something, one per notice, and one for the whole file. */
export async function storeChecks(
  connection: Connection,
  batchId: string,
  dataset: string,
  codes: ReadonlyMap<string, number>,
  counts: Pick<Counts, 'read' | 'rejected'>,
  notices: readonly Notice[],
): Promise<void> {
  const samples = new Map(notices.map((notice) => [notice.code, notice.samples]));
  const checks = [
    ...[...codes].map(([name, failed]) => ({
      type: 'record',
      name,
      failed,
      total: counts.read,
      samples: samples.get(name),
    })),
    ...notices
      .filter(({ code }) => !codes.has(code))
      .map(({ code, count, ...rest }) => ({ type: 'notice', name: code, failed: 0, total: count, ...rest })),
    { type: 'file', name: 'all_records', failed: counts.rejected, total: counts.read },
  ];
  await connection.query(
    `INSERT INTO data_quality_check (batch_id, dataset, check_type, check_name, passed, failed_count, total_count, sample_failures)
     SELECT $1, $2, c->>'type', c->>'name', (c->>'failed')::bigint = 0, (c->>'failed')::bigint, (c->>'total')::bigint, c->'samples'
     FROM jsonb_array_elements($3::jsonb) c`,
    [batchId, dataset, writeJsonb(checks)],
  );
}

/** A closed row of the stage log. Times in milliseconds since the epoch. */
export interface StageTiming {
  readonly stage: string;
  readonly startedMs: number;
  readonly completedMs: number;
  readonly recordsIn: number;
  readonly recordsOut: number;
}

export async function storeTimings(
  connection: Connection,
  batchId: string,
  timings: readonly StageTiming[],
): Promise<void> {
  await connection.query(
    `INSERT INTO pipeline_execution (batch_id, stage, status, started_at, completed_at, records_in, records_out)
     SELECT $1, t->>'stage', 'completed', to_timestamp((t->>'startedMs')::float8 / 1000), to_timestamp((t->>'completedMs')::float8 / 1000),
            (t->>'recordsIn')::bigint, (t->>'recordsOut')::bigint
     FROM jsonb_array_elements($2::jsonb) t`,
    [batchId, JSON.stringify(timings)],
  );
}

/**
 * Which sources the file touched, and from when to when. Times are ISO instants. Those of which it has records and no row (the first reading of a
 * counter) stand there with none: else a key that may not know of them would be let see the file.
 */
export async function storeExtents(
  connection: Connection,
  batchId: string,
  extents: readonly {
    readonly datasourceId: number;
    readonly rows: number;
    readonly first: string;
    readonly last: string;
  }[],
  named: readonly number[],
): Promise<void> {
  await connection.query(
    `INSERT INTO ingest_batch_datasource (batch_id, datasource_id, rows, first, last)
     SELECT $1::uuid, (e->>'datasourceId')::int, (e->>'rows')::bigint, (e->>'first')::timestamptz, (e->>'last')::timestamptz
     FROM jsonb_array_elements($2::jsonb) e
     UNION ALL SELECT $1::uuid, id, 0, NULL, NULL FROM unnest($3::int[]) AS id
     WHERE id NOT IN (SELECT (e->>'datasourceId')::int FROM jsonb_array_elements($2::jsonb) e)`,
    [batchId, JSON.stringify(extents), named],
  );
}
