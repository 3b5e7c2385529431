import { describe, expect, it } from 'vitest';
import { findCadence } from '../src/stages/derive/cadence.ts';
import { derive, every, type Reading } from './support/series.ts';

const QUARTERS = [0.1, 0.2, 0.3, 0.4];

describe('readings of an hour', () => {
  it('are added up to the last decimal, whatever order they come in', () => {
    const readings = every('2025-07-01T10:00:00Z', 15, [0.08, 0.093, 0.096, 0.09, 0.1, 0.2, 0.1, 0.2]);
    const rows = ['2025-07-01T10:00Z 0.359 of 4', '2025-07-01T11:00Z 0.6 of 4'];
    expect(derive({}, readings)).toMatchObject({ rows, refused: [], skipped: [] });
    expect(derive({}, readings.toReversed()).rows).toEqual(rows);
    expect(
      derive(
        {},
        [7, 2, 5, 0, 3, 6, 1, 4].map((i) => readings[i]!),
      ).rows,
    ).toEqual(rows);
  });

  it('of which some are missing are refused, and what is missing is named', () => {
    const [a, , c, d] = every('2025-07-01T10:00:00Z', 15, QUARTERS);
    const { rows, refused, messages } = derive({ zone: 'Asia/Nicosia' }, [a!, c!, d!]);
    expect(rows).toEqual([]);
    expect(refused).toEqual(['1 incomplete_interval', '2 incomplete_interval', '3 incomplete_interval']);
    expect(messages[0]).toBe(
      '45 min of 60 min from 2025-07-01 13:00+03:00 are there; missing: 2025-07-01 13:15+03:00 to 2025-07-01 13:30+03:00.',
    );
  });

  it.each([
    [1, 4, true],
    [1, 3, false],
    [0.75, 3, true],
    [0.75, 2, false],
    [0, 1, true],
  ])('with a share of at least %d: %d of four are enough: %s', (minShare, count, isEnough) => {
    const readings = every('2025-07-01T10:00:00Z', 15, QUARTERS.slice(0, count));
    expect(derive({ minShare }, readings).rows.length).toBe(isEnough ? 1 : 0);
  });

  it('that repeat are skipped; that contradict one another are refused, and the hour with them', () => {
    const readings = every('2025-07-01T10:00:00Z', 15, [...QUARTERS, 1, 1, 1, 1]);
    const again: Reading = readings[1]!;
    expect(derive({}, [...readings, again])).toMatchObject({
      rows: ['2025-07-01T10:00Z 1 of 4', '2025-07-01T11:00Z 4 of 4'],
      skipped: ['9 repeated'],
    });
    const other: Reading = [again[0], 0.25];
    const { rows, refused, messages } = derive({ minShare: 0.5 }, [...readings, other]);
    expect(rows).toEqual(['2025-07-01T11:00Z 4 of 4']);
    expect(refused).toEqual([
      '1 incomplete_interval',
      '2 duplicate_conflict',
      '3 incomplete_interval',
      '4 incomplete_interval',
      '9 duplicate_conflict',
    ]);
    expect(messages).toContain('Line 9 gives another value for the same time and datasource.');
    expect(messages).toContain('Line 2 gives another value for the same time and datasource.');
  });

  it('that overlap are refused: nothing is counted twice', () => {
    const readings = [...every('2025-07-01T10:00:00Z', 15, QUARTERS), ...every('2025-07-01T10:10:00Z', 15, [0.3])];
    expect(derive({ minShare: 0.5 }, readings)).toMatchObject({
      rows: [],
      refused: ['1', '2', '3', '4', '5'].map((n) => `${n} interval_overlap`),
    });
  });

  it('of which one reaches into the next hour is refused, with both hours', () => {
    const readings = every('2025-07-01T10:05:00Z', 15, [1, 1, 1, 1, 1, 1, 1, 1]);
    const codes = (...list: string[]) => list.map((code, i) => `${i + 1} interval_${code}`);
    expect(derive({ minShare: 0.5 }, readings)).toMatchObject({
      rows: [],
      refused: codes('overlap', 'overlap', 'overlap', 'misfit', 'overlap', 'overlap', 'overlap', 'misfit'),
    });
  });

  it('longer than the mapping says reach over its end and are refused, not counted as an hour', () => {
    // The readings last 15 minutes, the interval says an hour.
    const readings = every('2025-07-01T10:00:00Z', 15, [...QUARTERS, ...QUARTERS]);
    const { rows, refused } = derive({ intervalSeconds: 3600 }, readings);
    expect(rows).toEqual([]);
    expect(refused.map((text) => text.split('_')[1])).toEqual(
      [...Array(2)].flatMap(() => ['overlap', 'misfit', 'misfit', 'misfit']),
    );
  });

  it('without a value in one of their columns fill the others', () => {
    const readings = every('2025-07-01T10:00:00Z', 30, [1, 3]).map(
      ([time, value], i): Reading => [time, value!, i === 0 ? 7 : Number.NaN],
    );
    const rules = { intervalSeconds: 1800, how: ['mean', 'mean'] as const, isWhole: [false, false] };
    expect(derive(rules, readings)).toMatchObject({
      rows: ['2025-07-01T10:00Z 2 NaN of 2'],
      notes: ['1 incomplete_measure'],
    });
  });
});

