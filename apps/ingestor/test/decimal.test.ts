import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, countDecimals, makeDecimalSum, subtract } from '../src/model/decimal.ts';

const sum = (values: readonly number[], multiply = 1, divide = 1) => {
  const total = makeDecimalSum();
  for (const value of values) total.add(value);
  return total.total(multiply, divide);
};

/** A decimal of `digits` units of 10^-decimals, as a file has it, and as the computer reads it. */
const decimal = fc
  .record({ digits: fc.integer({ min: -999_999_999, max: 999_999_999 }), decimals: fc.integer({ min: 0, max: 6 }) })
  .map(({ digits, decimals }) => ({
    millionths: BigInt(digits) * 10n ** BigInt(6 - decimals),
    value: Number(`${digits}e-${decimals}`),
  }));
const fromMillionths = (units: bigint) => Number(`${units}e-6`);

describe('decimals', () => {
  it.each([
    [28478.1, 1],
    [28479, 0],
    [0.001, 3],
    [-12.25, 2],
    [0, 0],
    [123456789.123456, 6],
    // 123.456 Wh divided by 1000 is not the nearest float8 to 0.123456 on every path.
    [123.456 / 1000, 6],
    [1 / 3, Number.NaN],
  ])('%d has %d', (value, decimals) => expect(countDecimals(value)).toBe(decimals));

  it.each([
    [28478.1, 28477.6, 0.5],
    [0.3, 0.1, 0.2],
    [100000, 99999.9, 0.1],
    [9205.748, 8350.274, 855.474],
    [1.1, 1.1, 0],
  ])('%d − %d = %d', (a, b, difference) => expect(subtract(a, b)).toBe(difference));

  it.each([
    [[0.1, 0.2], 1, 1, 0.3],
    [[0.08, 0.093, 0.096, 0.09], 1, 1, 0.359],
    // Four quarters of 1.1 kW: a quarter each.
    [[1.1, 1.1, 1.1, 1.1], 900, 3600, 1.1],
    // Twelve times 1 kW over 5 minutes is 1 kWh, though 1/12 is no decimal.
    [Array.from({ length: 12 }, () => 1), 300, 3600, 1],
    [[10, 11], 1, 2, 10.5],
    [[], 1, 1, 0],
  ])('the sum of %j times %d over %d is %d', (values, multiply, divide, total) =>
    expect(sum(values, multiply, divide)).toBe(total),
  );

  it('sums and differences of any decimals are those of whole numbers', () => {
    fc.assert(
      fc.property(fc.array(decimal, { maxLength: 50 }), decimal, decimal, (many, a, b) => {
        expect(sum(many.map((d) => d.value)) + 0).toBe(fromMillionths(many.reduce((s, d) => s + d.millionths, 0n)));
        expect(subtract(a.value, b.value) + 0).toBe(fromMillionths(a.millionths - b.millionths));
        expect(add(a.value, b.value) + 0).toBe(fromMillionths(a.millionths + b.millionths));
      }),
    );
  });

  it('what is no short decimal is added as it is', () => {
    expect(sum([1 / 3, 1 / 3, 1 / 3])).toBeCloseTo(1, 12);
    expect(subtract(1 / 3, 0.1)).toBeCloseTo(0.2333333333, 9);
  });
});
