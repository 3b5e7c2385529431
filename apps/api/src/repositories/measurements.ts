// Reads measurements as text that PostgreSQL wrote: a JSON page, or a stream of CSV or NDJSON. Parses no row.
import type { Readable } from 'node:stream';
import type { Pool } from '@cei-inoe/shared/database';
import type { Dataset } from '@cei-inoe/shared/datasets';
import pg from 'pg';
import type { MeasurementQuery } from '../schemas/measurement.ts';
import { openCopy } from './copy-out.ts';
import { fingerprint, type LastKey, readCursor, writeCursor } from './cursors.ts';
import { makeMeasurementSql } from './measurement-sql.ts';
import type { SourceRange } from './source-ranges.ts';

export interface Measurements {
  /** @returns the whole answer as JSON text */
  readPage(ranges: readonly SourceRange[], query: MeasurementQuery): Promise<string>;
  openExport(ranges: readonly SourceRange[], format: 'csv' | 'ndjson'): Promise<Readable>;
}

interface PageRow {
  data: string;
  more: boolean;
  last_id: number | null;
  last_time: string | null;
}

export function openMeasurements(pool: Pool, dataset: Dataset): Measurements {
  const sql = makeMeasurementSql(dataset);
  const split = (ranges: readonly SourceRange[]) => ({
    ids: ranges.map((range) => range.id),
    lows: ranges.map((range) => (dataset.timeKind === 'day' ? range.dayFrom : range.instantFrom)),
    highs: ranges.map((range) => (dataset.timeKind === 'day' ? range.dayTo : range.instantTo)),
  });
  return {
    readPage: async (ranges, { limit, cursor, ...rest }) => {
      const { ids, lows, highs } = split(ranges);
      const query = fingerprint([dataset.name, rest]);
      const after: LastKey | null = cursor === undefined ? null : readCursor(cursor, query);
      const values = [ids, lows, highs, limit, after?.id ?? null, after?.time ?? null];
      const { rows } = await pool.query<PageRow>({ name: `page_${dataset.name}`, text: sql.page, values });
      const next = writeNext(rows[0], query);
      return `{"data":${rows[0]?.data ?? '[]'},"next_cursor":${JSON.stringify(next)}}`;
    },
    openExport: (ranges, format) => {
      const { ids, lows, highs } = split(ranges);
      const quote = (values: readonly (string | number)[]) =>
        pg.escapeLiteral(`{${values.map((v) => `"${v}"`).join(',')}}`);
      return openCopy(pool, sql.makeExport(format, { ids: quote(ids), lows: quote(lows), highs: quote(highs) }));
    },
  };
}

function writeNext(row: PageRow | undefined, query: string): string | null {
  if (row === undefined || !row.more || row.last_id === null || row.last_time === null) return null;
  return writeCursor({ id: row.last_id, time: row.last_time }, query);
}
