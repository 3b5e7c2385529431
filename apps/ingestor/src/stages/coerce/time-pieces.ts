// Reads the parts of a time that are more than digits at fixed places: AM/PM, month names, fractions, offsets.
// Each takes the position in the bytes and returns the one behind the part, or -1; what was read goes into the fields.
import { findMonth } from './month-names.ts';

/** Positions in the fields that the parts of a time are read into. */
export const SLOT = {
  year: 0,
  month: 1,
  day: 2,
  hour: 3,
  minute: 4,
  second: 5,
  micros: 6,
  half: 7,
  offset: 8,
} as const;
export const HALF = { none: 0, am: 1, pm: 2 } as const;
/** In `SLOT.offset`: the text has no offset. */
export const NO_OFFSET = 0x7fff_ffff;

export const makeFields = (): Int32Array => new Int32Array(9);

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const foldCase = (byte: number): number => byte | 0x20;

/** A whole number of `min` to `max` digits. */
export function takeNumber(
  bytes: Buffer,
  start: number,
  end: number,
  min: number,
  max: number,
  fields: Int32Array,
  slot: number,
): number {
  const stop = Math.min(start + max, end);
  let at = start;
  let value = 0;
  for (; at < stop; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at - start < min) return -1;
  fields[slot] = value;
  return at;
}

/** One to nine digits after the decimal sign; kept to the microsecond, the rest is cut off. */
export function takeFraction(bytes: Buffer, start: number, end: number, fields: Int32Array): number {
  let at = start;
  let micros = 0;
  for (; at < end && at - start < 9 && isDigit(bytes[at] as number); at++) {
    if (at - start < 6) micros = micros * 10 + (bytes[at] as number) - 0x30;
  }
  if (at === start || (at < end && isDigit(bytes[at] as number))) return -1;
  for (let digits = at - start; digits < 6; digits++) micros *= 10;
  fields[SLOT.micros] = micros;
  return at;
}

/** `AM`, `pm`, `a.m.`, `p. m.`, and the Greek π.μ. and μ.μ. */
export function takeHalf(bytes: Buffer, start: number, end: number, fields: Int32Array): number {
  if (start + 1 >= end) return -1;
  const byte = foldCase(bytes[start] as number);
  if ((byte === 0x61 || byte === 0x70) && foldCase(bytes[start + 1] as number) === 0x6d) {
    fields[SLOT.half] = byte === 0x61 ? HALF.am : HALF.pm;
    return start + 2;
  }
  return takeRareHalf(bytes, start, end, fields);
}

function takeRareHalf(bytes: Buffer, start: number, end: number, fields: Int32Array): number {
  const byte = foldCase(bytes[start] as number);
  const isGreek = (bytes[start] as number) > 0x7f;
  const greek = isGreek ? readGreek(bytes, start, end) : 0;
  if (isGreek ? greek === 0 : byte !== 0x61 && byte !== 0x70) return -1;
  let at = skipPoint(bytes, start + (isGreek ? 2 : 1), end);
  if (at < end && bytes[at - 1] === 0x2e) at = skipOneBlank(bytes, at, end);
  if (at >= end) return -1;
  if (isGreek) {
    if (readGreek(bytes, at, end) !== MU) return -1;
    at += 2;
  } else if (foldCase(bytes[at++] as number) !== 0x6d) return -1;
  fields[SLOT.half] = (isGreek ? greek === PI : byte === 0x61) ? HALF.am : HALF.pm;
  return skipPoint(bytes, at, end);
}

const PI = 1;
const MU = 2;

/** Π π are CE A0, CF 80; Μ μ are CE 9C, CE BC; the micro sign C2 B5 looks the same. */
function readGreek(bytes: Buffer, at: number, end: number): number {
  if (at + 1 >= end) return 0;
  const pair = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  if (pair === 0xcea0 || pair === 0xcf80) return PI;
  return pair === 0xce9c || pair === 0xcebc || pair === 0xc2b5 ? MU : 0;
}

const skipPoint = (bytes: Buffer, at: number, end: number): number => (at < end && bytes[at] === 0x2e ? at + 1 : at);

/** A blank or U+00A0, as Spanish locales write between a. and m. */
function skipOneBlank(bytes: Buffer, at: number, end: number): number {
  if (at < end && bytes[at] === 0x20) return at + 1;
  return at + 1 < end && bytes[at] === 0xc2 && bytes[at + 1] === 0xa0 ? at + 2 : at;
}

/** A month's name in one of many languages, whole or shortened to three letters or more, with or without a point. */
export function takeMonthName(bytes: Buffer, start: number, end: number, fields: Int32Array): number {
  let stop = start;
  while (stop < end && (isLetter(bytes[stop] as number) || (bytes[stop] as number) > 0x7f)) stop++;
  const month = stop - start < 3 || stop - start > 40 ? 0 : findMonth(bytes.toString('utf8', start, stop));
  if (month === 0) return -1;
  fields[SLOT.month] = month;
  return skipPoint(bytes, stop, end);
}

const isLetter = (byte: number): boolean => foldCase(byte) >= 0x61 && foldCase(byte) <= 0x7a;

/** Goes over one letter or more; -1 where there is none. */
export function skipLetters(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && isLetter(bytes[at] as number)) at++;
  return at > start ? at : -1;
}

/** `Z`, `UTC`, `GMT`, `+02:00`, `+0200` or `+02`, in seconds east; no place is farther from UTC than 14 hours. */
export function takeOffset(bytes: Buffer, start: number, end: number, fields: Int32Array): number {
  if (start >= end) return -1;
  const sign = bytes[start] as number;
  if (foldCase(sign) === 0x7a) {
    fields[SLOT.offset] = 0;
    return start + 1;
  }
  if (sign !== 0x2b && sign !== 0x2d) return takeUtc(bytes, start, end, fields);
  const hours = readPair(bytes, start + 1, end);
  let at = start + 3;
  let minutes = 0;
  const hasColon = at < end && bytes[at] === 0x3a;
  if (hasColon || (at < end && isDigit(bytes[at] as number))) {
    minutes = readPair(bytes, hasColon ? at + 1 : at, end);
    at += hasColon ? 3 : 2;
  }
  const seconds = hours * 3600 + minutes * 60;
  if (hours < 0 || minutes < 0 || minutes > 59 || seconds > 14 * 3600) return -1;
  fields[SLOT.offset] = sign === 0x2d ? -seconds : seconds;
  return at;
}

/** Nothing may follow: which way `UTC+2` is meant, systems do not agree. */
function takeUtc(bytes: Buffer, start: number, end: number, fields: Int32Array): number {
  if (end - start !== 3 || !/^(utc|gmt)$/i.test(bytes.toString('latin1', start, end))) return -1;
  fields[SLOT.offset] = 0;
  return end;
}

/** Two digits as a number, or -1. */
export function readPair(bytes: Buffer, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const tens = (bytes[at] as number) - 0x30;
  const ones = (bytes[at + 1] as number) - 0x30;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}
