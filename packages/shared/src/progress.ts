// How far a load is, as ingestors tell it over NOTIFY and the API hands it on.

export const PROGRESS_CHANNEL = 'cei_progress';

export interface ProgressNote {
  readonly batch_id: string;
  /** What is done now: `read` (lines into the table) or `merge`. */
  readonly stage: string;
  readonly records_read: number;
  readonly bytes_read: number;
  readonly bytes_total: number;
}
