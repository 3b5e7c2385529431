// The SQL of rebuilding part of a table from its surviving batches, from the files in db/rebuild. Runs nothing.
import type { Dataset } from '@cei-inoe/shared/datasets';
import { quoteName, readSql } from '@cei-inoe/shared/sql';

export interface RebuildSql {
  /** Temporary tables that stand for the dataset's own while batches are laid over one another. */
  readonly target: { readonly table: string; readonly history: string };
  readonly createTables: string;
  readonly fillRanges: string;
  readonly survivors: string;
  /** Takes the staged rows outside the ranges away. */
  readonly clip: string;
  readonly replace: string;
  /** Sums the months of the ranges anew; only for the dataset that has them. */
  readonly refreshMonths: string;
}

/** The local day that `instant` is the midnight of, in the zone in which its batch was loaded. Where clocks go forward at midnight, it may lie an hour early. */
const makeDay = (instant: string): string => `((${instant} + interval '2 hours') AT TIME ZONE
  CASE WHEN b.datasource_id IS NULL THEN 'UTC' ELSE coalesce(b.context->'zones'->>d.external_id, 'UTC') END)::date`;

/** A number in units of Row.time as a time of the table. */
const makeTime = (dataset: Dataset, number: string): string =>
  dataset.timeKind === 'day'
    ? `(date '1970-01-01' + ${number}::int)`
    : `(timestamptz '1970-01-01 00:00:00Z' + ${number} * interval '1 microsecond')`;

export function makeRebuildSql(dataset: Dataset): RebuildSql {
  const isDay = dataset.timeKind === 'day';
  const names = dataset.measures.map((m) => quoteName(m.name));
  const from = (alias: string) => names.map((name) => `${alias}.${name}`).join(', ');
  const target = { table: `rebuilt_${dataset.name}`, history: `rebuilt_${dataset.name}_history` };
  const time = quoteName(dataset.time);
  const ranges = `rebuilt_${dataset.name}_range`;
  const parts = {
    table: quoteName(dataset.table),
    history: quoteName(`${dataset.table}_history`),
    rebuilt: quoteName(target.table),
    rebuilt_history: quoteName(target.history),
    ranges,
    time,
    time_type: isDay ? 'date' : 'timestamptz',
    range: isDay ? 'daterange' : 'tstzrange',
    period_end: isDay ? 'upper(period) - 1' : 'upper(period)',
    first: isDay ? makeDay('t.first') : 't.first',
    last: isDay ? makeDay('t.last') : 't.last',
    given_first: makeTime(dataset, 'g.first'),
    given_last: makeTime(dataset, 'g.last'),
    measures: names.join(', '),
    standing_measures: from('s'),
    rebuilt_measures: from('n'),
    compared_measures: from('c'),
    assignments: names.map((name) => `${name} = n.${name}`).join(', '),
  };
  const fill = (file: string) => readSql(`rebuild/${file}.sql`, parts);
  const stage = `stage_${dataset.name}`;
  return {
    target,
    createTables: fill('tables'),
    fillRanges: fill('ranges'),
    survivors: fill('survivors'),
    clip: `DELETE FROM ${stage} s WHERE NOT EXISTS (
      SELECT 1 FROM ${ranges} r WHERE r.datasource_id = s.datasource_id AND s.${time} BETWEEN r.first AND r.last)`,
    replace: fill('replace'),
    refreshMonths: `SELECT refresh_energy_months(datasource_id, first, last) FROM ${ranges}`,
  };
}
