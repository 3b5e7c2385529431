// Reads ISO 8601 as data files have it: yyyy-MM-dd, alone or with T or blanks, H:mm or HH:mm[:ss[.fraction]] and an offset.
import { READ, type ReadResult, type TimeReader } from '../../model/coerced.ts';
import { measureBlank, skipBlanks, trimEnd } from './blanks.ts';
import { countDays, DAY_SECONDS, NO_DAY } from './calendar.ts';
import { makeDateCache } from './date-cache.ts';
import { makeFields, NO_OFFSET, readPair, SLOT, takeFraction, takeOffset } from './time-pieces.ts';

const DASH = 0x2d;
const COLON = 0x3a;
const DATE_BYTES = 10;

/** 24:00 is the end of the day; a sixtieth second, an impossible date and years outside 1900…2200 are invalid. */
export function makeIsoReader(): TimeReader {
  const fields = makeFields();
  const cache = makeDateCache(false);

  function read(bytes: Buffer, start: number, stop: number): ReadResult {
    const from = skipBlanks(bytes, start, stop);
    const end = trimEnd(bytes, from, stop);
    if (from === end) return READ.empty;
    let at = cache.match(bytes, from, end);
    if (at < 0) at = takeDate(bytes, from, end);
    if (at < 0) return READ.invalid;
    fields[SLOT.micros] = 0;
    fields[SLOT.offset] = NO_OFFSET;
    let seconds = 0;
    if (at < end) {
      at = skipSeparator(bytes, at, end);
      seconds = takeClock(bytes, at, end, fields);
      if (seconds < 0) return READ.invalid;
    }
    const offset = fields[SLOT.offset] as number;
    reader.localSeconds = cache.days * DAY_SECONDS + seconds;
    reader.microseconds = fields[SLOT.micros] as number;
    reader.offsetSeconds = offset === NO_OFFSET ? Number.NaN : offset;
    return READ.value;
  }

  function takeDate(bytes: Buffer, at: number, end: number): number {
    const stop = at + DATE_BYTES;
    if (stop > end || bytes[at + 4] !== DASH || bytes[at + 7] !== DASH) return -1;
    const century = readPair(bytes, at, end);
    const year = readPair(bytes, at + 2, end);
    if (century < 0 || year < 0) return -1;
    const days = countDays(century * 100 + year, readPair(bytes, at + 5, end), readPair(bytes, at + 8, end));
    if (days === NO_DAY) return -1;
    cache.store(bytes, at, stop, days);
    return stop;
  }

  const reader: TimeReader = { localSeconds: 0, microseconds: 0, offsetSeconds: Number.NaN, read };
  return reader;
}

/** Behind the T or the blanks between date and time; the end where there is neither. */
function skipSeparator(bytes: Buffer, at: number, end: number): number {
  if (((bytes[at] as number) | 0x20) === 0x74) return at + 1;
  return measureBlank(bytes, at, end) > 0 ? skipBlanks(bytes, at, end) : end;
}

/** Seconds since midnight of the clock that fills `bytes[start..end)`, or -1. The fraction and the offset go into the fields. */
function takeClock(bytes: Buffer, start: number, end: number, fields: Int32Array): number {
  // Spreadsheets write 9:00 where the standard has 09:00.
  const colon = start + 1 < end && bytes[start + 1] === COLON ? start + 1 : start + 2;
  const hour = colon === start + 1 ? readDigit(bytes[start] as number) : readPair(bytes, start, end);
  const minute = colon < end && bytes[colon] === COLON ? readPair(bytes, colon + 1, end) : -1;
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59) return -1;
  let at = colon + 3;
  let second = 0;
  if (at < end && bytes[at] === COLON) {
    second = readPair(bytes, at + 1, end);
    if (second < 0 || second > 59) return -1;
    at += 3;
    if (at < end && (bytes[at] === 0x2e || bytes[at] === 0x2c)) at = takeFraction(bytes, at + 1, end, fields);
  }
  if (at >= 0 && at < end) at = takeOffset(bytes, skipBlanks(bytes, at, end), end, fields);
  if (at !== end) return -1;
  if (hour === 24 && (minute > 0 || second > 0 || (fields[SLOT.micros] as number) > 0)) return -1;
  return hour * 3600 + minute * 60 + second;
}

/** One digit as a number, or -1. */
const readDigit = (byte: number): number => (byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : -1);
