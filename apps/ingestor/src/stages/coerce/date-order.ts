// In which orders a date format can be meant: 03/04/2025 is read month first or day first. Reads no times.

import { NAMED_FORMATS } from './time-format.ts';
import { type Field, type PatternPart, parsePattern } from './time-pattern.ts';

export const DATE_ORDERS = ['mdy', 'dmy', 'ymd'] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

const FIELDS: Readonly<Record<DateOrder, readonly Field[]>> = {
  mdy: ['month', 'day', 'year'],
  dmy: ['day', 'month', 'year'],
  ymd: ['year', 'month', 'day'],
};

type FieldPart = PatternPart & { readonly kind: 'field' };

const isDatePart = (part: PatternPart): part is FieldPart =>
  part.kind === 'field' && (part.field === 'year' || part.field === 'month' || part.field === 'day');

/** The order of a format whose date is three numbers with signs between; undefined for all others, which can be meant in one way only. */
export function findOrder(format: string): DateOrder | undefined {
  const dates = listDateParts(format);
  if (dates === undefined) return undefined;
  return DATE_ORDERS.find((order) => FIELDS[order].every((field, i) => dates[i]?.field === field));
}

/** The same format with its date in another order. */
export function reorder(format: string, order: DateOrder): string {
  const dates = listDateParts(format);
  if (dates === undefined) return format;
  const letters = FIELDS[order].map((field) => dates.find((part) => part.field === field)?.letters ?? '');
  let next = 0;
  return parsePattern(format)
    .map((part) => (isDatePart(part) ? (letters[next++] ?? '') : writePart(part)))
    .join('');
}

/**
 * The formats that read some of the same texts as other dates.
 * Nobody writes the year first and then the day, so a year of four digits settles the order when it comes first; one of two digits
 * is seen first with dashes (24-01-05).
 */
export function listRivals(format: string): string[] {
  const order = findOrder(format);
  const dates = listDateParts(format);
  if (order === undefined || dates === undefined) return [];
  const shortYear = dates.some((part) => part.letters === 'yy');
  if (order === 'ymd' && !shortYear) return [];
  const mayLead = shortYear && (order === 'ymd' || /(yy|M|d)-(yy|M|d)/.test(format));
  return DATE_ORDERS.filter((other) => other !== order && (other !== 'ymd' || mayLead)).map((other) =>
    reorder(format, other),
  );
}

function listDateParts(format: string): FieldPart[] | undefined {
  if (NAMED_FORMATS.includes(format)) return undefined;
  const parts = parsePattern(format);
  const dates = parts.filter(isDatePart);
  const touching = parts.some(
    (part, i) => isDatePart(part) && parts[i + 1] !== undefined && isDatePart(parts[i + 1] as PatternPart),
  );
  return touching || dates.some((part) => part.letters.startsWith('MMM')) ? undefined : dates;
}

function writePart(part: PatternPart): string {
  if (part.kind === 'open') return '[';
  if (part.kind === 'close') return ']';
  if (part.kind === 'field') return part.letters;
  return /[A-Za-z'[\]]/.test(part.text) ? `'${part.text.replaceAll("'", "''")}'` : part.text;
}
