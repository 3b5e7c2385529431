// Reads instants written as a count of seconds or milliseconds since 1970-01-01T00:00Z. They are UTC: the offset is known, 0.
import { READ, type ReadResult, type TimeReader } from '../../model/coerced.ts';
import { skipBlanks, trimEnd } from './blanks.ts';
import { countDays, DAY_SECONDS, FIRST_YEAR, LAST_YEAR } from './calendar.ts';
import { makeFields, SLOT, takeFraction } from './time-pieces.ts';

export const EPOCH_FORMATS = ['epoch_s', 'epoch_ms'] as const;
export type EpochFormat = (typeof EPOCH_FORMATS)[number];

export const isEpochFormat = (format: string): format is EpochFormat =>
  (EPOCH_FORMATS as readonly string[]).includes(format);

const FIRST_SECOND = countDays(FIRST_YEAR, 1, 1) * DAY_SECONDS;
const LAST_SECOND = (countDays(LAST_YEAR, 12, 31) + 1) * DAY_SECONDS - 1;

/** Digits with a sign or without; seconds may have a fraction (1735689600.25), milliseconds may not. */
export function makeEpochReader(format: EpochFormat): TimeReader {
  const perSecond = format === 'epoch_ms' ? 1000 : 1;
  const fields = makeFields();

  function read(bytes: Buffer, start: number, stop: number): ReadResult {
    const from = skipBlanks(bytes, start, stop);
    const end = trimEnd(bytes, from, stop);
    if (from === end) return READ.empty;
    const negative = bytes[from] === 0x2d;
    let at = negative ? from + 1 : from;
    const first = at;
    let count = 0;
    for (; at < end && at - first < 15; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      count = count * 10 + digit;
    }
    fields[SLOT.micros] = 0;
    if (at === first) return READ.invalid;
    if (at < end && perSecond === 1 && bytes[at] === 0x2e) at = takeFraction(bytes, at + 1, end, fields);
    return at === end ? finish(count, negative) : READ.invalid;
  }

  function finish(count: number, negative: boolean): ReadResult {
    const micros = (count % perSecond) * (1_000_000 / perSecond) + (fields[SLOT.micros] as number);
    const seconds = Math.floor(count / perSecond);
    // The fraction of a negative count points to the past: one second more of it, and the rest forward again.
    reader.localSeconds = negative ? (micros > 0 ? -seconds - 1 : 0 - seconds) : seconds;
    reader.microseconds = negative && micros > 0 ? 1_000_000 - micros : micros;
    return reader.localSeconds >= FIRST_SECOND && reader.localSeconds <= LAST_SECOND ? READ.value : READ.invalid;
  }

  const reader: TimeReader = { localSeconds: 0, microseconds: 0, offsetSeconds: 0, read };
  return reader;
}
