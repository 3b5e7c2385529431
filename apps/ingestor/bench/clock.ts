// The generator's own clock: instants to the wall clock of Asia/Nicosia by the European rule. Shares no code with the loader.

const DAY_SECONDS = 86_400;
const WINTER_SECONDS = 2 * 3_600;
const HOUR_SECONDS = 3_600;

/** Seconds since 1970 of 01:00 UTC on the last Sunday of `month` (0…11): when the clocks are changed. */
function findChange(year: number, month: number): number {
  const lastDay = new Date(Date.UTC(year, month + 1, 0));
  return Date.UTC(year, month, lastDay.getUTCDate() - lastDay.getUTCDay(), 1) / 1000;
}

/** Makes a function from instants (seconds since 1970, years from 1998) to local seconds; quick for instants that grow. */
export function makeLocalClock(): (instant: number) => number {
  let year = 0;
  let summer = 0;
  let winter = 0;
  let yearEnd = -1;
  return (instant) => {
    if (instant >= yearEnd) {
      year = new Date(instant * 1000).getUTCFullYear();
      summer = findChange(year, 2);
      winter = findChange(year, 9);
      yearEnd = Date.UTC(year + 1, 0, 1) / 1000;
    }
    return instant + WINTER_SECONDS + (instant >= summer && instant < winter ? HOUR_SECONDS : 0);
  };
}

export type TimeStyle = 'us' | 'iso';

const pad = (n: number): string => String(n).padStart(2, '0');

function formatTime(seconds: number, style: TimeStyle): string {
  const hour = Math.floor(seconds / 3_600);
  const rest = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  if (style === 'iso') return ` ${pad(hour)}:${rest}`;
  return ` ${pad(hour % 12 === 0 ? 12 : hour % 12)}:${rest} ${hour < 12 ? 'AM' : 'PM'}`;
}

/** Makes a function that writes a wall clock's reading (seconds, as if it were UTC): `03/31/2019 01:05:00 PM` or ISO. */
export function makeTimeWriter(style: TimeStyle): (local: number) => string {
  const times = new Map<number, string>();
  let day = Number.NaN;
  let date = '';
  return (local) => {
    const today = Math.floor(local / DAY_SECONDS);
    if (today !== day) {
      day = today;
      const iso = new Date(today * DAY_SECONDS * 1000).toISOString().slice(0, 10);
      date = style === 'iso' ? iso : `${iso.slice(5, 7)}/${iso.slice(8)}/${iso.slice(0, 4)}`;
    }
    const second = local - today * DAY_SECONDS;
    let time = times.get(second);
    if (time === undefined) {
      time = formatTime(second, style);
      times.set(second, time);
    }
    return date + time;
  };
}
