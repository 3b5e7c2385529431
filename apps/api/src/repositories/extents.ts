// Finds where the readings of a source begin and end inside a range, and at what pace they come. Reads no measure.

import type { Pool } from '@cei-inoe/shared/database';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { readSql } from '@cei-inoe/shared/sql';
import { splitRanges } from './measurements.ts';
import type { SourceRange } from './source-ranges.ts';
import { nameRows } from './standing-rows.ts';

/** In seconds since 1970, or in days since 1970-01-01 for a table of days. */
export interface Extent {
  /** The range asked for; null where it has no bound. */
  readonly from: number | null;
  readonly to: number | null;
  /** First and last reading; null where there is none. */
  readonly first: number | null;
  readonly last: number | null;
  /** Most usual distance of two readings in seconds. */
  readonly step: number | null;
}

export interface Extents {
  /** By datasource. Those without a reading in a range that is open on a side are left out. */
  find(ranges: readonly SourceRange[], asOf?: string): Promise<Map<number, Extent>>;
}

export function openExtents(pool: Pool, dataset: Dataset): Extents {
  const isDay = dataset.timeKind === 'day';
  const needsStep = !isDay && dataset.dataType !== 'energy';
  const toNumber = (value: string) =>
    isDay ? `(${value} - date '1970-01-01')` : `extract(epoch FROM ${value})::float8`;
  const bound = (value: string) => `CASE WHEN isfinite(${value}) THEN ${toNumber(value)} END`;
  const makeText = (at: string | null): string => {
    const names = nameRows(dataset, at);
    return readSql('api/extents.sql', {
      ...names,
      lo: bound('source.lo'),
      hi: bound('source.hi'),
      first: toNumber('ends.first'),
      last: toNumber('ends.last'),
      step: needsStep ? readSql('api/step.sql', names) : 'NULL::float8',
    });
  };
  const today = makeText(null);
  const then = makeText('$4');
  return {
    async find(ranges, asOf) {
      if (!needsStep && ranges.every(isBounded))
        return new Map(ranges.map((range) => [range.id, readBounds(range, isDay)]));
      const { ids, lows, highs } = splitRanges(dataset, ranges);
      const { rows } = await pool.query<Extent & { id: number }>(asOf === undefined ? today : then, [
        ids,
        lows,
        highs,
        ...(asOf === undefined ? [] : [asOf]),
      ]);
      const known = rows.filter((row) => row.first !== null || (row.from !== null && row.to !== null));
      return new Map(known.map(({ id, ...extent }) => [id, extent]));
    },
  };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})\+00$/;

/** Where both ends are given in whole seconds, there is nothing to be asked: with 500 sources that is a quarter of the time of an answer. */
const isBounded = ({ instantFrom, instantTo, dayFrom, dayTo }: SourceRange): boolean =>
  [instantFrom, instantTo].every((text) => INSTANT.test(text)) && [dayFrom, dayTo].every((text) => DAY.test(text));

function readBounds({ instantFrom, instantTo, dayFrom, dayTo }: SourceRange, isDay: boolean): Extent {
  const read = (day: string, instant: string): number =>
    isDay ? Date.parse(`${day}T00:00:00Z`) / 86_400_000 : Date.parse(instant.replace(INSTANT, '$1T$2Z')) / 1000;
  return { from: read(dayFrom, instantFrom), to: read(dayTo, instantTo), first: null, last: null, step: null };
}
