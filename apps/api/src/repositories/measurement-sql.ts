// Writes the SQL of measurement reads for one dataset, once. Runs nothing.

import type { Dataset } from '@cei-inoe/shared/datasets';
import { readSql } from '@cei-inoe/shared/sql';
import { findMain, isCircular } from './aggregate-sql.ts';
import { nameRows } from './standing-rows.ts';

/** Quoted array literals. */
export interface RangeLiterals {
  readonly ids: string;
  readonly lows: string;
  readonly highs: string;
}

export interface MeasurementSql {
  readonly page: string;
  readonly latest: string;
  readonly stats: string;
  makeExport(format: 'csv' | 'ndjson', ranges: RangeLiterals): string;
  makeCount(most: number, ranges: RangeLiterals): string;
}

/**
 * @param at makes SQL for the instant whose rows are read, from the number of the parameter that holds it; null for today's
 */
export function makeMeasurementSql(dataset: Dataset, at: ((parameter: number) => string) | null): MeasurementSql {
  const name = (parameter: number) => nameRows(dataset, at === null ? null : at(parameter));
  const step = dataset.timeKind === 'day' ? '1' : "interval '1 microsecond'";
  const json = makeJson(dataset);
  const time = `fact."${dataset.time}"`;
  return {
    page: readSql('api/measurement-page.sql', { ...name(7), step, json }),
    latest: readSql('api/latest.sql', { ...name(4), json }),
    stats: readSql('api/stats.sql', {
      ...name(4),
      first: makeTime(dataset, `min(${time})`),
      last: makeTime(dataset, `max(${time})`),
      measures: dataset.measures.map(({ name }) => `'${name}', ${makeStats(dataset, name)}`).join(', '),
    }),
    makeExport: (format, ranges) => {
      const columns = format === 'csv' ? listColumns(dataset) : json;
      const query = readSql('api/measurement-export.sql', { ...name(0), ...ranges, columns });
      // A row of JSON holds no backslash, tab or newline: numbers, times and ids only. So the text form of COPY is NDJSON as it is.
      return `COPY (${query}) TO STDOUT${format === 'csv' ? ' (FORMAT csv, HEADER)' : ''}`;
    },
    makeCount: (most, ranges) => {
      const query = readSql('api/measurement-export.sql', { ...name(0), ...ranges, columns: '1' });
      return `SELECT count(*)::int AS rows FROM (${query} LIMIT ${most}) AS few`;
    },
  };
}

/** Instants with `Z`, and with a fraction only where there is one. */
const makeTime = (dataset: Dataset, column?: string): string =>
  dataset.timeKind === 'day' ? makeBareTime(dataset, column) : `${makeBareTime(dataset, column)} || 'Z'`;

/** The same without the `Z`. Sessions write ISO (openPool); to_char takes twice as long, and to write and replace the offset a quarter more. */
function makeBareTime({ time, timeKind }: Dataset, column = `fact."${time}"`): string {
  if (timeKind === 'day') return `to_char(${column}, 'YYYY-MM-DD')`;
  return `replace((${column} AT TIME ZONE 'UTC')::text, ' ', 'T')`;
}

/** Extremes and mean of a measure, as aggregates have them; a sum only where one means something. */
function makeStats(dataset: Dataset, measure: string): string {
  const column = `fact."${measure}"`;
  const plain = (sql: string) => (isCircular(measure) ? 'NULL::float8' : sql);
  const mean = dataset.dataType === 'energy' ? `avg(${column}::numeric)::float8` : findMain(dataset, measure);
  const members = [
    `'received', count(${column})`,
    `'min', ${plain(`min(${column})`)}`,
    `'max', ${plain(`max(${column})`)}`,
    `'mean', ${mean}`,
    `'stddev', ${plain(`stddev_samp(${column})::float8`)}`,
  ];
  if (dataset.dataType === 'energy') members.push(`'sum', ${findMain(dataset, measure)}`);
  return `jsonb_build_object(${members.join(', ')})`;
}

/**
 * Gluing text is what makes PostgreSQL twice as fast here as with json_build_object; every piece costs, so that what stands
 * between two values is one.
 */
export function makeJson(dataset: Dataset): string {
  const orNull = (column: string) => `coalesce(${column}::text, 'null')`;
  const timeEnd = dataset.timeKind === 'day' ? '"' : 'Z"';
  const pieces = [
    `'{"datasource_id":' || fact.datasource_id`,
    `',"${dataset.time}":"' || ${makeBareTime(dataset)}`,
    ...dataset.measures.map(({ name }, i) => `'${i === 0 ? timeEnd : ''},"${name}":' || ${orNull(`fact."${name}"`)}`),
    `',"batch_id":"' || fact.batch_id`,
    `'","source_row":' || ${orNull('fact.source_row')}`,
    `',"quality":' || fact.quality`,
  ];
  return `${pieces.join(' || ')} || '}'`;
}

function listColumns(dataset: Dataset): string {
  const plain = (name: string) => `fact."${name}"`;
  const measures = dataset.measures.map(({ name }) => plain(name));
  const time = `${makeTime(dataset)} AS "${dataset.time}"`;
  return [plain('datasource_id'), time, ...measures, ...['batch_id', 'source_row', 'quality'].map(plain)].join(', ');
}
