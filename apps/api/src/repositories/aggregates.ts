// Reads measurements put together by calendar intervals of each source's zone. Writes nothing.

import {
  findDayRange,
  findDayStart,
  findInterval,
  findLocalDay,
  formatLocal,
  type InstantRange,
  type Interval,
  listIntervals,
} from '@cei-inoe/shared/calendar';
import type { Pool } from '@cei-inoe/shared/database';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import { readSql } from '@cei-inoe/shared/sql';
import { openZone, type Zone } from '@cei-inoe/shared/zone';
import { MAX_BUCKETS } from '../schemas/aggregate.ts';
import { listAggregates } from './aggregate-sql.ts';
import { type Extent, openExtents } from './extents.ts';
import { readKept } from './kept.ts';
import type { SourceRange } from './source-ranges.ts';
import { nameRows } from './standing-rows.ts';

/** One row of the answer. */
export type AggregateRow = Readonly<Record<string, string | number | null>>;

export interface Aggregates {
  /**
   * The rows of `ranges` by source and time; intervals without a reading are there too, between the first and the last.
   * @throws Fault too_many_intervals, history_pruned
   */
  read(ranges: readonly SourceRange[], interval: Interval, asOf?: string): Promise<AggregateRow[]>;
}

/** An interval, the same for all sources that share zone and range: as the answer shows it, and as the bounds by which a table is asked. */
interface Span {
  readonly shown: { readonly start: string; readonly end: string; readonly local_start: string };
  /** Whole days, of a table of days; else seconds. */
  readonly length: number;
  readonly low: string;
  readonly high: string;
  /** Where it consists of whole months as the rollup has them: the first, and the one after the last. */
  readonly months: readonly [string, string] | null;
}

/** An interval of one source. */
interface Part {
  readonly id: number;
  readonly span: Span;
  readonly expected: number | null;
}

type Values = Readonly<Record<string, number | null>>;

const MONTHS = readSql('api/aggregate-months.sql');
const SINGLE_MONTHS = readSql('api/aggregate-single-months.sql');

const DAY_MS = 86_400_000;
const formatDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const formatInstant = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

export function openAggregates(pool: Pool, dataset: Dataset): Aggregates {
  const aggregates = listAggregates(dataset);
  const columns = aggregates.map(({ name, sql }) => `${sql} AS "${name}"`).join(', ');
  // Four quarters of an hour are one hour received.
  const isHourly = dataset.name === 'energy_hourly';
  const received = isHourly ? 'count(DISTINCT floor(extract(epoch FROM fact.ts - part.lo) / 3600))' : 'count(*)';
  const today = readSql('api/aggregate.sql', { ...nameRows(dataset, null), received, columns });
  const then = readSql('api/aggregate.sql', { ...nameRows(dataset, '$4'), received, columns });
  const extents = openExtents(pool, dataset);
  const ask = async (parts: readonly Part[], asOf: string | undefined): Promise<Values[]> => {
    if (parts.length === 0) return [];
    const bounds = [parts.map((p) => p.id), parts.map((p) => p.span.low), parts.map((p) => p.span.high)];
    return (await pool.query(asOf === undefined ? today : then, asOf === undefined ? bounds : [...bounds, asOf])).rows;
  };
  return {
    read: (ranges, interval, asOf) =>
      readKept(pool, asOf, async () => {
        const parts = listParts(dataset, ranges, await extents.find(ranges, asOf), interval);
        const isRolledUp = ({ span }: Part) => asOf === undefined && span.months !== null;
        const summed = await askMonths(pool, parts.filter(isRolledUp), interval);
        const read = await ask(
          parts.filter((part) => !isRolledUp(part)),
          asOf,
        );
        // Both came in the order of the parts. Walked through, as shift() would move all that follow, each time.
        const [nextSummed, nextRead] = [summed.values(), read.values()];
        return parts.map((part) => describeRow(part, (isRolledUp(part) ? nextSummed : nextRead).next().value ?? {}));
      }),
  };
}

/** What whole months say, without a look at the readings. */
async function askMonths(pool: Pool, parts: readonly Part[], interval: Interval): Promise<Values[]> {
  if (parts.length === 0) return [];
  const firsts = [parts.map((p) => p.id), parts.map((p) => p.span.months?.[0])];
  if (interval === 'month') return (await pool.query(SINGLE_MONTHS, firsts)).rows;
  return (await pool.query(MONTHS, [...firsts, parts.map((p) => p.span.months?.[1])])).rows;
}

