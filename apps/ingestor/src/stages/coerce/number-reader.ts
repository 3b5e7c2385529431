// Text to number, by a style fixed for the column. Guesses nothing: the style is settled before (number-style.ts).
import { type NumberReader, READ, type ReadResult } from '../../model/coerced.ts';
import { skipBlanks, trimEnd } from './blanks.ts';
import { makeNullMatcher } from './null-tokens.ts';
import { makeNumberScanner, type NumberStyle } from './number-scanner.ts';

export interface NumberOptions extends NumberStyle {
  /** Texts that mean "no value". A blank cell means it always. */
  readonly nulls: readonly string[];
}

/** 10^0 … 10^15, all of them exact. */
const POWERS = Float64Array.from({ length: 16 }, (_, i) => 10 ** i);
const MINUS = 0x2d;
const ZERO = 0x30;

/**
 * Makes a reader whose value is the float8 nearest to the decimal that is written.
 * Plain numbers of up to 15 digits take the short way: digits and power of ten are exact as doubles, so that one division rounds once
 * (W. D. Clinger, How to read floating point numbers accurately, PLDI 1990). The rest is left to the scanner.
 */
export function makeNumberReader(options: NumberOptions): NumberReader {
  const decimal = options.decimal.charCodeAt(0);
  const scanner = makeNumberScanner(options);
  const isNull = makeNullMatcher(options.nulls);
  const nullValues = listNullValues(options);

  function read(bytes: Buffer, start: number, end: number): ReadResult {
    let at = start;
    const negative = at < end && bytes[at] === MINUS;
    if (negative) at++;
    const first = at;
    let mantissa = 0;
    let point = -1;
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >= 0 && digit <= 9) mantissa = mantissa * 10 + digit;
      else if (bytes[at] === decimal && point < 0) point = at;
      else return readWithCare(bytes, start, end);
    }
    const digits = point < 0 ? end - first : end - first - 1;
    if (digits <= 0 || digits > 15) return readWithCare(bytes, start, end);
    const size = point < 0 ? mantissa : mantissa / (POWERS[end - point - 1] as number);
    // Zero has no sign: -0.0 of a logger is 0.
    reader.value = negative && size !== 0 ? -size : size;
    return nullValues.length > 0 && nullValues.includes(reader.value) ? readWithCare(bytes, start, end) : READ.value;
  }

  function readWithCare(bytes: Buffer, start: number, end: number): ReadResult {
    const from = skipBlanks(bytes, start, end);
    const to = trimEnd(bytes, from, end);
    if (from === to || isNull(bytes, from, to)) return READ.empty;
    if (!scanner.scan(bytes, from, to)) return READ.invalid;
    reader.value = scanner.value;
    return READ.value;
  }

  const reader: NumberReader = { value: 0, read };
  return reader;
}

/** Null tokens that are numbers themselves (-9999). Only cells of such a value have their text compared. */
function listNullValues(options: NumberOptions): number[] {
  const scanner = makeNumberScanner(options);
  return options.nulls.flatMap((token) => {
    const bytes = Buffer.from(token.trim(), 'utf8');
    return scanner.scan(bytes, 0, bytes.length) ? [scanner.value] : [];
  });
}
