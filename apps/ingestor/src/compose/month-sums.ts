// Sums what a load brings by local month while its rows pass. Whether these are all readings of a month others find out. Writes nothing.
import { findDayRange, findDayStart, findLocalDay } from '@cei-inoe/shared/calendar';
import type { Zone } from '@cei-inoe/shared/zone';
import type { MonthSum } from '../stages/merge/months.ts';

const MICROS = 1_000_000;
const HOUR_MICROS = 3_600 * MICROS;

export interface MonthSums {
  /** Takes a reading: microseconds since 1970, and its value. */
  note(time: number, value: number): void;
  list(): MonthSum[];
}

interface OpenMonth {
  readonly firstDay: number;
  /** Half-open, in microseconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** Hours with a reading, since 1970. */
  readonly hours: Set<number>;
  sum: number;
  /** What `sum` has lost so far. */
  lost: number;
  min: number;
  max: number;
}

/** Sums are compensated, so that they do not depend on the order of the file: Neumaier, ZAMM 54 (1974) 39–51. */
export function makeMonthSums(zone: Zone): MonthSums {
  const months = new Map<number, OpenMonth>();
  let month: OpenMonth | undefined;
  let lastHour = Number.NaN;
  return {
    note(time, value) {
      if (month === undefined || time < month.start || time >= month.end) {
        month = openMonth(zone, months, time);
        lastHour = Number.NaN;
      }
      const sum = month.sum + value;
      month.lost += Math.abs(month.sum) >= Math.abs(value) ? month.sum - sum + value : value - sum + month.sum;
      month.sum = sum;
      const hour = Math.floor(time / HOUR_MICROS);
      if (hour !== lastHour) month.hours.add(hour);
      lastHour = hour;
      if (value < month.min) month.min = value;
      if (value > month.max) month.max = value;
    },
    list: () =>
      [...months.values()].map(({ firstDay, start, end, hours, sum, lost, min, max }) => ({
        month: new Date(firstDay * 86_400_000).toISOString().slice(0, 10),
        start,
        end,
        received: hours.size,
        // Fifteen digits are what a double holds of a decimal: tenths add up to what a person would write down.
        sum: Number((sum + lost).toPrecision(15)),
        min,
        max,
      })),
  };
}

function openMonth(zone: Zone, months: Map<number, OpenMonth>, time: number): OpenMonth {
  const { firstDay, endDay } = findDayRange('month', findLocalDay(zone, Math.floor(time / MICROS)));
  const known = months.get(firstDay);
  if (known !== undefined) return known;
  const month = {
    firstDay,
    start: findDayStart(zone, firstDay) * MICROS,
    end: findDayStart(zone, endDay) * MICROS,
    hours: new Set<number>(),
    sum: 0,
    lost: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  };
  months.set(firstDay, month);
  return month;
}
