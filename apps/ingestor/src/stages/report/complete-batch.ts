// The last statement of a load: everything that is written about it, and the batch row, if the claim is still ours. Commits with the data.
import type { Connection } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import { prepareSql } from '@cei-inoe/shared/sql';
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
  /** How many records were refused for which code. */
  readonly codes: ReadonlyMap<string, number>;
  readonly notices: readonly Notice[];
  /** Which sources the file touched. */
  readonly extents: readonly Extent[];
  /** All sources that its records name. */
  readonly named: readonly number[];
  /** By `performance.now()`. */
  readonly startedMs: number;
}

/** Something that a load met: what it refused for the same code, or, where the code refuses nothing, how often it occurred. */
export interface Notice {
  readonly code: string;
  readonly count: number;
  readonly samples: readonly { readonly line: number; readonly text: string }[];
}

/** Rows of one source, and from when to when. Times are ISO instants. */
export interface Extent {
  readonly datasourceId: number;
  readonly rows: number;
  readonly first: string;
  readonly last: string;
}

/** @throws Fault batch_lost when another worker has taken the batch over; everything then rolls back */
export async function completeBatch(connection: Connection, batch: ClaimedBatch, done: Completion): Promise<void> {
  const { counts, plan } = done;
  const { mapping } = plan;
  const tookMs = performance.now() - done.startedMs;
  const { rowCount } = await connection.query(
    prepareSql('load/complete.sql', [
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
      Math.round(tookMs),
      mapping.yaml,
      writeJsonb(listChecks(done)),
      Date.now() - tookMs,
      Date.now(),
      counts.inserted + counts.updated,
      JSON.stringify(done.extents),
      done.named,
    ]),
  );
  if (rowCount !== 1) throw new Fault('batch_lost');
}

/** One check per code that refused something, one per notice, and one for the whole file. */
function listChecks({ codes, notices, counts }: Completion): readonly object[] {
  const samples = new Map(notices.map((notice) => [notice.code, notice.samples]));
  return [
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
}
