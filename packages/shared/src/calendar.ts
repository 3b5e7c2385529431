// Calendar intervals of a zone: where its hours, days, weeks, months, quarters and years begin. Reads no clock.
import { makeLocalInstants, type Zone } from './zone.ts';

export const INTERVALS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type Interval = (typeof INTERVALS)[number];

/** Days since 1970-01-01 of the local day on which each of these intervals begins. ISO 8601: a week begins on Monday. */
export interface DayRange {
  readonly firstDay: number;
  /** The day after the last. */
  readonly endDay: number;
}

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
/** 1970-01-01 was a Thursday. */
const MONDAY = 3;
const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

/** The interval (a day or longer) that `day` lies in. */
export function findDayRange(interval: Exclude<Interval, 'hour'>, day: number): DayRange {
  if (interval === 'day') return { firstDay: day, endDay: day + 1 };
  if (interval === 'week') {
    const firstDay = day - ((((day + MONDAY) % 7) + 7) % 7);
    return { firstDay, endDay: firstDay + 7 };
  }
  const length = MONTHS[interval];
  const date = new Date(day * DAY_SECONDS * 1000);
  const month = Math.floor(date.getUTCMonth() / length) * length;
  return {
    firstDay: countDays(date.getUTCFullYear(), month),
    endDay: countDays(date.getUTCFullYear(), month + length),
  };
}

function countDays(year: number, month: number): number {
  const date = new Date(0);
  // Date.UTC takes years below 100 for 19xx.
  date.setUTCFullYear(year, month, 1);
  return date.getTime() / 1000 / DAY_SECONDS;
}

/** Day of the calendar (days since 1970-01-01) that the clocks of `zone` show at an instant (seconds since 1970). */
export const findLocalDay = (zone: Zone, instant: number): number =>
  Math.floor((instant + zone.offsetAt(instant)) / DAY_SECONDS);

/**
 * First instant (seconds since 1970) of a local day: its earlier midnight where the clocks are put back over midnight,
 * the moment of the change where they are put forward over it.
 */
export function findDayStart(zone: Zone, day: number): number {
  const out = makeLocalInstants();
  zone.findInstants(day * DAY_SECONDS, out);
  return out.count === 0 ? out.transition : out.first;
}

/** The hour after the one that `instant` lies in, as the wall clock counts: shorter or longer where a change is not by whole hours. */
export function findNextHour(zone: Zone, instant: number): number {
  const local = instant + zone.offsetAt(instant);
  return instant + HOUR_SECONDS - (((local % HOUR_SECONDS) + HOUR_SECONDS) % HOUR_SECONDS);
}

/** Half-open, in seconds since 1970. */
export interface InstantRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The intervals that `range` touches, in order; the first and the last are cut to it. At most `limit + 1` are listed, so that the
 * caller sees when there are too many.
 */
export function listIntervals(zone: Zone, interval: Interval, range: InstantRange, limit: number): InstantRange[] {
  const found: InstantRange[] = [];
  for (let start = range.start; start < range.end && found.length <= limit; ) {
    const next = findEnd(zone, interval, start);
    found.push({ start, end: Math.min(next, range.end) });
    start = next;
  }
  return found;
}

/** The whole interval that an instant (seconds since 1970) lies in. */
export function findInterval(zone: Zone, interval: Interval, instant: number): InstantRange {
  const end = findEnd(zone, interval, instant);
  if (interval !== 'hour') {
    return { start: findDayStart(zone, findDayRange(interval, findLocalDay(zone, instant)).firstDay), end };
  }
  const local = instant + zone.offsetAt(instant);
  return { start: instant - (((local % HOUR_SECONDS) + HOUR_SECONDS) % HOUR_SECONDS), end };
}

function findEnd(zone: Zone, interval: Interval, instant: number): number {
  if (interval === 'hour') return findNextHour(zone, instant);
  return findDayStart(zone, findDayRange(interval, findLocalDay(zone, instant)).endDay);
}

/** An instant as the wall clock shows it, with its offset: `2025-03-30T00:00:00+02:00`. */
export function formatLocal(zone: Zone, instant: number): string {
  const offset = zone.offsetAt(instant);
  const local = new Date((instant + offset) * 1000).toISOString().slice(0, 19);
  const minutes = Math.round(Math.abs(offset) / 60);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
