// Serial dates of spreadsheets as text, by calendar arithmetic of our own: no Date, no time zone. Knows no cells.

/** What a number format says the number is. `elapsed` is a duration such as `[h]:mm`. */
export type FormatKind = 'number' | 'date' | 'date-time' | 'time' | 'elapsed';

const DAY_MS = 86_400_000;
/** Days from the epoch of each system to 1970-01-01. In the 1900 system serial 1 is 1900-01-01, and 60 is a 29 February that never was. */
const DAYS_1900 = 25_569;
const DAYS_1904 = 24_107;
const FALSE_LEAP_DAY = 60;
/** 9999-12-31 in the 1900 system: the last date that spreadsheets know. */
const LAST_SERIAL = 2_958_465;

/**
 * Classifies a number format by its first section. Letters inside quotes, behind `\`, `_` or `*`, and in brackets (colours, conditions, locales) say
 * nothing, except `[h]`, `[m]`, `[s]`. Source: ECMA-376 part 1, 18.8.31.
 */
export function classifyFormat(format: string): FormatKind {
  const section = format.replace(/"[^"]*"|[\\_*]./gs, '').split(';', 1)[0] as string;
  if (/\[(h+|m+|s+)\]/i.test(section)) return 'elapsed';
  const letters = section.replace(/\[[^\]]*\]/g, '');
  if (/general/i.test(letters)) return 'number';
  const time = /[hs]/i.test(letters);
  const date = /[yd]/i.test(letters) || (/m/i.test(letters.replace(/AM\/PM|A\/P/gi, '')) && !time);
  if (date) return time ? 'date-time' : 'date';
  return time ? 'time' : 'number';
}

/**
 * The text of a serial date, to the millisecond: `yyyy-MM-dd HH:mm:ss[.SSS]`, without the time for a whole day in a date format,
 * without the date for less than a day in a time format, `h:mm:ss[.SSS]` for an elapsed time.
 * Returns undefined for what is no date: the false leap day, numbers before the first day or after 9999.
 */
export function writeSerial(serial: number, kind: FormatKind, is1904: boolean): string | undefined {
  if (!Number.isFinite(serial) || Math.abs(serial) > LAST_SERIAL + 1) return undefined;
  // Rounded first and then divided, so that 0.041666666666 is one o'clock and 0.999999999999 the next day.
  const total = Math.round(serial * DAY_MS);
  if (kind === 'elapsed') return (total < 0 ? '-' : '') + writeTime(Math.abs(total));
  const day = Math.floor(total / DAY_MS);
  const rest = total - day * DAY_MS;
  if (kind === 'time' && day === 0) return writeTime(rest).padStart(8, '0');
  const date = writeDay(day, is1904);
  if (date === undefined || (kind === 'date' && rest === 0)) return date;
  return `${date} ${writeTime(rest).padStart(rest % 1000 === 0 ? 8 : 12, '0')}`;
}

function writeDay(day: number, is1904: boolean): string | undefined {
  if (is1904) return day < 0 || day > LAST_SERIAL - 1462 ? undefined : writeDate(day - DAYS_1904);
  if (day < 1 || day > LAST_SERIAL || day === FALSE_LEAP_DAY) return undefined;
  return writeDate(day - DAYS_1900 + (day < FALSE_LEAP_DAY ? 1 : 0));
}

/** `h:mm:ss[.SSS]` of milliseconds; hours may pass 24. */
function writeTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const fraction = ms % 1000;
  const clock = `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return fraction === 0 ? clock : `${clock}.${String(fraction).padStart(3, '0')}`;
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** `yyyy-MM-dd` of a day counted from 1970-01-01. Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
function writeDate(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}`;
}
