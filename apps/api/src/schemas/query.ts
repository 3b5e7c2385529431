// Pieces of query strings: numbers, lists, pages, instants. Text comes in; what cannot be read stays as it is and is refused by name.
import { z } from 'zod';
import { parseMoment } from './moment.ts';

const readInteger = (value: unknown) =>
  typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
const readList = (value: unknown) => (value === undefined || Array.isArray(value) ? value : [value]);

/** A whole number in a query string. */
export const integer = (min: number, max: number) => z.preprocess(readInteger, z.int().min(min).max(max));

export const MAX_ID = 2_147_483_647;
export const MAX_IDS = 1000;

/** An id that fits the table's int4. */
export const id = () => integer(1, MAX_ID);

/** A parameter that may be repeated: `?x=1&x=2`. */
export const repeatable = <T extends z.ZodType>(item: T) => z.preprocess(readList, z.array(item).min(1).max(MAX_IDS));

/** Text that PostgreSQL can store as it is: trimmed, not blank, without NUL and halves of characters. */
export const text = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for
    .regex(/^[^\u0000]*$/, 'must not contain NUL')
    .refine((value) => value.isWellFormed(), 'must not contain half of a character');

/** An instant (RFC 3339 with `Z` or an offset) or a bare date. */
export const moment = () =>
  z.string().transform((value, context) => {
    const parsed = parseMoment(value);
    if (typeof parsed !== 'string') return parsed;
    context.addIssue({ code: 'custom', message: parsed });
    return z.NEVER;
  });

/** An instant alone: RFC 3339 with `Z` or an offset. Becomes the text that PostgreSQL reads without loss. */
export const instant = () =>
  moment().transform((value, context) => {
    if (value.kind === 'instant') return value.at;
    context.addIssue({ code: 'custom', message: 'must be an instant (2025-03-30T01:00:00Z)' });
    return z.NEVER;
  });

/** The paging of lists. Of what is read from text, the document shows only defaults that are given as `prefault`. */
export const PAGE = {
  page: integer(1, 1_000_000).prefault(1).describe('Counted from 1.'),
  page_size: integer(1, 1000).prefault(100).describe('Rows of a page.'),
} as const;

/** A page of a list as it is answered. */
export const pageOf = <T extends z.ZodType>(row: T) =>
  z.object({ data: z.array(row), total: z.int(), page: z.int(), page_size: z.int(), total_pages: z.int() });

/** `field` ascending, `-field` descending. */
export const sortBy = (fields: readonly string[], initial: string) =>
  z
    .enum(fields.flatMap((field) => [field, `-${field}`]))
    .default(initial)
    .describe('A leading minus sorts from high to low.');

/** Splits what `sortBy` accepted. */
export function readSort(sort: string): { field: string; direction: 'asc' | 'desc' } {
  return sort.startsWith('-') ? { field: sort.slice(1), direction: 'desc' } : { field: sort, direction: 'asc' };
}

/** The members of a list's answer beside its rows. */
export function describePage(total: number, query: { page: number; page_size: number }) {
  const { page, page_size } = query;
  return { total, page, page_size, total_pages: Math.ceil(total / page_size) };
}
