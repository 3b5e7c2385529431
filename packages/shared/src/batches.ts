// The words that batches and datasources are described with: the lists behind the CHECKs of the tables.

export const BATCH_STATUSES = ['pending', 'processing', 'completed', 'failed', 'undone', 'duplicate'] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];

export const SOURCE_TYPES = ['file', 'upload', 'api', 'manual', 'legacy'] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

export const VALIDATION_STATUSES = ['passed', 'partial', 'failed'] as const;
export const SOURCE_CATEGORIES = ['device', 'file', 'api', 'manual'] as const;
export const DATA_TYPES = ['energy', 'weather', 'dairy', 'pv', 'other'] as const;
export const DATASOURCE_STATUSES = ['online', 'offline', 'maintenance', 'unknown'] as const;

/** Options a user gave with a file; stored in `ingest_batch.context.options`, so that a redo reads the file the same way. */
export interface LoadOptions {
  /** external_id or alias */
  readonly datasource?: string;
  readonly mapping?: string;
  readonly dateOrder?: 'mdy' | 'dmy' | 'ymd';
  /** YYYY-MM-DD: the day of a file whose records do not say it. */
  readonly date?: string;
  readonly force?: boolean;
}

/** What is asked of an undo, redo or replay; stored in `batch_operation.options`. Only a replay reads anew, and has the rest. */
export interface OperationRequest {
  readonly dry_run?: boolean;
  readonly mapping?: string;
  readonly datasource?: string;
  readonly date_order?: 'mdy' | 'dmy' | 'ymd';
  readonly date?: string;
  readonly force?: boolean;
  /** Ids of the datasources that a replay may touch, where who asks for it may not touch all. */
  readonly fence?: readonly number[];
}

/** One refusal of one cell, as stored in `ingest_rejection.errors`. `column` is the header of the file, `text` its raw text (shortened). */
export interface CellError {
  readonly column: string | null;
  readonly text: string | null;
  readonly code: string;
  readonly message: string;
}
