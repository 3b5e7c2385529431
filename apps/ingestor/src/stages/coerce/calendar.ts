// Days of the Gregorian calendar as numbers. Knows nothing of text, clocks or zones.

export const DAY_SECONDS = 86_400;
/** Years outside are taken for slips: no measurement is that old or that far ahead. */
export const FIRST_YEAR = 1900;
export const LAST_YEAR = 2200;
/** What `countDays` returns for a date that is not in the calendar. */
export const NO_DAY = 0x7fff_ffff;

const MONTH_DAYS = Uint8Array.of(31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);
const DAYS_BEFORE_MONTH = Int32Array.of(0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334);

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Days from 1970-01-01 to a date (month and day from 1), or `NO_DAY` where there is no such date in 1900…2200. */
export function countDays(year: number, month: number, day: number): number {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1) return NO_DAY;
  const leapDay = isLeap(year) ? 1 : 0;
  if (day > (MONTH_DAYS[month - 1] as number) + (month === 2 ? leapDay : 0)) return NO_DAY;
  const past = year - 1;
  const leapYears = ((past / 4) | 0) - ((past / 100) | 0) + ((past / 400) | 0) - 477;
  const inYear = (DAYS_BEFORE_MONTH[month - 1] as number) + (month > 2 ? leapDay : 0) + day - 1;
  return (year - 1970) * 365 + leapYears + inYear;
}

/** Two-digit years as POSIX strptime reads them: 69…99 are 1969…1999, 00…68 are 2000…2068. */
export const expandYear = (year: number): number => (year < 69 ? 2000 + year : 1900 + year);
