// An hourly file with one mistake of each kind, so that a first run shows what a refusal looks like. Writes no file.
import { type Days, listHourly } from './layouts.ts';
import type { Meter } from './series.ts';

/** `03/29/2025 06:00:00 AM` begins the hour; `day` counts from the file's first. */
const clock = (hour: number) => `${String(hour % 12 || 12).padStart(2, '0')}:00:00 ${hour < 12 ? 'AM' : 'PM'}`;

/**
 * Lines of `Date and Time,Hourly` for four local days, of which the third is the spring day.
 * What is wrong with which line stands in expected.json.
 */
export function listBadLines(meter: Meter, days: Days): string[] {
  const lines = listHourly(meter, days).map((row) => row.join(','));
  const dates = [...new Set(lines.map((line) => line.slice(0, 10)))];
  const find = (day: number, hour: number) =>
    lines.findIndex((line) => line.startsWith(`${dates[day]} ${clock(hour)}`));
  const edit = (day: number, hour: number, change: (time: string, value: string) => string[]) => {
    const at = find(day, hour);
    const [time = '', value = ''] = lines[at]?.split(',') ?? [];
    lines.splice(at, 1, ...change(time, value));
  };
  edit(0, 3, (time) => [`${time},`]);
  edit(0, 5, (time) => [`${time},offline`]);
  edit(0, 7, (time) => [`${time},-5.20`]);
  edit(0, 9, (time) => [`${time},25000.00`]);
  edit(0, 11, (time, value) => [`${time},${value},3`]);
  // The same line twice: the second is skipped, not refused.
  edit(0, 14, (time, value) => [`${time},${value}`, `${time},${value}`]);
  // A blank line is no record, but it counts as a line.
  edit(0, 23, (time, value) => [`${time},${value}`, '']);
  // The same hour with two values: nobody can say which is right, so both are refused.
  edit(1, 6, (time, value) => [`${time},${value}`, `${time},99.99`]);
  edit(1, 10, (_, value) => [`13/45/${dates[1]?.slice(6)} 10:00:00 AM,${value}`]);
  edit(1, 15, () => ['yesterday,plenty']);
  edit(1, 20, (time) => [time]);
  // The clocks are put forward from 03:00 to 04:00.
  edit(2, 4, (time, value) => [`${dates[2]} ${clock(3)},7.00`, `${time},${value}`]);
  return lines;
}
