// Pieces of query strings: numbers, lists, pages, instants. Text comes in; what cannot be read stays as it is and is refused by name.
import { Fault } from '@cei-inoe/shared/errors';
import { z } from 'zod';
import { type Moment, parseMoment } from './moment.ts';

const readInteger = (value: unknown) =>
  typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
const readList = (value: unknown) => (value === undefined || Array.isArray(value) ? value : [value]);

/** A whole number in a query string. */
export const integer = (min: number, max: number) => z.preprocess(readInteger, z.int().min(min).max(max));

const readDecimal = (value: unknown) =>
  typeof value === 'string' && /^\d*\.?\d+$/.test(value) ? Number(value) : value;

/** A number in a query string, in plain decimals. */
export const decimal = (min: number, max: number) => z.preprocess(readDecimal, z.number().min(min).max(max));

/** The query of a route that takes none: what is misspelt, or belongs into the body, must not be passed over. */
export const NO_QUERY = z.strictObject({});

export const MAX_ID = 2_147_483_647;
export const MAX_IDS = 1000;

/** An id that fits the table's int4. */
export const id = () => integer(1, MAX_ID);

/** A parameter that may be repeated: `?x=1&x=2`. */
export const repeatable = <T extends z.ZodType>(item: T) => z.preprocess(readList, z.array(item).min(1).max(MAX_IDS));

/** What PostgreSQL cannot store: NUL, and halves of a character, which it would get as another one. undefined where there is none. */
function findUnstorable(given: string): string | undefined {
  if (given.includes('\0')) return 'must not contain NUL';
  return given.isWellFormed() ? undefined : 'must not contain half a surrogate pair';
}

/** Text: trimmed, not blank, and such as can be stored. */
export const text = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for; the document shows a pattern, and no refinement
    .regex(/^[^\u0000]*$/, 'must not contain NUL')
    .refine((given) => given.isWellFormed(), 'must not contain half a surrogate pair');

const MAX_DEPTH = 32;

/** What is wrong with a value of JSON that is to be stored as it is; undefined where nothing is. */
function findBadJson(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return findUnstorable(value);
  // JSON.parse reads 1e999 as Infinity, which would be written as null.
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'must not contain numbers over 1.8e308';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH}`;
  for (const [name, member] of Object.entries(value)) {
    const message = findUnstorable(name) ?? findBadJson(member, depth + 1);
    if (message !== undefined) return message;
  }
  return undefined;
}

/** An object of any members that can be stored and comes back the same. */
export const jsonObject = () =>
  z.record(z.string(), z.unknown()).superRefine((given, context) => {
    const message = findBadJson(given);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

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

const readMs = (bound: Moment): number => Date.parse(bound.kind === 'day' ? `${bound.day}T00:00:00Z` : bound.at);

/**
 * Refuses a range that ends before it begins. A day and an instant can be compared only where days are those of UTC; elsewhere it takes the zone.
 */
export const inOrder = <T extends z.ZodType<{ from?: Moment | undefined; to?: Moment | undefined }>>(
  query: T,
  days: 'utc' | 'local',
): T =>
  query.refine(
    ({ from, to }) => {
      if (from === undefined || to === undefined || (days === 'local' && from.kind !== to.kind)) return true;
      return readMs(from) <= readMs(to);
    },
    { path: ['to'], message: 'lies before from' },
  );

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

/** The members of a list's answer beside its rows. The first page is there also where nothing is. @throws Fault page_beyond_end */
export function describePage(total: number, query: { page: number; page_size: number }) {
  const { page, page_size } = query;
  const pages = Math.ceil(total / page_size);
  if (page > Math.max(1, pages)) {
    const message = `must be at most ${Math.max(1, pages)}`;
    throw new Fault('page_beyond_end', `There is no page ${page}.`, { errors: [{ field: 'page', message }] });
  }
  return { total, page, page_size, total_pages: pages };
}
