// The forms in which measurements leave, and which of them a request wants. Writes none.
import { negotiate } from '../negotiate.ts';

export const FORMATS = {
  json: 'application/json',
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;

export type Format = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as [Format, ...Format[]];

/** `format` of the query decides, as no browser can be told to send an `Accept`; else `Accept`. */
export function chooseFormat(format: Format | undefined, accept: string | undefined): Format {
  if (format !== undefined) return format;
  const type = negotiate(accept, Object.values(FORMATS) as [string, ...string[]]);
  return FORMAT_NAMES.find((name) => FORMATS[name] === type) ?? 'json';
}

/** Text is UTF-8. */
export const describeType = (format: Format): string =>
  ['parquet', 'xlsx'].includes(format) ? FORMATS[format] : `${FORMATS[format]}; charset=utf-8`;
