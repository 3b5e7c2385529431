import { describe, expect, it } from 'vitest';
import { derive, every, type Given, type Reading } from './support/series.ts';

const START = '2025-07-01T10:00:00Z';
const hourly = (...values: number[]) => every(START, 60, values);
const counter = (given: Given, readings: readonly Reading[]) => derive({ kind: 'counter', ...given }, readings);

describe('a counter that runs', () => {
  it('gives every hour the difference of the readings at its ends, to the last decimal', () => {
    const { rows, refused, skipped } = counter({}, hourly(28477.6, 28478.1, 28479, 28480, 28480.7));
    expect(rows).toEqual([
      '2025-07-01T10:00Z 0.5',
      '2025-07-01T11:00Z 0.9',
      '2025-07-01T12:00Z 1',
      '2025-07-01T13:00Z 0.7',
    ]);
    expect(refused).toEqual([]);
    expect(skipped).toEqual(['1 counter_start']);
  });

  it('means the same in descending order, and in any other', () => {
    const ascending = hourly(1, 2, 4, 7, 11);
    const wanted = counter({}, ascending).rows;
    expect(counter({}, ascending.toReversed())).toMatchObject({
      rows: wanted,
      refused: [],
      skipped: ['5 counter_start'],
    });
    expect(
      counter(
        {},
        [2, 0, 4, 1, 3].map((i) => ascending[i]!),
      ).rows,
    ).toEqual(wanted);
  });

  it('standing still uses nothing, which is a value', () => {
    expect(counter({}, hourly(5, 5, 5.5)).rows).toEqual(['2025-07-01T10:00Z 0', '2025-07-01T11:00Z 0.5']);
  });

  it('read four times an hour fills the hour with four differences', () => {
    const { rows, refused } = counter({}, every(START, 15, [100, 100.1, 100.3, 100.6, 101, 101.5]));
    expect(rows).toEqual(['2025-07-01T10:00Z 1 of 4']);
    // 11:00 to 11:15 is a quarter of the next hour.
    expect(refused).toEqual(['6 incomplete_interval']);
  });

  it('may lack a reading inside an hour: what was used lies in it all the same', () => {
    const [a, b, , d, e] = every(START, 15, [100, 100.1, 0, 100.6, 101]);
    expect(counter({}, [a!, b!, d!, e!]).rows).toEqual(['2025-07-01T10:00Z 1 of 3']);
  });

  it('repeated is skipped; contradicting itself it is refused, and its neighbours tell what was used in an hour', () => {
    const [a, b, c] = hourly(1, 2, 4);
    expect(counter({}, [a!, b!, b!, c!])).toMatchObject({
      rows: ['2025-07-01T10:00Z 1', '2025-07-01T11:00Z 2'],
      skipped: ['1 counter_start', '3 repeated'],
    });
    const half: Reading = ['2025-07-01T10:30:00Z', 1.25];
    const other: Reading = ['2025-07-01T10:30:00Z', 1.75];
    expect(counter({}, [a!, half, other, b!])).toMatchObject({
      rows: ['2025-07-01T10:00Z 1'],
      refused: ['2 duplicate_conflict', '3 duplicate_conflict'],
    });
  });

  it('read day by day gives days', () => {
    const readings: Reading[] = [
      ['2023-08-02', 1698],
      ['2023-08-01', 1690],
      ['2023-07-31', 1679],
    ];
    expect(counter({ reads: 'day', bucket: 'day' }, readings)).toMatchObject({
      rows: ['2023-07-31 11', '2023-08-01 8'],
      skipped: ['3 counter_start'],
    });
  });
});

describe('a gap in the readings of a counter', () => {
  it('has an amount that belongs to no hour: it is refused and said, never spread', () => {
    const [a, b, , , e, f] = hourly(10, 11, 0, 0, 17.5, 18);
    const { rows, refused, messages } = counter({ zone: 'Europe/Berlin' }, [a!, b!, e!, f!]);
    expect(rows).toEqual(['2025-07-01T10:00Z 1', '2025-07-01T14:00Z 0.5']);
    expect(refused).toEqual(['3 counter_gap']);
    expect(messages[0]).toBe(
      '6.5 kWh were used from 2025-07-01 13:00+02:00 to 2025-07-01 16:00+02:00; how much of it when cannot be known.',
    );
  });

  it('over days is refused likewise', () => {
    const readings: Reading[] = [
      ['2023-04-21', 482],
      ['2023-04-23', 527],
      ['2023-04-24', 547],
    ];
    const result = counter({ reads: 'day', bucket: 'day' }, readings);
    expect(result).toMatchObject({ rows: ['2023-04-23 20'], refused: ['2 counter_gap'] });
    expect(result.messages[0]).toContain('45 kWh were used from 2023-04-21 to 2023-04-23');
  });

  it('that reaches over the end of an hour leaves what is left of both hours', () => {
    const readings = [...every(START, 15, [0, 1, 2, 3]), ...every('2025-07-01T11:15:00Z', 15, [8, 9, 10, 11])];
    // 10:00–10:45 and 11:15–12:00 are known, 5 kWh in between are not.
    expect(counter({}, readings)).toMatchObject({
      rows: [],
      refused: ['2', '3', '4', '5', '6', '7', '8'].map(
        (n) => `${n} ${n === '5' ? 'counter_gap' : 'incomplete_interval'}`,
      ),
    });
    expect(counter({ minShare: 0.75 }, readings).rows).toEqual([
      '2025-07-01T10:00Z 3 of 3',
      '2025-07-01T11:00Z 3 of 3',
    ]);
  });
});

