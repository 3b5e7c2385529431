import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { READ } from '../src/model/coerced.ts';
import { makeNumberReader, type NumberOptions } from '../src/stages/coerce/number-reader.ts';
import {
  addEvidence,
  collectEvidence,
  decideStyle,
  makeEvidence,
  sniffNumberStyle,
} from '../src/stages/coerce/number-style.ts';

const PLAIN: NumberOptions = { decimal: '.', group: '', nulls: [] };
const STYLES = [
  { decimal: '.', group: '' },
  { decimal: '.', group: ',' },
  { decimal: '.', group: ' ' },
  { decimal: '.', group: "'" },
  { decimal: ',', group: '' },
  { decimal: ',', group: '.' },
  { decimal: ',', group: ' ' },
  { decimal: ',', group: "'" },
] as const;

/** Reads a text that lies in the middle of other bytes, as a cell of a file does. */
function read(text: string, options: Partial<NumberOptions> = {}): number | 'empty' | 'invalid' {
  const reader = makeNumberReader({ ...PLAIN, ...options });
  const cell = Buffer.from(text, 'utf8');
  const result = reader.read(Buffer.concat([Buffer.from('7;9'), cell, Buffer.from('8.5')]), 3, 3 + cell.length);
  return result === READ.value ? reader.value : result === READ.empty ? 'empty' : 'invalid';
}

/** An exact rational: numerator / denominator of a finite double. */
function split(value: number): [bigint, bigint] {
  let denominator = 1n;
  let rest = value;
  while (!Number.isInteger(rest)) {
    rest *= 2;
    denominator *= 2n;
  }
  return [BigInt(rest), denominator];
}

/** |sign·digits·10^exponent − value| as an exact fraction over a common denominator. */
function measureError(digits: bigint, exponent: number, value: number, common: bigint): bigint {
  const [numerator, denominator] = split(value);
  const error =
    exponent >= 0
      ? digits * 10n ** BigInt(exponent) * common - (numerator * common) / denominator
      : (digits * common) / 10n ** BigInt(-exponent) - (numerator * common) / denominator;
  return error < 0n ? -error : error;
}

const after = (value: number, step: 1n | -1n): number => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + step);
  return view.getFloat64(0);
};

describe('a number is the double nearest to what is written', () => {
  test('by exact arithmetic with integers', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 24n }), fc.integer({ min: -30, max: 20 }), (digits, exponent) => {
        const value = read(`${digits}e${exponent}`) as number;
        const common = 2n ** 300n * 10n ** 30n;
        const error = measureError(digits, exponent, value, common);
        expect(error <= measureError(digits, exponent, after(value, 1n), common)).toBe(true);
        expect(error <= measureError(digits, exponent, after(value, -1n), common)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('and every double comes back from its shortest text', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(read(String(value))).toBe(value === 0 ? 0 : value);
      }),
      { numRuns: 3000 },
    );
  });

  test('in every style, grouped or not', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STYLES),
        fc.integer({ min: 0, max: 2 ** 48 }),
        fc.integer({ min: 0, max: 9 }),
        fc.boolean(),
        (style, whole, decimals, negative) => {
          const fraction = '271828182'.slice(0, decimals);
          const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, style.group);
          const sign = negative ? '-' : '';
          const text = `${sign}${grouped}${decimals > 0 ? style.decimal : ''}${fraction}`;
          const truth = Number(`${sign}${whole}.${fraction}`);
          expect(read(text, style)).toBe(truth === 0 ? 0 : truth);
          expect(read(text.replaceAll(' ', '\u202f'), style)).toBe(truth === 0 ? 0 : truth);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['9007199254740993', 9007199254740992],
    ['9007199254740993.0000000000000000000001', 9007199254740994],
    ['0.1', 0.1],
    ['123456789012345678', 123456789012345680],
    ['000000000000000000000000000012.5', 12.5],
    ['2.2250738585072011e-308', 2.225073858507201e-308],
    ['4.9e-324', 5e-324],
    ['1e-400', 0],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    [`${'1'.repeat(300)}e-299`, 1.1111111111111112],
  ])('%s', (text, value) => {
    expect(read(text)).toBe(value);
  });
});

