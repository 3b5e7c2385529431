// Batches, their rejections and uploads as requests and answers show them.
import { BATCH_STATUSES, SOURCE_TYPES, VALIDATION_STATUSES } from '@cei-inoe/shared/batches';
import { DATASET_NAMES } from '@cei-inoe/shared/datasets';
import { z } from 'zod';
import { id, inOrder, moment, PAGE, pageOf, sortBy, text } from './query.ts';

const instant = z.iso.datetime().nullable();
const count = z.int().min(0);

export const Batch = z
  .object({
    batch_id: z.uuid(),
    datasource_id: z.int().nullable().describe('null where a file speaks of several sources, or it is not known yet.'),
    external_id: z.string().nullable(),
    dataset: z.enum(DATASET_NAMES).nullable(),
    source_type: z.enum(SOURCE_TYPES),
    source_name: z.string().nullable(),
    file_sha256: z.string().nullable(),
    size_bytes: count.nullable(),
    mapping_name: z.string().nullable(),
    mapping_sha256: z.string().nullable(),
    granularity: z.string().nullable(),
    date_range_start: instant,
    date_range_end: instant,
    status: z.enum(BATCH_STATUSES),
    duplicate_of: z.uuid().nullable(),
    replay_of: z.uuid().nullable(),
    dry_run: z.boolean(),
    validation_status: z.enum(VALIDATION_STATUSES).nullable(),
    lines_read: count,
    records_read: count,
    records_inserted: count,
    records_updated: count,
    records_unchanged: count,
    records_skipped: count,
    records_rejected: count,
    records_loaded: count.describe('inserted + updated'),
    quality_score: z.number().nullable().describe('Per cent of the records that were not rejected.'),
    pipeline_name: z.string().nullable(),
    pipeline_version: z.string().nullable(),
    submitted_by: z.string().nullable(),
    attempt: z.int(),
    created_at: z.iso.datetime(),
    started_at: instant,
    completed_at: instant,
    applied_at: instant,
    execution_time_ms: count.nullable(),
    context: z.unknown().describe('The options given with the file and what was decided about it.'),
    progress: z.unknown().nullable(),
    error: z.unknown().nullable().describe('Why the load failed.'),
  })
  .meta({
    id: 'Batch',
    description: 'One load: read = inserted + updated + unchanged + skipped + rejected once it is completed.',
  });
export type Batch = z.output<typeof Batch>;

const FILTERS = {
  datasource_id: id().optional().describe('Batches that touched this source, alone or among others.'),
  dataset: z.enum(DATASET_NAMES).optional().describe('Batches of these readings.'),
  status: z.enum(BATCH_STATUSES).optional().describe('Batches that are in this state now.'),
  source_type: z.enum(SOURCE_TYPES).optional().describe('How it came in: dropped, uploaded, handed in as readings, …'),
  from: moment().optional().describe('Created at or after this; a bare date is midnight UTC.'),
  to: moment().optional().describe('Created before this.'),
} as const;

export const BatchFilters = inOrder(z.strictObject(FILTERS), 'utc');
export type BatchFilters = z.output<typeof BatchFilters>;
export const BATCH_SORT_FIELDS = [
  'created_at',
  'completed_at',
  'records_read',
  'records_rejected',
  'source_name',
] as const;
export const BatchQuery = inOrder(
  z.strictObject({ ...FILTERS, sort: sortBy(BATCH_SORT_FIELDS, '-created_at'), ...PAGE }),
  'utc',
);
export type BatchQuery = z.output<typeof BatchQuery>;
export const BatchPage = pageOf(Batch);
export const BatchParams = z.strictObject({ batch_id: z.uuid().toLowerCase().describe('Id of the batch.') });

const sums = {
  batches: count,
  records_read: count,
  records_inserted: count,
  records_updated: count,
  records_unchanged: count,
  records_skipped: count,
  records_rejected: count,
} as const;
export const BatchSummary = z
  .object({
    data: z.array(z.object({ dataset: z.enum(DATASET_NAMES).nullable(), status: z.enum(BATCH_STATUSES), ...sums })),
    total: z.object(sums),
  })
  .meta({ id: 'BatchSummary' });
export type BatchSummary = z.output<typeof BatchSummary>;

export const Rejection = z
  .object({
    rejection_no: z.int(),
    line: z.int().nullable().describe('Line of the file, counted from 1.'),
    raw: z.unknown().describe('The record as it stood in the file.'),
    errors: z.array(
      z.object({
        column: z.string().nullable(),
        text: z.string().nullable(),
        code: z.string(),
        message: z.string(),
        remedy: z.string().describe('What to do about it.'),
      }),
    ),
  })
  .meta({ id: 'Rejection', description: 'One record that was refused.' });
export const RejectionPage = pageOf(Rejection);
export const RejectionQuery = z.strictObject(PAGE);

const flag = z.enum(['true', 'false']).default('false');
/** The text parts of an upload; the file itself is read as a stream. */
export const UploadFields = z.strictObject({
  datasource: text(200)
    .optional()
    .describe('external_id or alias of the source; else the file name or the mapping says it.'),
  mapping: text(200).optional().describe('Name of the mapping; else the headers decide.'),
  date_order: z.enum(['mdy', 'dmy', 'ymd']).optional(),
  date: z.iso.date().optional().describe('The day of a file whose records do not say it.'),
  dry_run: flag.describe('Load, report, and take everything back.'),
  force: flag.describe('Load although the same bytes were loaded before.'),
});
export type UploadFields = z.output<typeof UploadFields>;
export const UploadBody = UploadFields.extend({
  file: z.string().meta({ contentMediaType: 'application/octet-stream', description: 'The bytes of the file.' }),
});
