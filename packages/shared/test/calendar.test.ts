import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDayStart, formatLocal, INTERVALS, type Interval, listIntervals } from '../src/calendar.ts';
import { openZone } from '../src/zone.ts';

const at = (iso: string): number => Date.parse(iso) / 1000;
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
const hours = ({ start, end }: { start: number; end: number }): number => (end - start) / 3600;

describe('calendar intervals', () => {
  test.each<[string, Interval, string, string, number[]]>([
    // Days with the clocks put forward and back; tzdata: Asia/Nicosia, 2025-03-30 01:00Z and 2025-10-26 01:00Z.
    ['Asia/Nicosia', 'day', '2025-03-28T22:00Z', '2025-03-31T21:00Z', [24, 23, 24]],
    ['Asia/Nicosia', 'day', '2025-10-24T21:00Z', '2025-10-27T22:00Z', [24, 25, 24]],
    ['Asia/Nicosia', 'month', '2025-02-28T22:00Z', '2025-05-31T21:00Z', [743, 720, 744]],
    ['Asia/Nicosia', 'quarter', '2024-12-31T22:00Z', '2025-12-31T22:00Z', [90 * 24 - 1, 91 * 24, 92 * 24, 92 * 24 + 1]],
    ['Asia/Nicosia', 'year', '2023-12-31T22:00Z', '2025-12-31T22:00Z', [8784, 8760]],
    // 2025-03-24 was a Monday.
    ['Asia/Nicosia', 'week', '2025-03-23T22:00Z', '2025-04-06T21:00Z', [167, 168]],
    // Lord Howe's clocks go back by half an hour at 15:00Z: 2025-04-05.
    ['Australia/Lord_Howe', 'day', '2025-04-04T13:00Z', '2025-04-06T13:30Z', [24, 24.5]],
    ['Australia/Lord_Howe', 'hour', '2025-04-05T13:00Z', '2025-04-05T16:30Z', [1, 1, 0.5, 1]],
    // Kathmandu: 5:45 east; whole local hours begin at a quarter past.
    ['Asia/Kathmandu', 'hour', '2025-01-01T00:15Z', '2025-01-01T02:15Z', [1, 1]],
    // Bounds inside an interval cut it.
    ['UTC', 'month', '2025-01-31T00:00Z', '2025-02-02T00:00Z', [24, 24]],
    ['UTC', 'day', '2025-01-31T00:00Z', '2025-01-31T00:00Z', []],
  ])('in %s by %s from %s to %s have these hours', (zone, interval, from, to, expected) => {
    const found = listIntervals(openZone(zone), interval, { start: at(from), end: at(to) }, 1000);
    expect(found.map(hours)).toEqual(expected);
  });

  test.each([
    // Havana puts its clocks back from 01:00 to 00:00: midnight comes twice, the day begins at the first.
    ['America/Havana', '2025-11-02', '2025-11-02T04:00:00Z'],
    // Havana puts them forward from 00:00 to 01:00: the day begins with the change.
    ['America/Havana', '2025-03-09', '2025-03-09T05:00:00Z'],
    ['Asia/Nicosia', '2025-07-01', '2025-06-30T21:00:00Z'],
  ])('a day in %s begins at its first instant: %s', (zone, day, expected) => {
    expect(iso(findDayStart(openZone(zone), at(day) / 86_400))).toBe(expected);
  });

  test('of any kind, in any zone, touch one another, lose nothing and overlap nowhere', () => {
    const zones = ['Asia/Nicosia', 'America/Havana', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia', '-03:30'];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...INTERVALS),
        fc.integer({ min: at('2005-01-01'), max: at('2030-01-01') }),
        fc.integer({ min: 1, max: 40 * 86_400 }),
        (name, interval, start, length) => {
          const found = listIntervals(openZone(name), interval, { start, end: start + length }, 2000);
          const ends = found.map((each) => each.end);
          expect(found.map((each) => each.start)).toEqual([start, ...ends.slice(0, -1)]);
          expect(ends.at(-1)).toBe(start + length);
        },
      ),
    );
  });

  test('more than the limit are not listed, but seen', () => {
    expect(listIntervals(openZone('UTC'), 'hour', { start: 0, end: at('2025-01-01') }, 10)).toHaveLength(11);
  });

  test.each([
    ['Asia/Nicosia', '2025-03-29T22:00:00Z', '2025-03-30T00:00:00+02:00'],
    ['-03:30', '2025-01-01T00:00:00Z', '2024-12-31T20:30:00-03:30'],
  ])('are shown with the offset of %s', (zone, instant, expected) => {
    expect(formatLocal(openZone(zone), at(instant))).toBe(expected);
  });
});
