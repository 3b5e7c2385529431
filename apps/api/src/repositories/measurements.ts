// Reads measurements as text that PostgreSQL wrote: a JSON page, or a stream of CSV or NDJSON. Parses no row.
import type { Readable } from 'node:stream';
import type { Pool } from '@cei-inoe/shared/database';
import type { Dataset } from '@cei-inoe/shared/datasets';
import pg from 'pg';
import type { MeasurementQuery } from '../schemas/measurement.ts';
import { openCopy } from './copy-out.ts';
import { fingerprint, isUnreadable, type LastKey, readCursor, refuseForeign, writeCursor } from './cursors.ts';
import { readKept } from './kept.ts';
import { makeMeasurementSql } from './measurement-sql.ts';
import type { SourceRange } from './source-ranges.ts';

/** `asOf`: the instant whose rows are read, as PostgreSQL reads it; undefined for today's. @throws Fault history_pruned */
export interface Measurements {
  /** @returns the whole answer, as the bytes of its JSON text */
  readPage(ranges: readonly SourceRange[], query: MeasurementQuery): Promise<Buffer>;
  /** @returns the last row of each source that has one, as JSON text */
  readLatest(ranges: readonly SourceRange[], asOf?: string): Promise<string>;
  readStats(ranges: readonly SourceRange[], asOf?: string): Promise<StatsRow[]>;
  /** Counts up to `most`. */
  countRows(ranges: readonly SourceRange[], most: number, asOf?: string): Promise<number>;
  openExport(ranges: readonly SourceRange[], format: 'csv' | 'ndjson', asOf?: string): Promise<Readable>;
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
  /** A JSON array; with the first row of the next page at its end where there are more. */
  readonly data: string;
  readonly more: boolean;
}

export function openMeasurements(pool: Pool, dataset: Dataset): Measurements {
  const today = makeMeasurementSql(dataset, null);
  const then = makeMeasurementSql(dataset, (parameter) => `$${parameter}`);
  const choose = (ranges: readonly SourceRange[], asOf: string | undefined) => {
    const { ids, lows, highs } = splitRanges(dataset, ranges);
    return {
      sql: asOf === undefined ? today : then,
      bounds: [ids, lows, highs],
      last: asOf === undefined ? [] : [asOf],
    };
  };
  /** COPY takes no parameters. */
  const write = (ranges: readonly SourceRange[], asOf: string | undefined) => {
    const { ids, lows, highs } = splitRanges(dataset, ranges);
    const quote = (values: readonly (string | number)[]) =>
      pg.escapeLiteral(`{${values.map((v) => `"${v}"`).join(',')}}`);
    return {
      sql: asOf === undefined ? today : makeMeasurementSql(dataset, () => pg.escapeLiteral(asOf)),
      literals: { ids: quote(ids), lows: quote(lows), highs: quote(highs) },
    };
  };
  return {
    readPage: async (ranges, { limit, cursor, format: _, ...rest }) => {
      const { sql, bounds, last } = choose(ranges, rest.as_of);
      const query = fingerprint([dataset.name, rest]);
      const after: LastKey | null = cursor === undefined ? null : readCursor(cursor, query);
      const values = [...bounds, limit, after?.id ?? null, after?.time ?? null, ...last];
      const name = rest.as_of === undefined ? { name: `page_${dataset.name}` } : {};
      const { rows } = await readKept(pool, rest.as_of, () =>
        pool.query<PageRow>({ ...name, text: sql.page, values }).catch((error: unknown) => {
          throw after !== null && isUnreadable(error) ? refuseForeign() : error;
        }),
      );
      const { open, next } = cutPage(dataset, rows[0] ?? { data: '[]', more: false });
      const end = `],"next_cursor":${JSON.stringify(next && writeCursor(next, query))}}`;
      return writeAscii(['{"data":', open, end]);
    },
    readLatest: async (ranges, asOf) => {
      const { sql, bounds, last } = choose(ranges, asOf);
      const { rows } = await readKept(pool, asOf, () => pool.query<{ data: string }>(sql.latest, [...bounds, ...last]));
      return `{"data":${rows[0]?.data ?? '[]'}}`;
    },
    readStats: async (ranges, asOf) => {
      const { sql, bounds, last } = choose(ranges, asOf);
      return (await readKept(pool, asOf, () => pool.query<StatsRow>(sql.stats, [...bounds, ...last]))).rows;
    },
    countRows: async (ranges, most, asOf) => {
      const { sql, literals } = write(ranges, asOf);
      const { rows } = await pool.query<{ rows: number }>(sql.makeCount(most, literals));
      return rows[0]?.rows ?? 0;
    },
    openExport: (ranges, format, asOf) => {
      const { sql, literals } = write(ranges, asOf);
      return openCopy(pool, sql.makeExport(format, literals), asOf);
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

/** A page is numbers, times and ids. To glue the text first and to write it as UTF-8 cost 6 % of the requests per second. */
function writeAscii(pieces: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) at += bytes.write(piece, at, 'latin1');
  return bytes;
}

/** Every row begins with this, and no value of one has a brace or a quotation mark in it. */
const ROW_BEGIN = '{"datasource_id":';

/** The array of the page without its last bracket, and the key of its last row where more follow. */
function cutPage({ time }: Dataset, { data, more }: PageRow): { readonly open: string; readonly next: LastKey | null } {
  if (!more) return { open: data.slice(0, -1), next: null };
  const end = data.lastIndexOf(`,${ROW_BEGIN}`);
  const last = JSON.parse(data.slice(data.lastIndexOf(ROW_BEGIN, end - 1), end)) as Record<string, string | number>;
  return { open: data.slice(0, end), next: { id: Number(last.datasource_id), time: String(last[time]) } };
}
