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

/** An interval of one source: as instants, and as the bounds by which its table is asked. */
interface Part {
  readonly id: number;
  readonly zone: string;
  readonly start: number;
  readonly end: number;
  readonly low: string;
  readonly high: string;
  readonly expected: number | null;
  /** Where it consists of whole months as the rollup has them: the first, and the one after the last. */
  readonly months: readonly [string, string] | null;
}

type Values = Readonly<Record<string, number | null>>;

const MONTHS = readSql('api/aggregate-months.sql');

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
    const bounds = [parts.map((p) => p.id), parts.map((p) => p.low), parts.map((p) => p.high)];
    return (await pool.query(asOf === undefined ? today : then, asOf === undefined ? bounds : [...bounds, asOf])).rows;
  };
  return {
    read: (ranges, interval, asOf) =>
      readKept(pool, asOf, async () => {
        const parts = listParts(dataset, ranges, await extents.find(ranges, asOf), interval);
        const isRolledUp = (part: Part) => asOf === undefined && part.months !== null;
        const summed = await askMonths(pool, parts.filter(isRolledUp));
        const read = await ask(
          parts.filter((part) => !isRolledUp(part)),
          asOf,
        );
        return parts.map((part) => describeRow(part, (isRolledUp(part) ? summed : read).shift() ?? {}));
      }),
  };
}

/** What whole months say, without a look at the readings. */
async function askMonths(pool: Pool, parts: readonly Part[]): Promise<Values[]> {
  if (parts.length === 0) return [];
  const bounds = [parts.map((p) => p.id), parts.map((p) => p.months?.[0]), parts.map((p) => p.months?.[1])];
  return (await pool.query(MONTHS, bounds)).rows;
}

function listParts(
  dataset: Dataset,
  ranges: readonly SourceRange[],
  extents: ReadonlyMap<number, Extent>,
  interval: Interval,
): Part[] {
  const parts: Part[] = [];
  for (const range of ranges) {
    const extent = extents.get(range.id);
    if (extent === undefined) continue;
    const room = MAX_BUCKETS - parts.length;
    const list = dataset.timeKind === 'day' ? listDayParts : listInstantParts;
    parts.push(...list(dataset, range, extent, interval, room));
    if (parts.length > MAX_BUCKETS) {
      throw new Fault('too_many_intervals', `More than ${MAX_BUCKETS} intervals by ${interval}.`);
    }
  }
  return parts;
}

type ListParts = (dataset: Dataset, range: SourceRange, extent: Extent, interval: Interval, limit: number) => Part[];

const listInstantParts: ListParts = (dataset, range, extent, interval, limit) => {
  const zone = openZone(range.zone);
  // Energy per hour is what its name says; other instants come at the pace of their station.
  const isEnergy = dataset.dataType === 'energy';
  const step = isEnergy ? 3600 : extent.step;
  return listIntervals(zone, interval, findInstants(zone, interval, extent), limit).map(({ start, end }) => ({
    id: range.id,
    zone: range.zone,
    start,
    end,
    low: formatInstant(start),
    high: formatInstant(end),
    expected: step === null ? null : Math.round((end - start) / step),
    months: isEnergy && range.zone === range.sourceZone ? findMonths(zone, interval, start, end) : null,
  }));
};

const ROLLED_UP = new Set<Interval>(['month', 'quarter', 'year']);

function findMonths(zone: Zone, interval: Interval, start: number, end: number): Part['months'] {
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

function findDays(interval: Exclude<Interval, 'hour'>, { from, to, first, last }: Extent): [number, number] {
  return [from ?? findDayRange(interval, first ?? 0).firstDay, to ?? findDayRange(interval, last ?? 0).endDay];
}

const listDayParts: ListParts = (_, range, extent, interval, limit) => {
  // A value per day is that of the source's own day, whatever zone the query's bounds are in.
  const zone = openZone(range.sourceZone);
  const unit = interval === 'hour' ? 'day' : interval;
  const [firstDay, endDay] = findDays(unit, extent);
  const parts: Part[] = [];
  for (let day = firstDay; day < endDay && parts.length <= limit; ) {
    const next = Math.min(findDayRange(unit, day).endDay, endDay);
    const [start, end] = [findDayStart(zone, day), findDayStart(zone, next)];
    const bounds = { low: formatDay(day), high: formatDay(next) };
    parts.push({ id: range.id, zone: range.sourceZone, start, end, ...bounds, expected: next - day, months: null });
    day = next;
  }
  return parts;
};

function describeRow(part: Part, values: Values): AggregateRow {
  const { received = 0, ...measures } = values;
  const { expected } = part;
  const share = expected === null || expected === 0 ? null : Math.min(1, (received ?? 0) / expected);
  return {
    datasource_id: part.id,
    start: formatInstant(part.start),
    end: formatInstant(part.end),
    local_start: formatLocal(openZone(part.zone), part.start),
    ...measures,
    expected,
    received: received ?? 0,
    completeness: share === null ? null : Math.round(share * 10_000) / 10_000,
  };
}
