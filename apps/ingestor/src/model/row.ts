// One accepted reading on its way to the table, and one refused record. The accepted row is a single object that is used again and again.
import type { CellError } from '@cei-inoe/shared/batches';
import type { RecordChunk } from './records.ts';

/** `values[i]` belongs to the dataset's measure i; NaN means "no value here", as a file cannot give NaN. */
export interface Row {
  datasourceId: number;
  /** Instant: microseconds since 1970-01-01T00:00Z. Day: days since 1970-01-01. */
  time: number;
  readonly values: Float64Array;
  /** Line of the file or row of the sheet. */
  line: number;
  quality: number;
  /** How many records of the file fed it: more than one where readings were added up. */
  records: number;
}

/** Where accepted, refused and skipped records go. `chunk` and `at` tell where the record stands that the row was made of. */
export interface RowSink {
  accept(row: Row, chunk: RecordChunk, at: number): void;
  refuse(chunk: RecordChunk, at: number, errors: readonly CellError[]): void;
  skip(chunk: RecordChunk, at: number): void;
  /** A record of this source and time was refused. Only for sinks to which a record more or less changes what the others say. */
  miss?(datasourceId: number, time: number): void;
}

/** Bits of the `quality` column. */
export const QUALITY = { good: 0, shifted: 1 } as const;
