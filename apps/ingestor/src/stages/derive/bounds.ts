// Where hours and days begin and end on the clocks of a zone. Days have 23, 24 or 25 hours; an hour is cut where the clocks change inside it.
import { findDayStart, findLocalDay } from '@cei-inoe/shared/calendar';
import type { Zone } from '@cei-inoe/shared/zone';

/** A stretch of time that becomes one row. In units of the readings' times. */
export interface Bucket {
  readonly start: number;
  readonly end: number;
  /** Row.time of its row. */
  readonly rowTime: number;
}

export type FindBucket = (time: number) => Bucket;

const MICROS = 1_000_000;
const HOUR_SECONDS = 3_600;

/** Readings that have days: every day is a bucket. */
export const findDay: FindBucket = (day) => ({ start: day, end: day + 1, rowTime: day });

/** Hours as the wall clock shows them: in zones with half hours they begin at half past of UTC. */
export function makeHourFinder(zone: Zone): FindBucket {
  return remember((seconds) => {
    const offset = zone.offsetAt(seconds);
    const nominal = Math.floor((seconds + offset) / HOUR_SECONDS) * HOUR_SECONDS - offset;
    const start = zone.offsetAt(nominal) === offset ? nominal : findChange(zone, nominal, seconds);
    const last = nominal + HOUR_SECONDS - 1;
    const end = zone.offsetAt(last) === offset ? nominal + HOUR_SECONDS : findChange(zone, seconds, last);
    return { start: start * MICROS, end: end * MICROS, rowTime: start * MICROS };
  });
}

/** The local days of a zone; the row has the day's number. */
export function makeDayFinder(zone: Zone): FindBucket {
  return remember((seconds) => {
    const day = findLocalDay(zone, seconds);
    return { start: findDayStart(zone, day) * MICROS, end: findDayStart(zone, day + 1) * MICROS, rowTime: day };
  });
}

/** Readings come one after the other: the bucket of the last one is nearly always that of the next. */
function remember(find: (seconds: number) => Bucket): FindBucket {
  let last: Bucket = { start: 0, end: 0, rowTime: 0 };
  return (micros) => {
    if (micros < last.start || micros >= last.end) last = find(Math.floor(micros / MICROS));
    return last;
  };
}

/** The first second from `from` (whose offset is another) to `to` that has the offset of `to`. */
function findChange(zone: Zone, from: number, to: number): number {
  const wanted = zone.offsetAt(to);
  let before = from;
  let after = to;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (zone.offsetAt(middle) === wanted) after = middle;
    else before = middle;
  }
  return after;
}
