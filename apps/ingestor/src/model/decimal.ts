// Sums and differences of decimals that are exact to the last digit written: 28478.1 − 28477.6 is 0.5. Knows no rows.
// A float8 that was read from up to 15 digits is the nearest to exactly one decimal of so many digits; computing on that decimal's
// digits as a whole number, and dividing once, gives the float8 nearest to the true result.

const MAX_DECIMALS = 15;
/** Nobody writes more decimals than this. */
const MAX_WRITTEN = 11;
const POWERS = Float64Array.from({ length: MAX_DECIMALS + 1 }, (_, i) => Number(`1e${i}`));

const scaleBy = (decimals: number): number => POWERS[decimals] as number;

function findDecimals(value: number): number {
  for (let decimals = 0; decimals <= MAX_DECIMALS; decimals++) {
    const digits = Math.round(value * scaleBy(decimals));
    if (!Number.isSafeInteger(digits)) return Number.NaN;
    if (digits / scaleBy(decimals) === value) return decimals;
  }
  return Number.NaN;
}

/** How many decimals `value` was written with (trailing zeros do not count); NaN where it is no decimal of up to 15 digits, such as 1/3. */
export function countDecimals(value: number): number {
  const decimals = findDecimals(value);
  if (!Number.isNaN(decimals) && decimals <= MAX_WRITTEN) return decimals;
  // A conversion of units may have missed the nearest float8 by one; 1/3, whose digits do not end, is none of these.
  const near = findDecimals(Number(value.toPrecision(14)));
  return near <= MAX_WRITTEN ? near : Number.NaN;
}

/** Whole number of units of 10^-decimals. */
const toUnits = (value: number, decimals: number): number => Math.round(value * scaleBy(decimals));

/** a − b, exact to the decimals of the two. */
export function subtract(a: number, b: number): number {
  const decimals = Math.max(countDecimals(a), countDecimals(b));
  const units = toUnits(a, decimals) - toUnits(b, decimals);
  return Number.isSafeInteger(units) ? units / scaleBy(decimals) : a - b;
}

/** a + b, exact to the decimals of the two. */
export const add = (a: number, b: number): number => subtract(a, -b);

export interface DecimalSum {
  add(value: number): void;
  /** sum × multiply ÷ divide, rounded once; both whole numbers. */
  total(multiply: number, divide: number): number;
}

/** A sum that stays exact up to 15 digits; longer ones, and values that are no short decimals, are added as float8. */
export function makeDecimalSum(): DecimalSum {
  let decimals = 0;
  let units = 0;
  let plain = 0;
  return {
    add(value) {
      plain += value;
      const own = countDecimals(value);
      if (own > decimals) {
        units *= scaleBy(own - decimals);
        decimals = own;
      }
      units += toUnits(value, Number.isNaN(own) ? Number.NaN : decimals);
    },
    total(multiply, divide) {
      const scaled = units * multiply;
      if (!Number.isSafeInteger(scaled)) return (plain * multiply) / divide;
      return scaled / (scaleBy(decimals) * divide);
    },
  };
}