test.each([
  ['12', 12],
  ['+12', 12],
  ['-12.50', -12.5],
  ['\u22121.5', -1.5],
  ['.5', 0.5],
  ['-.5', -0.5],
  ['5.', 5],
  ['1.5e-3', 0.0015],
  ['1E3', 1000],
  ['1e+03', 1000],
  [' 7 ', 7],
  ['\t7\r', 7],
  ['\u00a07\u00a0', 7],
  ['\u202f7\u2009', 7],
  ['-0.0', 0],
  ['-0', 0],
  ['007', 7],
  ['0e99999999999', 0],
])('"%s" is %d', (text, value) => {
  expect(read(text)).toBe(value);
});

test.each([
  'NaN',
  'nan',
  'inf',
  '-Infinity',
  '0x1F',
  '1_000',
  '--1',
  '+-1',
  '1.2.3',
  '.',
  '-',
  '+',
  '-.',
  'e5',
  '1e',
  '1e+',
  '1e5.2',
  '12 kWh',
  '12%',
  '1 2',
  '- 5',
  '5-',
  '١٢',
  '１２',
  '1,5',
  '1,234.5',
  '1.5\u0000',
  '$5',
  '="5"',
  '(5)',
  '1e400',
  '-1e400',
  '#REF!',
  '9'.repeat(900),
])('"%s" is no number in a plain column', (text) => {
  expect(read(text)).toBe('invalid');
});

test.each([
  ['1.234.567,89', ',', '.', 1234567.89],
  ['1234567,89', ',', '.', 1234567.89],
  ['1.234', ',', '.', 1234],
  ['1.5', ',', '.', 'invalid'],
  ['1234.567', ',', '.', 'invalid'],
  ['0.123', ',', '.', 'invalid'],
  ['12.34.567', ',', '.', 'invalid'],
  ['1.234.56', ',', '.', 'invalid'],
  ['1..234', ',', '.', 'invalid'],
  ['.123', ',', '.', 'invalid'],
  ['1,234.567', ',', '.', 'invalid'],
  ['1,2345', ',', '.', 1.2345],
  ['1.234.', ',', '.', 'invalid'],
  ['1 234,5', ',', ' ', 1234.5],
  ['1\u00a0234\u00a0567,5', ',', ' ', 1234567.5],
  ['1\u2009234', ',', ' ', 1234],
  ['1  234', ',', ' ', 'invalid'],
  ["1'234.5", '.', "'", 1234.5],
  ['1\u2019234.5', '.', "'", 1234.5],
  ['-1,234.5e3', '.', ',', -1234500],
] as const)('"%s" with decimal %s and group %s', (text, decimal, group, value) => {
  expect(read(text, { decimal, group })).toBe(value);
});

describe('nothing is never a number', () => {
  const nulls = ['-', 'n/a', '-9999', ' k. A. ', 'Écart'];
  test.each([
    '',
    ' ',
    '\t',
    '\u00a0',
    '\u202f \u2009',
    '-',
    ' - ',
    'N/A',
    'n/a\u00a0',
    '-9999',
    ' -9999',
    'k. a.',
    'écart',
    'ÉCART',
  ])('"%s"', (text) => {
    expect(read(text, { nulls })).toBe('empty');
  });
  test('and tokens are whole cells', () => {
    expect(read('-99990', { nulls })).toBe(-99990);
    expect(read('-9999.5', { nulls })).toBe(-9999.5);
    expect(read('n/a n/a', { nulls })).toBe('invalid');
    expect(read('-')).toBe('invalid');
  });
});

test('equal signs for decimal and group are refused', () => {
  expect(() => makeNumberReader({ decimal: '.', group: '.', nulls: [] })).toThrow(RangeError);
});