function listParts(
  dataset: Dataset,
  ranges: readonly SourceRange[],
  extents: ReadonlyMap<number, Extent>,
  interval: Interval,
): Part[] {
  const parts: Part[] = [];
  const isDay = dataset.timeKind === 'day';
  const spans = openSpans(isDay, dataset.dataType === 'energy', interval);
  for (const range of ranges) {
    const extent = extents.get(range.id);
    if (extent === undefined) continue;
    // Energy per hour is what its name says; other instants come at the pace of their station.
    const step = isDay ? 1 : dataset.dataType === 'energy' ? 3600 : extent.step;
    for (const span of spans(range, extent, MAX_BUCKETS - parts.length)) {
      parts.push({ id: range.id, span, expected: step === null ? null : Math.round(span.length / step) });
    }
    if (parts.length > MAX_BUCKETS) {
      throw new Fault('too_many_intervals', `More than ${MAX_BUCKETS} intervals by ${interval}.`);
    }
  }
  return parts;
}

/** Lists the spans of a source, at most `limit + 1`; those of the sources that share zone and range once for all of them. */
function openSpans(isDay: boolean, isEnergy: boolean, interval: Interval) {
  const known = new Map<string, Span[]>();
  return (range: SourceRange, extent: Extent, limit: number): Span[] => {
    const bounds = isDay ? findDays(interval, extent) : findInstants(openZone(range.zone), interval, extent);
    const key = JSON.stringify([range.zone, range.sourceZone, bounds]);
    const spans =
      known.get(key) ??
      (isDay
        ? listDaySpans(range, bounds, interval, limit)
        : listInstantSpans(range, bounds, { interval, isEnergy, limit }));
    known.set(key, spans);
    return spans;
  };
}

function listInstantSpans(
  { zone: name, sourceZone }: SourceRange,
  bounds: InstantRange,
  { interval, isEnergy, limit }: { interval: Interval; isEnergy: boolean; limit: number },
): Span[] {
  const zone = openZone(name);
  return listIntervals(zone, interval, bounds, limit).map(({ start, end }) => {
    const shown = showSpan(zone, start, end);
    const months = isEnergy && name === sourceZone ? findMonths(zone, interval, start, end) : null;
    return { shown, length: end - start, low: shown.start, high: shown.end, months };
  });
}

const showSpan = (zone: Zone, start: number, end: number): Span['shown'] => ({
  start: formatInstant(start),
  end: formatInstant(end),
  local_start: formatLocal(zone, start),
});

const ROLLED_UP = new Set<Interval>(['month', 'quarter', 'year']);

function findMonths(zone: Zone, interval: Interval, start: number, end: number): Span['months'] {
  const isWhole = (instant: number) => findInterval(zone, 'month', instant).start === instant;
  if (!ROLLED_UP.has(interval) || !isWhole(start) || !isWhole(end)) return null;
  return [formatDay(findLocalDay(zone, start)), formatDay(findLocalDay(zone, end))];
}

/** Where the query has no bound, the intervals of the first and the last reading are whole. */
function findInstants(zone: Zone, interval: Interval, { from, to, first, last }: Extent): InstantRange {
  return {
    start: from ?? findInterval(zone, interval, first ?? 0).start,
    end: to ?? findInterval(zone, interval, last ?? 0).end,
  };
}

/** By the day where the hours of a day are not known. */
const atLeastDay = (interval: Interval) => (interval === 'hour' ? 'day' : interval);

/** As days since 1970-01-01. */
function findDays(interval: Interval, { from, to, first, last }: Extent): InstantRange {
  const unit = atLeastDay(interval);
  return { start: from ?? findDayRange(unit, first ?? 0).firstDay, end: to ?? findDayRange(unit, last ?? 0).endDay };
}

function listDaySpans({ sourceZone }: SourceRange, bounds: InstantRange, interval: Interval, limit: number): Span[] {
  // A value per day is that of the source's own day, whatever zone the query's bounds are in.
  const zone = openZone(sourceZone);
  const spans: Span[] = [];
  for (let day = bounds.start; day < bounds.end && spans.length <= limit; ) {
    const next = Math.min(findDayRange(atLeastDay(interval), day).endDay, bounds.end);
    const shown = showSpan(zone, findDayStart(zone, day), findDayStart(zone, next));
    spans.push({ shown, length: next - day, low: formatDay(day), high: formatDay(next), months: null });
    day = next;
  }
  return spans;
}

function describeRow({ id, span, expected }: Part, values: Values): AggregateRow {
  const { received = 0, ...measures } = values;
  const share = expected === null || expected === 0 ? null : Math.min(1, (received ?? 0) / expected);
  return {
    datasource_id: id,
    ...span.shown,
    ...measures,
    expected,
    received: received ?? 0,
    completeness: share === null ? null : Math.round(share * 10_000) / 10_000,
  };
}
