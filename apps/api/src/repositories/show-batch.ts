// Gives a row of ingest_batch the form that answers have. Reads nothing.
import type { IngestBatch } from '@cei-inoe/shared/client';
import type { Batch } from '../schemas/batch.ts';

/** Ids of the fence that it was handed in with are nobody's business: a narrower fence knows nothing of them. */
export function hideFence(context: unknown): Batch['context'] {
  if (typeof context !== 'object' || context === null) return context;
  const { fence: _, ...shown } = context as Record<string, unknown>;
  return shown;
}

const toNumber = (value: bigint | number | null) => (value === null ? null : Number(value));
const toText = (value: Date | null) => value?.toISOString() ?? null;

/** Counts stay below 2^53, so that numbers hold them exactly. */
export function showBatch(row: IngestBatch & { datasource: { externalId: string } | null }): Batch {
  return {
    batch_id: row.batchId,
    datasource_id: row.datasourceId,
    external_id: row.datasource?.externalId ?? null,
    dataset: row.dataset as Batch['dataset'],
    source_type: row.sourceType as Batch['source_type'],
    source_name: row.sourceName,
    file_sha256: row.fileSha256,
    size_bytes: toNumber(row.sizeBytes),
    mapping_name: row.mappingName,
    mapping_sha256: row.mappingSha256,
    granularity: row.granularity,
    date_range_start: toText(row.dateRangeStart),
    date_range_end: toText(row.dateRangeEnd),
    status: row.status as Batch['status'],
    duplicate_of: row.duplicateOf,
    replay_of: row.replayOf,
    dry_run: row.dryRun,
    validation_status: row.validationStatus as Batch['validation_status'],
    ...showCounts(row),
    quality_score: row.qualityScore === null ? null : Number(row.qualityScore),
    pipeline_name: row.pipelineName,
    pipeline_version: row.pipelineVersion,
    submitted_by: row.submittedBy,
    attempt: row.attempt,
    created_at: row.createdAt.toISOString(),
    started_at: toText(row.startedAt),
    completed_at: toText(row.completedAt),
    applied_at: toText(row.appliedAt),
    execution_time_ms: toNumber(row.executionTimeMs),
    context: hideFence(row.context),
    progress: row.progress as Batch['progress'],
    error: row.error as Batch['error'],
  };
}

function showCounts(row: IngestBatch) {
  return {
    lines_read: Number(row.linesRead),
    records_read: Number(row.recordsRead),
    records_inserted: Number(row.recordsInserted),
    records_updated: Number(row.recordsUpdated),
    records_unchanged: Number(row.recordsUnchanged),
    records_skipped: Number(row.recordsSkipped),
    records_rejected: Number(row.recordsRejected),
    records_loaded: Number(row.recordsLoaded ?? 0),
  };
}
