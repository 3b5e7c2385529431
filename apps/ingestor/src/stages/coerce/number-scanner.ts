// Reads any permitted spelling of a number: signs, grouped thousands, exponents, many digits. The long way of number-reader.ts.

export interface NumberStyle {
  readonly decimal: '.' | ',';
  /** Between thousands; '' where there is none. ' ' stands for the no-break and thin spaces too, "'" for U+2019 too. */
  readonly group: '' | '.' | ',' | ' ' | "'";
}

export interface NumberScanner {
  /** What the last successful scan read. */
  value: number;
  /** @returns whether all of `bytes[start..end)` is one finite number. */
  scan(bytes: Buffer, start: number, end: number): boolean;
}

/** No double needs more digits to be told from its neighbours (767), so a longer text is no measurement. */
const MAX_DIGITS = 800;
/** Powers of ten up to this one are exact doubles. */
const EXACT_POWER = 22;
const EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: EXACT_POWER + 1 }, (_, i) => Number(`1e${i}`));

/** Where a scan stands, and the significant digits it took so far. */
interface Cursor {
  bytes: Buffer;
  at: number;
  end: number;
  readonly digits: Buffer;
  length: number;
  /** The digits as a number, exact up to 15 of them. */
  mantissa: number;
}

/** @throws RangeError where decimal and group are the same sign. */
export function makeNumberScanner(style: NumberStyle): NumberScanner {
  if (style.group === style.decimal) throw new RangeError(`decimal and group cannot both be "${style.group}"`);
  const decimal = style.decimal.charCodeAt(0);
  const group = style.group === '' ? -1 : style.group.charCodeAt(0);
  const digits = Buffer.alloc(MAX_DIGITS);
  const cursor: Cursor = { bytes: digits, at: 0, end: 0, digits, length: 0, mantissa: 0 };

  function scan(bytes: Buffer, start: number, end: number): boolean {
    cursor.bytes = bytes;
    cursor.at = start;
    cursor.end = end;
    cursor.length = 0;
    cursor.mantissa = 0;
    const negative = takeSign(cursor);
    const whole = takeWhole(cursor, group);
    const fraction = takeFraction(cursor, decimal);
    if (whole < 0 || whole + fraction === 0 || cursor.length > MAX_DIGITS) return false;
    const exponent = takeExponent(cursor) - fraction;
    if (cursor.at < end || Number.isNaN(exponent)) return false;
    const size = makeValue(cursor, exponent);
    scanner.value = negative && size !== 0 ? -size : size;
    return Number.isFinite(size);
  }

  const scanner: NumberScanner = { value: 0, scan };
  return scanner;
}

/** Takes the digits that come next and keeps them, leading zeros left out; returns how many there were. */
function takeDigits(cursor: Cursor): number {
  const from = cursor.at;
  for (; cursor.at < cursor.end; cursor.at++) {
    const byte = cursor.bytes[cursor.at] as number;
    if (byte < 0x30 || byte > 0x39) break;
    if (cursor.length === 0 && byte === 0x30) continue;
    if (cursor.length < MAX_DIGITS) cursor.digits[cursor.length] = byte;
    cursor.length++;
    cursor.mantissa = cursor.mantissa * 10 + byte - 0x30;
  }
  return cursor.at - from;
}

function takeSign(cursor: Cursor): boolean {
  const size = measureSign(cursor.bytes, cursor.at, cursor.end);
  const negative = size > 0 && cursor.bytes[cursor.at] !== 0x2b;
  cursor.at += size;
  return negative;
}

/** Digits before the decimal sign; -1 where thousands are grouped wrongly. */
function takeWhole(cursor: Cursor, group: number): number {
  const from = cursor.at;
  let count = takeDigits(cursor);
  let size = measureGroupSign(cursor.bytes, cursor.at, cursor.end, group);
  if (size === 0) return count;
  if (count === 0 || count > 3 || cursor.bytes[from] === 0x30) return -1;
  for (; size > 0; size = measureGroupSign(cursor.bytes, cursor.at, cursor.end, group)) {
    cursor.at += size;
    if (takeDigits(cursor) !== 3) return -1;
    count += 3;
  }
  return count;
}

function takeFraction(cursor: Cursor, decimal: number): number {
  if (cursor.at >= cursor.end || cursor.bytes[cursor.at] !== decimal) return 0;
  cursor.at++;
  return takeDigits(cursor);
}

/** The exponent, 0 where there is none, NaN where `e` has no digits. */
function takeExponent(cursor: Cursor): number {
  const { bytes, end } = cursor;
  if (cursor.at >= end || ((bytes[cursor.at] as number) | 0x20) !== 0x65) return 0;
  cursor.at++;
  const sign = bytes[cursor.at];
  if (cursor.at < end && (sign === 0x2b || sign === 0x2d)) cursor.at++;
  const from = cursor.at;
  let exponent = 0;
  for (; cursor.at < end; cursor.at++) {
    const digit = (bytes[cursor.at] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    exponent = Math.min(exponent * 10 + digit, 99_999);
  }
  if (cursor.at === from) return Number.NaN;
  return sign === 0x2d ? -exponent : exponent;
}

/** The digits × 10^exponent, rounded once. */
function makeValue({ digits, length, mantissa }: Cursor, exponent: number): number {
  if (length === 0) return 0;
  if (length <= EXACT_DIGITS && exponent <= EXACT_POWER && exponent >= -EXACT_POWER) {
    return exponent < 0 ? mantissa / (POWERS[-exponent] as number) : mantissa * (POWERS[exponent] as number);
  }
  return Number(`${digits.toString('latin1', 0, length)}e${exponent}`);
}

/** Bytes of `-`, `+` or the minus sign U+2212 at `at`. */
function measureSign(bytes: Buffer, at: number, end: number): number {
  if (at >= end) return 0;
  if (bytes[at] === 0x2d || bytes[at] === 0x2b) return 1;
  return at + 2 < end && bytes[at] === 0xe2 && bytes[at + 1] === 0x88 && bytes[at + 2] === 0x92 ? 3 : 0;
}

const BLANK = 0x20;
const APOSTROPHE = 0x27;

/** Bytes of a sign between thousands at `at`, 0 where there is none. */
function measureGroupSign(bytes: Buffer, at: number, end: number, group: number): number {
  if (at >= end || group < 0) return 0;
  const byte = bytes[at] as number;
  if (byte === group) return 1;
  if (group === BLANK && byte === 0xc2) return at + 1 < end && bytes[at + 1] === 0xa0 ? 2 : 0;
  if (byte !== 0xe2 || at + 2 >= end || bytes[at + 1] !== 0x80) return 0;
  const last = bytes[at + 2];
  // U+2009 thin, U+202F narrow no-break; U+2019 is the typographic apostrophe of Swiss locales.
  if (group === BLANK) return last === 0x89 || last === 0xaf ? 3 : 0;
  return group === APOSTROPHE && last === 0x99 ? 3 : 0;
}
