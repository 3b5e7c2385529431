// Reads the serial dates of spreadsheets where they come as plain numbers (45731.5): days, and their fraction, on the wall clock.
import { READ, type ReadResult, type TimeReader } from '../../model/coerced.ts';
import { countDays, DAY_SECONDS, FIRST_YEAR, LAST_YEAR } from './calendar.ts';

export const SERIAL_FORMATS = ['serial_1900', 'serial_1904'] as const;
export type SerialFormat = (typeof SERIAL_FORMATS)[number];

export const isSerialFormat = (format: string): format is SerialFormat =>
  (SERIAL_FORMATS as readonly string[]).includes(format);

/** Serial of 1970-01-01 in each system. */
const EPOCH = { serial_1900: 25_569, serial_1904: 24_107 } as const;
/** In the 1900 system days count a 29 February that never was; serials up to it are taken for slips. */
const FIRST_SERIAL = { serial_1900: 61, serial_1904: 0 } as const;
const FIRST_DAY = countDays(FIRST_YEAR, 1, 1);
const LAST_DAY = countDays(LAST_YEAR, 12, 31);
const SERIAL = /^\d{1,6}(?:[.,]\d{1,15})?$/;

/** Digits with a decimal point or comma, to the nearest second, as five decimals tell no more. */
export function makeSerialReader(format: SerialFormat): TimeReader {
  function read(bytes: Buffer, start: number, stop: number): ReadResult {
    const text = bytes.toString('latin1', start, stop).trim();
    if (text === '') return READ.empty;
    if (!SERIAL.test(text)) return READ.invalid;
    const serial = Number(text.replace(',', '.'));
    const seconds = Math.round((serial - EPOCH[format]) * DAY_SECONDS);
    const day = Math.floor(seconds / DAY_SECONDS);
    if (serial < FIRST_SERIAL[format] || day < FIRST_DAY || day > LAST_DAY) return READ.invalid;
    reader.localSeconds = seconds;
    return READ.value;
  }

  const reader: TimeReader = { localSeconds: 0, microseconds: 0, offsetSeconds: Number.NaN, read };
  return reader;
}
