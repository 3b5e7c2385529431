// Rows → the bytes of COPY BINARY for one table. Knows nothing of connections.
// Source of the encodings: PostgreSQL's timestamptz_recv (int64 µs since 2000-01-01) and date_recv (int32 days since then).
import type { Dataset } from '@cei-inoe/shared/datasets';
import type { Row } from '../../model/row.ts';
import { makeCopyBuffers } from './copy-buffers.ts';

/** 2000-01-01 in microseconds and days since 1970-01-01. */
const EPOCH_MICROS = 946_684_800_000_000;
const EPOCH_DAYS = 10_957;

export interface CopyEncoder {
  /** Columns of the COPY, in order. */
  readonly columns: readonly string[];
  write(row: Row): void;
  /** Full buffers written so far; they belong to the caller from then on. */
  takeFull(): Buffer[];
  /** The rest, with the trailer. */
  finish(): Buffer[];
}

export interface EncoderOptions {
  /** Positions in `dataset.measures` of the measures that the file supplies. */
  readonly measures: readonly number[];
  /** Given: the rows go straight into the table; not given: into the staging table, which has no batch_id. */
  readonly batchId?: string;
  /** Rows carry the number of records that fed them: the staging table only. */
  readonly weighs?: boolean;
}

/** Makes an encoder for rows of `dataset`. */
export function makeCopyEncoder(dataset: Dataset, options: EncoderOptions): CopyEncoder {
  const { measures } = options;
  const weighs = options.weighs === true;
  const integers = measures.map((at) => dataset.measures[at]?.type === 'integer');
  const batch = options.batchId === undefined ? undefined : Buffer.from(options.batchId.replaceAll('-', ''), 'hex');
  const isDay = dataset.timeKind === 'day';
  const columns = listColumns(dataset, options);
  const maxBytes = 2 + columns.length * 12 + (batch === undefined ? 0 : 8);
  const buffers = makeCopyBuffers();

  function write(row: Row): void {
    buffers.beginRow(columns.length, maxBytes);
    buffers.writeInt32(row.datasourceId);
    if (isDay) buffers.writeInt32(row.time - EPOCH_DAYS);
    else buffers.writeInt64(row.time - EPOCH_MICROS);
    for (let i = 0; i < measures.length; i++) {
      const value = row.values[measures[i] as number] as number;
      if (Number.isNaN(value)) buffers.writeNull();
      else if (integers[i] === true) buffers.writeInt32(value);
      else buffers.writeFloat64(value);
    }
    if (batch !== undefined) buffers.writeBytes(batch);
    buffers.writeInt32(row.line);
    buffers.writeInt16(row.quality);
    if (weighs) buffers.writeInt32(row.records);
  }
  return { columns, write, takeFull: buffers.takeFull, finish: buffers.finish };
}

function listColumns(dataset: Dataset, options: EncoderOptions): string[] {
  const measures = options.measures.map((at) => dataset.measures[at]?.name ?? '');
  const batch = options.batchId === undefined ? [] : ['batch_id'];
  const weight = options.weighs === true ? ['records'] : [];
  return ['datasource_id', dataset.time, ...measures, ...batch, 'source_row', 'quality', ...weight];
}
