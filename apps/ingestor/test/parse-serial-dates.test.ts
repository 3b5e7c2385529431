// Promises of serial dates; the expected texts are what spreadsheet programs show, or calendar facts.
import { SSF } from '@e965/xlsx';
import { describe, expect, test } from 'vitest';
import { classifyFormat, type FormatKind, writeSerial } from '../src/stages/parse/serial-dates.ts';

test.each<[string, FormatKind]>([
  ['General', 'number'],
  ['0.00', 'number'],
  ['#,##0.00_);[Red]\\(#,##0.00\\)', 'number'],
  ['0.00E+00', 'number'],
  ['0.0 "kWh/day"', 'number'],
  ['0.0\\d', 'number'],
  ['_-* #,##0.00 [$EUR]_-', 'number'],
  ['@', 'number'],
  ['m/d/yy', 'date'],
  ['yyyy-mm-dd', 'date'],
  ['mmm-yy', 'date'],
  ['mmmm', 'date'],
  ['[$-407]d/ mmm/ yyyy;@', 'date'],
  ['m/d/yy h:mm', 'date-time'],
  ['dd.mm.yyyy hh:mm:ss', 'date-time'],
  ['[$-409]m/d/yy h:mm AM/PM;@', 'date-time'],
  ['h:mm', 'time'],
  ['h:mm AM/PM', 'time'],
  ['mm:ss.0', 'time'],
  ['[h]:mm:ss', 'elapsed'],
  ['[mm]:ss', 'elapsed'],
])('the format %s is of the kind %s', (format, kind) => {
  expect(classifyFormat(format)).toBe(kind);
  expect(classifyFormat(format) !== 'number').toBe(SSF.is_date(format));
});

describe('in the 1900 system', () => {
  test.each<[number, FormatKind, string | undefined]>([
    [1, 'date', '1900-01-01'],
    [59, 'date', '1900-02-28'],
    [60, 'date', undefined],
    [60.5, 'date-time', undefined],
    [61, 'date', '1900-03-01'],
    [25_569, 'date', '1970-01-01'],
    [36_526, 'date-time', '2000-01-01 00:00:00'],
    [36_585, 'date', '2000-02-29'],
    [44_197, 'date', '2021-01-01'],
    [45_351, 'date', '2024-02-29'],
    [45_992.75, 'date-time', '2025-12-01 18:00:00'],
    [44_197.5, 'date', '2021-01-01 12:00:00'],
    [2_958_465, 'date', '9999-12-31'],
    [2_958_466, 'date', undefined],
    [0, 'date', undefined],
    [-1, 'date-time', undefined],
    [Number.NaN, 'date', undefined],
    [1e300, 'elapsed', undefined],
  ])('%d as %s is %s', (serial, kind, text) => {
    expect(writeSerial(serial, kind, false)).toBe(text);
  });
});

test.each<[number, FormatKind, string | undefined]>([
  [0, 'date', '1904-01-01'],
  [1, 'date', '1904-01-02'],
  [60, 'date', '1904-03-01'],
  [42_735, 'date', '2021-01-01'],
  [42_735.25, 'date-time', '2021-01-01 06:00:00'],
  [-1, 'date', undefined],
])('in the 1904 system %d as %s is %s', (serial, kind, text) => {
  expect(writeSerial(serial, kind, true)).toBe(text);
});

test.each<[number, FormatKind, string]>([
  [0.041666666666, 'time', '01:00:00'],
  [45_292.041666666664, 'date-time', '2024-01-01 01:00:00'],
  [45_292.0416666667, 'date-time', '2024-01-01 01:00:00'],
  [45_291.999_999_999_99, 'date-time', '2024-01-01 00:00:00'],
  [45_292.5 + 1.5 / 86_400, 'date-time', '2024-01-01 12:00:01.500'],
  [0.5, 'time', '12:00:00'],
  [0, 'time', '00:00:00'],
  [45_292.5, 'time', '2024-01-01 12:00:00'],
  [10.632060185185185, 'elapsed', '255:10:10'],
  [-0.5, 'elapsed', '-12:00:00'],
])('%d as %s is rounded to the millisecond: %s', (serial, kind, text) => {
  expect(writeSerial(serial, kind, false)).toBe(text);
});

test('every hour of four centuries is the hour that the calendar has', () => {
  const start = Date.UTC(1901, 0, 1);
  for (let hour = 0; hour < 24 * 365 * 400; hour += 97) {
    const serial = 367 + hour / 24;
    const expected = new Date(start + hour * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    expect(writeSerial(serial, 'date-time', false)).toBe(expected);
  }
});