describe('the style of a column', () => {
  test.each([
    [['1.5', '2.25', '3'], { decimal: '.', group: '' }],
    [['1,5', '2,25', '3'], { decimal: ',', group: '' }],
    [['1.234,5'], { decimal: ',', group: '.' }],
    [['1,234.5', '12'], { decimal: '.', group: ',' }],
    [['1,234,567'], { decimal: '.', group: ',' }],
    [['1.234.567', '1.234'], { decimal: ',', group: '.' }],
    [['0.123', '1.234'], { decimal: '.', group: '' }],
    [['.123', '1.234'], { decimal: '.', group: '' }],
    [['8350.274', '1.234'], { decimal: '.', group: '' }],
    [['0,000', '1,234'], { decimal: ',', group: '' }],
    [['1.5', '1,234'], { decimal: '.', group: ',' }],
    [['1 234,5', '3'], { decimal: ',', group: ' ' }],
    [['1\u202f234,567'], { decimal: ',', group: ' ' }],
    [['1 234', '5,123'], { decimal: ',', group: ' ' }],
    [['1 234 567'], { decimal: ',', group: ' ' }],
    [["1'234.50"], { decimal: '.', group: "'" }],
    [['1\u2019234'], { decimal: '.', group: "'" }],
    [['1,234e5'], { decimal: ',', group: '' }],
    [['-1.5', 'n/a', '', 'kWh', '12.12.2025', '1.2.3.4', '2025-01-01'], { decimal: '.', group: '' }],
    [['1,234'], 'ambiguous'],
    [['1.234', '12', '999.000'], 'ambiguous'],
    [['1.234', '1,234'], 'ambiguous'],
    [['1.5', '1,5'], 'ambiguous'],
    [['1.234,5', '1,234.5'], 'ambiguous'],
    [['1.234.567', '0.5'], 'ambiguous'],
    [["1'234", '1 234'], 'ambiguous'],
    [['1 234,5', '1.234'], 'ambiguous'],
    [['1', '22', '-333'], 'none'],
    [['', 'n/a'], 'none'],
    [[], 'none'],
  ])('%j is %j', (values, verdict) => {
    expect(sniffNumberStyle(values)).toEqual(verdict);
  });

  test('is told alike by a cell and by the same one with a blank before it, which is looked at with more care', () => {
    const cell = fc.string({ unit: fc.constantFrom(..."0123456789..,,+- e'x"), maxLength: 9 });
    const collect = (text: string) => {
      const evidence = makeEvidence();
      collectEvidence(text, evidence);
      return evidence;
    };
    fc.assert(
      fc.property(cell, (text) => {
        expect(collect(text)).toEqual(collect(` ${text}`));
      }),
      { numRuns: 5_000 },
    );
  });

  test('is told by columns together as by all their cells', () => {
    const texts = [
      ['1.5', '1,234.5', '7'],
      ["1'234.5", '1 234'],
      ['0,5', '1.234', '1,234'],
    ];
    const sum = makeEvidence();
    for (const column of texts) {
      const own = makeEvidence();
      for (const text of column) collectEvidence(text, own);
      addEvidence(sum, own);
    }
    expect(sum).toEqual({
      decimal: { '.': 3, ',': 1 },
      group: { '.': 0, ',': 1, ' ': 1, "'": 1 },
      undecided: { '.': 1, ',': 1 },
      plain: 1,
    });
  });

  test('may be settled by another column of the file', () => {
    const evidence = makeEvidence();
    collectEvidence('1,234', evidence);
    expect(decideStyle(evidence)).toBe('ambiguous');
    collectEvidence('17,5', evidence);
    expect(decideStyle(evidence)).toEqual({ decimal: ',', group: '' });
  });

  test('reads back what it was found in, with the same values', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STYLES),
        fc.array(fc.integer({ min: 0, max: 10 ** 9 }), { minLength: 1, maxLength: 40 }),
        (style, numbers) => {
          const write = (cents: number) =>
            `${String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, style.group)}${style.decimal}${String(cents % 100).padStart(2, '0')}`;
          const texts = numbers.map(write);
          const verdict = sniffNumberStyle(texts);
          if (typeof verdict === 'string') throw new Error(`${verdict}: ${texts}`);
          texts.forEach((text, i) => {
            expect(read(text, verdict)).toBe((numbers[i] as number) / 100);
          });
        },
      ),
    );
  });
});
