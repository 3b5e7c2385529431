// Text to wall clock, by a format fixed for the file. Knows no zones, and guesses no format (time-sniff.ts does).
import { READ, type ReadResult, type TimeReader } from '../../model/coerced.ts';
import { skipBlanks, trimEnd } from './blanks.ts';
import { countDays, DAY_SECONDS, expandYear, NO_DAY } from './calendar.ts';
import { makeDateCache } from './date-cache.ts';
import { EPOCH_FORMATS, isEpochFormat, makeEpochReader } from './epoch-reader.ts';
import { makeIsoReader } from './iso-reader.ts';
import { isSerialFormat, makeSerialReader, SERIAL_FORMATS } from './serial-reader.ts';
import { HALF, makeFields, NO_OFFSET, SLOT } from './time-pieces.ts';
import { compileSteps, runSteps, type TimeProgram } from './time-steps.ts';

/** Formats that are words instead of patterns. */
export const NAMED_FORMATS: readonly string[] = ['iso', ...EPOCH_FORMATS, ...SERIAL_FORMATS];

/**
 * Makes a reader of times written as `format` says: `iso`, `epoch_s`, `epoch_ms`, `serial_1900`, `serial_1904`, or a pattern with the letters of Unicode TR 35
 * (yyyy yy MM MMM dd HH hh mm ss SSS a XXX, text in single quotes, optional seconds in brackets).
 * MM, dd, HH and hh take one or two digits; a blank takes any run of blanks.
 * @throws Fault mapping_invalid where the pattern makes no sense
 */
export function compileTimeFormat(format: string): TimeReader {
  if (format === 'iso') return makeIsoReader();
  if (isEpochFormat(format)) return makeEpochReader(format);
  if (isSerialFormat(format)) return makeSerialReader(format);
  return makePatternReader(compileSteps(format));
}

function makePatternReader(program: TimeProgram): TimeReader {
  const { steps, dateFrom, dateTo } = program;
  const fields = makeFields();
  const cache = makeDateCache(program.dateEndsOpen);

  function read(bytes: Buffer, start: number, stop: number): ReadResult {
    const from = skipBlanks(bytes, start, stop);
    const end = trimEnd(bytes, from, stop);
    if (from === end) return READ.empty;
    clearClock(fields);
    let at = runSteps(steps, 0, dateFrom, bytes, from, end, fields);
    if (at >= 0) at = takeDate(bytes, at, end);
    if (at >= 0) at = runSteps(steps, dateTo, steps.length, bytes, at, end, fields);
    if (at !== end) return READ.invalid;
    const seconds = countSeconds(fields, program.halfDays);
    if (seconds < 0) return READ.invalid;
    const offset = fields[SLOT.offset] as number;
    reader.localSeconds = cache.days * DAY_SECONDS + seconds;
    reader.microseconds = fields[SLOT.micros] as number;
    reader.offsetSeconds = offset === NO_OFFSET ? Number.NaN : offset;
    return READ.value;
  }

  function takeDate(bytes: Buffer, start: number, end: number): number {
    const known = program.dateIsWhole ? cache.match(bytes, start, end) : -1;
    if (known >= 0) return known;
    const at = runSteps(steps, dateFrom, dateTo, bytes, start, end, fields);
    if (at < 0) return -1;
    const year = fields[SLOT.year] as number;
    const days = countDays(
      program.shortYear ? expandYear(year) : year,
      fields[SLOT.month] as number,
      fields[SLOT.day] as number,
    );
    if (days === NO_DAY) return -1;
    cache.store(bytes, start, at, days);
    return at;
  }

  const reader: TimeReader = { localSeconds: 0, microseconds: 0, offsetSeconds: Number.NaN, read };
  return reader;
}

/** Property by property: fill() costs more than the whole date. */
function clearClock(fields: Int32Array): void {
  fields[SLOT.hour] = 0;
  fields[SLOT.minute] = 0;
  fields[SLOT.second] = 0;
  fields[SLOT.micros] = 0;
  fields[SLOT.offset] = NO_OFFSET;
}

/** Seconds since midnight; 24:00 is the end of the day; -1 where no clock shows such a time. */
function countSeconds(fields: Int32Array, halfDays: boolean): number {
  const minute = fields[SLOT.minute] as number;
  const second = fields[SLOT.second] as number;
  let hour = fields[SLOT.hour] as number;
  if (minute > 59 || second > 59) return -1;
  if (halfDays) {
    if (hour < 1 || hour > 12) return -1;
    hour = (hour % 12) + (fields[SLOT.half] === HALF.pm ? 12 : 0);
  } else if (hour > 23 && (hour > 24 || minute > 0 || second > 0 || (fields[SLOT.micros] as number) > 0)) return -1;
  return hour * 3600 + minute * 60 + second;
}