describe('something that happens to a counter', () => {
  const plain = { maxPowerKw: undefined };
  const limited = { maxPowerKw: 10 };
  it.each<[string, Given, number[], string[], string[]]>([
    // values of hourly readings; energy by hour (- = none); readings refused
    ['rolls over', { rolloverAt: 100_000 }, [99_999.4, 99_999.9, 0.3, 1], ['0.5', '0.4', '0.7'], []],
    ['rolls over exactly at its end', { rolloverAt: 10_000 }, [9_999, 0, 1], ['1', '1'], []],
    ['rolls over, by its largest power', { rolloverAt: 1_000, ...limited }, [995, 3, 4], ['8', '1'], []],
    [
      'rolls over more than its largest power',
      { rolloverAt: 1_000, ...limited },
      [600, 3, 4],
      ['-', '1'],
      ['2 counter_reset'],
    ],
    [
      'is a sum of which one part rolls over',
      { rolloverAt: 1_000, ...limited },
      [1_299.5, 1_300, 300.4, 301],
      ['0.5', '0.4', '0.6'],
      [],
    ],
    ['may not roll over', plain, [99_999.4, 99_999.9, 0.3, 1], ['0.5', '-', '0.7'], ['3 counter_reset']],
    [
      'falls from its middle: that is no rollover',
      { rolloverAt: 100_000 },
      [50_000, 50_001, 0, 2],
      ['1', '-', '2'],
      ['3 counter_reset'],
    ],
    ['is set back', plain, [500, 501, 0, 1.5], ['1', '-', '1.5'], ['3 counter_reset']],
    ['is exchanged for a lower one', plain, [500, 501, 200, 201], ['1', '-', '1'], ['3 counter_exchange']],
    ['is exchanged for a higher one', limited, [500, 501, 9_000, 9_001], ['1', '-', '1'], ['3 counter_exchange']],
    ['reads zero once', plain, [500, 501, 0, 503, 504], ['1', '-', '-', '1'], ['3 counter_glitch', '4 counter_gap']],
    [
      'reads too much once',
      plain,
      [500, 501, 9_999, 503, 504],
      ['1', '-', '-', '1'],
      ['3 counter_glitch', '4 counter_gap'],
    ],
    [
      'reads too much once, by its power',
      limited,
      [500, 501, 900, 503, 504],
      ['1', '-', '-', '1'],
      ['3 counter_glitch', '4 counter_gap'],
    ],
    [
      'reads zero three times',
      plain,
      [500, 501, 0, 0, 0, 505, 506],
      ['1', '-', '-', '-', '-', '1'],
      ['3 counter_glitch', '4 counter_glitch', '5 counter_glitch', '6 counter_gap'],
    ],
    [
      'reads another meter twice',
      limited,
      [500, 501, 9_000, 9_001, 504, 505],
      ['1', '-', '-', '-', '1'],
      ['3 counter_glitch', '4 counter_glitch', '5 counter_gap'],
    ],
    [
      'is set back and grows past what it was',
      plain,
      [3, 4, 0, 1, 2, 3, 4, 5],
      ['1', '-', '1', '1', '1', '1', '1'],
      ['3 counter_reset'],
    ],
    [
      'contradicts itself so that nobody knows which is false',
      plain,
      [100, 110, 105, 120, 121],
      ['-', '-', '-', '1'],
      ['2 counter_glitch', '3 counter_glitch', '4 counter_gap'],
    ],
    ['ends with a fall', plain, [500, 501, 3], ['1', '-'], ['3 counter_reset']],
    ['begins with a false reading', plain, [9_000, 500, 501, 502], ['-', '1', '1'], ['2 counter_exchange']],
    ['uses more than its power allows', limited, [500, 501, 520, 521], ['1', '-', '1'], ['3 counter_exchange']],
  ])('%s', (_, given, values, energy, refused) => {
    const wanted = energy.flatMap((kwh, i) => (kwh === '-' ? [] : [`2025-07-01T${10 + i}:00Z ${kwh}`]));
    const result = counter(given, hourly(...values));
    expect(result.rows).toEqual(wanted);
    expect(result.refused).toEqual(refused);
    // The same whichever way the file runs.
    const backward = counter(given, hourly(...values).toReversed());
    expect(backward.rows).toEqual(wanted);
    expect(backward.refused.length).toBe(refused.length);
  });

  it('is recorded where it is a rollover', () => {
    expect(counter({ rolloverAt: 100_000 }, hourly(99_999.9, 0.3)).notes).toEqual(['2 counter_rollover']);
  });

  it('is described by what the counter showed', () => {
    expect(counter({}, hourly(500, 501, 0, 503)).messages[0]).toBe(
      'The counter shows 0 here, but 501 before and 503 after.',
    );
    expect(counter({}, hourly(500, 501, 0, 1)).messages[0]).toContain('set back from 501 to 0');
  });
});
