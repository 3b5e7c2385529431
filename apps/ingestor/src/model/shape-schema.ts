// The form of the keys that reshape records and derive rows from readings, as zod types. Says what may be written, not what it means.
import { z } from 'zod';

const text = z.string().min(1).max(500);
const texts = z.array(text).max(200);

/** `15min`, `1h`, `900s`, `1d` */
const interval = z.string().regex(/^[1-9]\d{0,5} ?(s|min|h|d)$/, 'a length such as 15min, 1h or 1d');

export const rowFilters = z.record(text, text).default({});

export const unpivot = z.strictObject({
  /** Every column whose header matches becomes a record of its own; named groups become columns. */
  columns: text,
  to: text,
  unit: text.optional(),
  decimal: z.enum(['.', ',']).optional(),
  group: z.enum(['', '.', ',', ' ', "'"]).optional(),
  nulls: z.array(z.string().max(500)).max(200).optional(),
  when_missing: z.literal('skip').optional(),
});

export const VALUE_KINDS = ['interval', 'counter', 'mean_power'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

export const values = z.strictObject({
  kind: z.enum(VALUE_KINDS).default('interval'),
  unit: text.optional(),
  interval: interval.optional(),
  /** The first value that the counter cannot show, in the unit of the file. */
  rollover_at: z.number().positive().optional(),
  max_power_kw: z.number().positive().optional(),
});

export const HOWS = ['sum', 'mean', 'max', 'min'] as const;
export type How = (typeof HOWS)[number];
const how = z.enum(HOWS);

export const aggregate = z.strictObject({
  to: z.enum(['hour', 'day']),
  /** For all fields, or field by field. */
  how: z.union([how, z.record(text, how)]).default('sum'),
  min_share: z.number().min(0).max(1).default(1),
  parts: texts.default([]),
  count: text.optional(),
});

export const OPERATORS = ['<=', '<', '>=', '>', '==', '!='] as const;
export type Operator = (typeof OPERATORS)[number];

export const comparison = z.strictObject({
  field: text,
  op: z.enum(OPERATORS),
  to: z.union([text, z.number()]),
});

/** A day as the user gives it. */
const day = z.iso.date();

export const mappingTest = z
  .strictObject({
    header: text.optional(),
    rows: z.array(z.string()).min(1).optional(),
    /** The text of a whole file, instead of `header` and `rows`. */
    file: z.string().min(1).max(100_000).optional(),
    /** The name that the file has. */
    name: text.optional(),
    /** The day that is given with it. */
    date: day.optional(),
    zone: text.optional(),
    expect: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))).optional(),
    rejects: z.array(z.strictObject({ line: z.number().int().optional(), code: text })).optional(),
    skipped: z.number().int().min(0).optional(),
    /** The code for which the whole file is refused. */
    fails: text.optional(),
  })
  .refine((test) => (test.rows === undefined) !== (test.file === undefined), 'a test has either rows or file');
