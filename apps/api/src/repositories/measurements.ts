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
  /** @returns the last row of each source that has one, as JSON text */
  readLatest(ranges: readonly SourceRange[]): Promise<string>;
  readStats(ranges: readonly SourceRange[]): Promise<StatsRow[]>;
  openExport(ranges: readonly SourceRange[], format: 'csv' | 'ndjson'): Promise<Readable>;
}

/** What a source has in its range. */
export interface StatsRow {
  readonly datasource_id: number;
  readonly rows: number;
  readonly first: string | null;
  readonly last: string | null;
  readonly measures: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

interface PageRow {
  data: string;
  more: boolean;
  last_id: number | null;
  last_time: string | null;
}

export function openMeasurements(pool: Pool, dataset: Dataset): Measurements {
  const sql = makeMeasurementSql(dataset);
  const split = (ranges: readonly SourceRange[]) => splitRanges(dataset, ranges);
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
    readLatest: async (ranges) => {
      const { ids, lows, highs } = split(ranges);
      const { rows } = await pool.query<{ data: string }>(sql.latest, [ids, lows, highs]);
      return `{"data":${rows[0]?.data ?? '[]'}}`;
    },
    readStats: async (ranges) => {
      const { ids, lows, highs } = split(ranges);
      return (await pool.query<StatsRow>(sql.stats, [ids, lows, highs])).rows;
    },
    openExport: (ranges, format) => {
      const { ids, lows, highs } = split(ranges);
      const quote = (values: readonly (string | number)[]) =>
        pg.escapeLiteral(`{${values.map((v) => `"${v}"`).join(',')}}`);
      return openCopy(pool, sql.makeExport(format, { ids: quote(ids), lows: quote(lows), highs: quote(highs) }));
    },
  };
}

/** The ranges as the arrays that SQL takes: days for a table of days, else instants. */
export function splitRanges(dataset: Dataset, ranges: readonly SourceRange[]) {
  const isDay = dataset.timeKind === 'day';
  return {
    ids: ranges.map((range) => range.id),
    lows: ranges.map((range) => (isDay ? range.dayFrom : range.instantFrom)),
    highs: ranges.map((range) => (isDay ? range.dayTo : range.instantTo)),
  };
}

function writeNext(row: PageRow | undefined, query: string): string | null {
  if (row === undefined || !row.more || row.last_id === null || row.last_time === null) return null;
  return writeCursor({ id: row.last_id, time: row.last_time }, query);
}
