// The clocks of Cyprus, by rule: EET (+02:00), and EEST (+03:00) from the last Sunday of March to that of October, changed at 01:00 UTC.
// Own arithmetic on purpose: the bytes of the samples must not depend on the zone data of a machine. Right for 1998 and later.

const MINUTES_PER_DAY = 1440;

/** What a clock on the wall shows. */
export interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** 0 on the first of January. */
  readonly dayOfYear: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/** Days since 1970-01-01 of a date; month is 1 to 12. */
export const toDay = (year: number, month: number, day: number): number => Date.UTC(year, month - 1, day) / 86_400_000;

/** The last Sunday of a month, as days since 1970 (which began on a Thursday). */
export function findLastSunday(year: number, month: number): number {
  const last = toDay(year, month + 1, 1) - 1;
  return last - ((last + 4) % 7);
}

/** Minutes east of UTC at an instant in minutes since 1970. */
function offsetAt(instant: number): number {
  const year = new Date(instant * 60_000).getUTCFullYear();
  const spring = findLastSunday(year, 3) * MINUTES_PER_DAY + 60;
  const autumn = findLastSunday(year, 10) * MINUTES_PER_DAY + 60;
  return instant >= spring && instant < autumn ? 180 : 120;
}

/** The instant (minutes since 1970) at which a local day begins. */
export function findMidnight(day: number): number {
  const summer = day * MINUTES_PER_DAY - 180;
  return offsetAt(summer) === 180 ? summer : summer + 60;
}

/** What the wall clock shows at an instant in minutes since 1970. */
export function readWall(instant: number): Wall {
  const local = instant + offsetAt(instant);
  const date = new Date(local * 60_000);
  const day = Math.floor(local / MINUTES_PER_DAY);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    dayOfYear: day - toDay(date.getUTCFullYear(), 1, 1),
    weekday: (day + 4) % 7,
  };
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `03/30/2025 01:00:00 PM`, as the old portal writes it. */
export function writeUsTime(wall: Wall): string {
  const half = wall.hour < 12 ? 'AM' : 'PM';
  return `${two(wall.month)}/${two(wall.day)}/${wall.year} ${two(wall.hour % 12 || 12)}:${two(wall.minute)}:00 ${half}`;
}

/** `2025-03-30 13:00:00` */
export const writeIsoTime = (wall: Wall): string =>
  `${wall.year}-${two(wall.month)}-${two(wall.day)} ${two(wall.hour)}:${two(wall.minute)}:00`;

/** `2025-03-30` of days since 1970. */
export const writeIsoDay = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** `30032025`, as the old portal puts days into file names. */
export function writeNameDay(day: number): string {
  const [year, month, date] = writeIsoDay(day).split('-');
  return `${date}${month}${year}`;
}
