// The old system's four file layouts: headers as its exports have them, rows as text. Writes no file.
import { findMidnight, readWall, type Wall, writeIsoDay, writeIsoTime, writeUsTime } from './local-clock.ts';
import { type Meter, readHerd, readMeter, readStation } from './series.ts';

/** Local days [from, to), as days since 1970. */
export interface Days {
  readonly from: number;
  readonly to: number;
}

export const STATION_HEADERS = [
  'Date and Time',
  'atm pressure (hPa)',
  'noise level (dB)',
  'temperature (°C)',
  'humidity (%)',
  'pm10 (µg/m³)',
  'pm2.5 (µg/m³)',
  'wind speed (m/s)',
  'wind direction (sectors)',
  'wind angle (°)',
] as const;

export const HERD_HEADERS = [
  'Date',
  'Day production/cow (kg)',
  'Nr. animals',
  'Average lactation days',
  'Fed per cow total (kg)',
  'Fed per cow water (kg)',
  'Feed efficiency',
  'Rumination (min)',
] as const;
/** Decimals of each column after the first. */
const STATION_DECIMALS = [1, 1, 1, 1, 1, 1, 1, 0, 0];
export const HERD_DECIMALS = [2, 0, 0, 2, 2, 2, 0];

/** The instants of local days, `stepMinutes` apart: 23 hours on the spring day, 25 on the autumn day. */
export function listInstants(days: Days, stepMinutes: number): number[] {
  const first = findMidnight(days.from);
  return Array.from({ length: (findMidnight(days.to) - first) / stepMinutes }, (_, at) => first + at * stepMinutes);
}

/** A whole number of units of 10^-decimals as text: (1234, 2) is `12.34`; null is an empty cell. */
export function writeNumber(value: number | null, decimals: number, sign: '.' | ','): string {
  if (value === null) return '';
  if (decimals === 0) return String(value);
  const digits = String(Math.abs(value)).padStart(decimals + 1, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -decimals)}${sign}${digits.slice(-decimals)}`;
}

type Style = Meter['style'];
const writeTime = (style: Style, wall: Wall) => (style === 'us' ? writeUsTime(wall) : writeIsoTime(wall));
export const separatorOf = (style: Style) => (style === 'us' ? ',' : ';');
const decimalOf = (style: Style) => (style === 'us' ? '.' : ',');

/** Rows of `Date and Time,Hourly`. */
export function listHourly(meter: Meter, days: Days): string[][] {
  return listInstants(days, 60).map((instant) => {
    const wall = readWall(instant);
    return [writeTime(meter.style, wall), writeNumber(readMeter(meter, instant, wall), 2, decimalOf(meter.style))];
  });
}

/** Rows of `Date and Time,Daily`: the sum of the local day's hours, of which there may be 23 or 25. */
export function listDaily(meter: Meter, days: Days): string[][] {
  return Array.from({ length: days.to - days.from }, (_, at) => {
    const day = { from: days.from + at, to: days.from + at + 1 };
    const hours = listInstants(day, 60).map((instant) => readMeter(meter, instant, readWall(instant)));
    const sum = hours.reduce((total, value) => total + value, 0);
    return [writeTime(meter.style, readWall(findMidnight(day.from))), writeNumber(sum, 2, decimalOf(meter.style))];
  });
}

/** Rows under STATION_HEADERS. */
export function listStation(id: string, style: Style, days: Days, stepMinutes: number): string[][] {
  return listInstants(days, stepMinutes).map((instant) => {
    const wall = readWall(instant);
    const values = readStation(id, instant, wall).map((value, at) =>
      writeNumber(value, STATION_DECIMALS[at] ?? 0, decimalOf(style)),
    );
    return [writeTime(style, wall), ...values];
  });
}

/** A herd's days: whole numbers in the units of HERD_DECIMALS. */
export function listHerd(id: string, cows: number, days: Days): { day: number; values: (number | null)[] }[] {
  return Array.from({ length: days.to - days.from }, (_, at) => {
    const day = days.from + at;
    return { day, values: readHerd(id, cows, day, at) };
  });
}

/** The three lines under a herd's days: the average and the sum of each column, and the milk of all cows on all days. */
export function listHerdSummary(
  rows: readonly { values: readonly (number | null)[] }[],
): [string, (number | null)[]][] {
  const sums = HERD_DECIMALS.map((_, at) => rows.reduce((total, { values }) => total + (values[at] ?? 0), 0));
  const counts = HERD_DECIMALS.map((_, at) => rows.filter(({ values }) => values[at] !== null).length);
  const milk = rows.reduce((total, { values }) => total + (values[0] ?? 0) * (values[1] ?? 0), 0);
  return [
    ['AVG', sums.map((sum, at) => Math.round(sum / (counts[at] ?? 1)))],
    ['SUM', sums],
    ['TOTAL', HERD_DECIMALS.map((_, at) => (at === 0 ? milk : null))],
  ];
}

/** Rows under HERD_HEADERS, as CSV has them. */
export function listHerdText(id: string, cows: number, days: Days): string[][] {
  const rows = listHerd(id, cows, days);
  const write = (values: readonly (number | null)[]) =>
    values.map((value, at) => writeNumber(value, HERD_DECIMALS[at] ?? 0, '.'));
  return [
    ...rows.map(({ day, values }) => [writeIsoDay(day), ...write(values)]),
    ...listHerdSummary(rows).map(([label, values]) => [label, ...write(values)]),
  ];
}