describe('mean power', () => {
  it.each([
    [15, [1.1, 1.1, 1.1, 1.1], '1.1 of 4'],
    [15, [4, 0, 2.5, 1.5], '2 of 4'],
    [5, Array.from({ length: 12 }, () => 1), '1 of 12'],
    [60, [2.5], '2.5'],
    [1, Array.from({ length: 60 }, (_, i) => i / 10), '2.95 of 60'],
  ])('every %d minutes %j kW is %s kWh', (minutes, values, wanted) => {
    const readings = every('2025-07-01T10:00:00Z', minutes, values);
    expect(derive({ kind: 'mean_power', intervalSeconds: minutes * 60 }, readings).rows).toEqual([
      `2025-07-01T10:00Z ${wanted}`,
    ]);
  });
});

describe('hours of the wall clock', () => {
  it.each([
    ['Asia/Kolkata', '2025-07-01T10:30:00Z', '2025-07-01T10:30Z 1 of 4'],
    ['Asia/Kathmandu', '2025-07-01T10:15:00Z', '2025-07-01T10:15Z 1 of 4'],
    ['Europe/Madrid', '2025-07-01T10:00:00Z', '2025-07-01T10:00Z 1 of 4'],
  ])('in %s begin at %s', (zone, start, row) => {
    expect(derive({ zone }, every(start, 15, QUARTERS)).rows).toEqual([row]);
  });

  it('of which one occurs twice are two', () => {
    // 26 October 2025 in Nicosia: 03:00 to 04:00 is 00:00Z and again 01:00Z.
    const rows = ['2025-10-26T00:00Z 4 of 4', '2025-10-26T01:00Z 8 of 4'];
    expect(derive({ zone: 'Asia/Nicosia' }, every('2025-10-26T00:00:00Z', 15, [1, 1, 1, 1, 2, 2, 2, 2])).rows).toEqual(
      rows,
    );
  });

  it('are cut where clocks change by half an hour', () => {
    // Lord Howe, 6 April 2025: at 15:00Z the clocks go from 02:00 (+11) back to 01:30 (+10:30); half an hour is left of the hour from 01:00.
    const readings = every('2025-04-05T14:00:00Z', 15, [1, 1, 1, 1, 2, 2, 4, 4, 4, 4]);
    expect(derive({ zone: 'Australia/Lord_Howe' }, readings).rows).toEqual([
      '2025-04-05T14:00Z 4 of 4',
      '2025-04-05T15:00Z 4 of 2',
      '2025-04-05T15:30Z 16 of 4',
    ]);
  });
});

