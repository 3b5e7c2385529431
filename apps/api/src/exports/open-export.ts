// Opens an export of measurements in the form that is wanted. Holds no SQL.
import { Readable } from 'node:stream';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import type { Measurements } from '../repositories/measurements.ts';
import type { SourceRange } from '../repositories/source-ranges.ts';
import type { Format } from './formats.ts';
import { ROW_GROUP_ROWS, writeParquet } from './parquet.ts';
import { readRows } from './rows.ts';
import { MAX_WORKBOOK_ROWS, writeWorkbook } from './workbook.ts';

const WORKBOOK_BLOCK_ROWS = 1_000;

export interface ExportChoice {
  readonly dataset: Dataset;
  readonly measurements: Measurements;
  readonly ranges: readonly SourceRange[];
  readonly asOf: string | undefined;
}

/** Destroying the stream ends the query. @throws Fault export_too_large for a workbook of too many rows */
export async function openExport(format: Exclude<Format, 'json'>, choice: ExportChoice): Promise<Readable> {
  const { dataset, measurements, ranges, asOf } = choice;
  if (format === 'csv' || format === 'ndjson') return measurements.openExport(ranges, format, asOf);
  if (format === 'xlsx') {
    const rows = await measurements.countRows(ranges, MAX_WORKBOOK_ROWS + 1, asOf);
    if (rows > MAX_WORKBOOK_ROWS)
      throw new Fault('export_too_large', `A workbook has at most ${MAX_WORKBOOK_ROWS} rows.`);
  }
  const source = await measurements.openExport(ranges, 'ndjson', asOf);
  const output =
    format === 'xlsx'
      ? writeWorkbook(dataset, readRows(source, WORKBOOK_BLOCK_ROWS))
      : Readable.from(writeParquet(dataset, readRows(source, ROW_GROUP_ROWS)), { objectMode: false });
  // A generator that was never asked for anything cleans nothing up.
  return output.once('close', () => source.destroy());
}
