// The form of a mapping file, as zod types. Says what may be written, not what it means.
import { DATASET_NAMES } from '@cei-inoe/shared/datasets';
import { z } from 'zod';
import { aggregate, comparison, mappingTest, rowFilters, unpivot, values } from './shape-schema.ts';

const text = z.string().min(1).max(500);
const texts = z.array(z.string().max(500)).max(200);

/** `{ to, aliases, unit, … }`, or just the name of the field. */
const column = z.union([
  text,
  z.strictObject({
    to: text,
    aliases: texts.default([]),
    /** Pattern of the header, where its text differs from file to file. */
    matches: text.optional(),
    unit: text.optional(),
    decimal: z.enum(['.', ',']).optional(),
    group: z.enum(['', '.', ',', ' ', "'"]).optional(),
    nulls: texts.optional(),
    /** An empty cell wipes the stored value. */
    erase: z.boolean().default(false),
    /** Added to the other columns that go to the same field. */
    add: z.boolean().default(false),
    /** A record without a value here is skipped. */
    when_missing: z.literal('skip').optional(),
  }),
]);

const constraint = z.strictObject({
  min: z.number().optional(),
  max: z.number().optional(),
  allowed: z.array(z.union([z.string(), z.number()])).optional(),
  /** Of the text of the cell. */
  pattern: text.optional(),
});

export const STRATEGIES = ['update', 'ignore', 'fail', 'append'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export const GRANULARITIES = ['hourly', 'daily', 'raw', 'other'] as const;

const datasource = z.union([
  z.strictObject({ from: z.enum(['filename', 'option']) }),
  z.strictObject({ from: z.literal('column'), name: z.union([text, z.array(text).min(1).max(10)]) }),
  z.strictObject({ from: z.literal('constant'), name: text }),
]);

const time = z.strictObject({
  format: z.union([text, z.array(text).min(1).max(20)]).optional(),
  order: z.enum(['mdy', 'dmy', 'ymd']).optional(),
  /** `datasource`, an IANA name, or an offset such as -08:00 (east positive). */
  zone: text.default('datasource'),
  label: z.enum(['start', 'end']).default('start'),
  ambiguous: z.enum(['sequence', 'first', 'second', 'reject']).default('sequence'),
  nonexistent: z.enum(['reject', 'shift']).default('reject'),
  /** The time is the texts of these columns, joined by a blank. */
  columns: z.array(text).min(1).max(10).optional(),
  /** The day is not in the records: it is in the name of the file, or given with it. */
  from: z.enum(['filename', 'option']).optional(),
});

const file = z.strictObject({
  format: z.enum(['auto', 'csv', 'workbook', 'json', 'ndjson']).default('auto'),
  encoding: z.enum(['auto', 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252']).default('auto'),
  delimiter: z.union([z.literal('auto'), z.string().length(1)]).default('auto'),
  quote: z.union([z.string().length(1), z.literal('')]).default('"'),
  /** 1-based, after skip_rows; unset: the first record that has the headers. */
  header_row: z.number().int().min(1).max(1000).optional(),
  /** The names of a column stand in so many rows, one over the other. */
  header_rows: z.number().int().min(1).max(10).default(1),
  /** Names of the columns of a file that has no header row. */
  header: z.array(text).min(2).max(1000).optional(),
  /** Path of the array of records in a JSON document. */
  records: z.string().max(500).optional(),
  skip_rows: z.number().int().min(0).max(10_000).default(0),
  footer: texts.default([]),
  sheet: z.union([text, z.number().int().min(1)]).default(1),
  carry: z.record(text, text).default({}),
  only: texts.default([]),
});

export const mappingSchema = z.strictObject({
  dataset: z.enum(DATASET_NAMES),
  granularity: z.enum(GRANULARITIES).optional(),
  columns: z.record(text, column).default({}),
  coercions: z.record(text, z.enum(['datetime', 'date', 'float', 'integer', 'int', 'string'])).default({}),
  validation_rules: z
    .strictObject({
      schema: z.strictObject({ required: z.array(text).default([]) }).prefault({}),
      constraints: z.record(text, constraint).default({}),
      compare: z.array(comparison).max(50).default([]),
    })
    .prefault({}),
  conflict_resolution: z
    .strictObject({
      strategy: z.enum(STRATEGIES).default('update'),
      on_columns: z.array(text).optional(),
      update_columns: z.array(text).optional(),
    })
    .prefault({}),
  foreign_keys: z.strictObject({ batch_id: z.literal('{{ batch_id }}').optional() }).prefault({}),
  target_table: text.optional(),
  match: z.strictObject({ headers: texts.optional(), filename: text.optional() }).prefault({}),
  file: file.prefault({}),
  datasource: datasource.default({ from: 'filename' }),
  time: time.prefault({}),
  on_error: z
    .strictObject({ max_rejects: z.number().int().min(0).optional(), max_share: z.number().min(0).max(1).optional() })
    .prefault({}),
  rows: rowFilters,
  unpivot: unpivot.optional(),
  values: values.optional(),
  aggregate: aggregate.optional(),
  tests: z.array(mappingTest).default([]),
});

export type MappingFile = z.output<typeof mappingSchema>;