describe('days', () => {
  it.each([
    ['2025-03-30', 23],
    ['2025-07-01', 24],
    ['2025-10-26', 25],
  ])('%s in Madrid has %d hours, and is loaded with them alone', (day, hours) => {
    // Madrid's midnight: 23:00Z the day before in winter, 22:00Z in summer.
    const start =
      day === '2025-03-30'
        ? '2025-03-29T23:00:00Z'
        : new Date(Date.parse(`${day}T00:00:00Z`) - 7_200_000).toISOString();
    const rules = { bucket: 'day', zone: 'Europe/Madrid', intervalSeconds: 3600 } as const;
    const readings = every(
      start,
      60,
      Array.from({ length: hours }, () => 0.1),
    );
    expect(derive(rules, readings).rows).toEqual([`${day} ${(hours / 10).toString()} of ${hours}`]);
    expect(derive(rules, readings.slice(0, -1)).rows).toEqual([]);
    // An hour more belongs to the next day.
    const longer = every(
      start,
      60,
      Array.from({ length: hours + 1 }, () => 0.1),
    );
    expect(derive(rules, longer).refused).toEqual([`${hours + 1} incomplete_interval`]);
  });

  it('may begin when midnight is left out', () => {
    // Beirut, 30 March 2025: the clocks go from 00:00 to 01:00 at 22:00Z; the day has 23 hours.
    const readings = every(
      '2025-03-29T22:00:00Z',
      60,
      Array.from({ length: 23 }, () => 1),
    );
    const rules = { bucket: 'day', zone: 'Asia/Beirut', intervalSeconds: 3600 } as const;
    expect(derive(rules, readings).rows).toEqual(['2025-03-30 23 of 23']);
  });

  it('of a herd are the mean of its cows, and their number', () => {
    const cows: Reading[] = [
      ['2026-01-15', 28, 1],
      ['2026-01-15', 33.5, 2],
      ['2026-01-15', 30, 2],
    ];
    const rules = {
      reads: 'day',
      bucket: 'day',
      isParts: true,
      how: ['mean', 'mean'],
      isWhole: [false, true],
    } as const;
    // (28 + 33.5 + 30) / 3 = 30.5; of whole numbers the whole part: 5/3 is 1.
    expect(derive({ ...rules, parts: [1, 2, 3] }, cows).rows).toEqual(['2026-01-15 30.5 1 of 3']);
    // The same cow twice: the same, or a contradiction that leaves the day unknown.
    expect(derive({ ...rules, parts: [1, 2, 2] }, [cows[0]!, cows[1]!, cows[1]!])).toMatchObject({
      rows: ['2026-01-15 30.75 1 of 2'],
      skipped: ['3 repeated'],
    });
    expect(derive({ ...rules, parts: [1, 2, 2] }, cows)).toMatchObject({
      rows: [],
      refused: ['1 incomplete_interval', '2 duplicate_conflict', '3 duplicate_conflict'],
    });
  });

  it('take the largest and the smallest where the mapping says so', () => {
    const cows: Reading[] = [
      ['2026-01-15', 28, 7],
      ['2026-01-15', 33.5, 2],
    ];
    const rules = { reads: 'day', bucket: 'day', isParts: true, how: ['max', 'min'], isWhole: [false, false] } as const;
    expect(derive({ ...rules, parts: [1, 2] }, cows).rows).toEqual(['2026-01-15 33.5 2 of 2']);
  });
});

describe('the step in which readings come', () => {
  const at = (series: string, ...minutes: number[]) => minutes.map((m) => ({ series, seconds: m * 60 }));
  it.each([
    ['one series', at('a', 0, 15, 30, 45), 900, 1],
    ['backwards', at('a', 45, 30, 15, 0), 900, 1],
    ['with a gap', at('a', 0, 15, 30, 300, 315), 900, 0.75],
    ['two series side by side', [...at('a', 0), ...at('b', 0), ...at('a', 60), ...at('b', 60)], 3600, 1],
    ['repeats', at('a', 0, 0, 15, 15, 30), 900, 1],
    ['one reading', at('a', 0), Number.NaN, 0],
  ])('%s', (_, readings, stepSeconds, share) => expect(findCadence(readings)).toMatchObject({ stepSeconds, share }));
});
