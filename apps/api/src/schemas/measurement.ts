// Measurement reads: their query, and the rows of each dataset for the OpenAPI document. Rows are not parsed by it.
import type { Dataset } from '@cei-inoe/shared/datasets';
import { z } from 'zod';
import { FORMAT_NAMES } from '../exports/formats.ts';
import { id, inOrder, instant, integer, moment, repeatable, text } from './query.ts';

export const MAX_ROWS = 10_000;

/** Which sources and which time: what every read of measurements begins with. */
export const SOURCE_CHOICE = {
  datasource_id: repeatable(id()).optional().describe('May be repeated.'),
  external_id: repeatable(text(200)).optional().describe('May be repeated; the same as datasource_id, by name.'),
  client: text(200).optional().describe('All sources of this client; with ids, only those of them that belong to it.'),
  from: moment().optional().describe('Inclusive. RFC 3339, or a date: midnight in `tz`.'),
  to: moment().optional().describe('Exclusive. RFC 3339, or a date: midnight in `tz`.'),
  tz: text(100).optional().describe('Zone of bare dates; else the zone of each source, else UTC.'),
  as_of: instant().optional().describe('Reads what the tables said at this instant, before later loads and undos.'),
} as const;

const Choice = z.object(SOURCE_CHOICE);
export type SourceChoice = z.output<typeof Choice>;

/** No read takes everything of everybody by mistake. */
export const needSource = <T extends z.ZodType<SourceChoice>>(query: T): T =>
  inOrder(query, 'local').refine((given) => given.datasource_id ?? given.external_id ?? given.client, {
    path: ['datasource_id'],
    message: 'one of datasource_id, external_id and client must be given',
  });

export const MeasurementQuery = needSource(
  z.strictObject({
    ...SOURCE_CHOICE,
    cursor: z.string().max(500).optional().describe('`next_cursor` of the page before, with the same query.'),
    format: z
      .enum(FORMAT_NAMES)
      .optional()
      .describe('The form of the answer; stands over `Accept`. All but json have all rows; xlsx up to 100,000.'),
    limit: integer(1, MAX_ROWS).prefault(1000).describe('Rows of a JSON page; the other forms have all rows.'),
  }),
);
export type MeasurementQuery = z.output<typeof MeasurementQuery>;

/** A row of `dataset`. */
export function makeRowSchema(dataset: Dataset) {
  const measures = dataset.measures.map(({ name, required, unit }) => {
    const value = z.number();
    return [name, (required ? value : value.nullable()).describe(unit)] as const;
  });
  return z
    .object({
      datasource_id: z.int(),
      [dataset.time]: dataset.timeKind === 'day' ? z.iso.date() : z.iso.datetime(),
      ...Object.fromEntries(measures),
      batch_id: z.uuid().describe('The load that the row came from.'),
      source_row: z.int().nullable().describe('Line of the file.'),
      quality: z.int(),
    })
    .meta({ id: `Measurement_${dataset.name}` });
}

/** A page of `dataset`, as JSON. */
export function makePageSchema(dataset: Dataset) {
  return z.object({
    data: z.array(makeRowSchema(dataset)),
    next_cursor: z.string().nullable().describe('null on the last page.'),
  });
}

/** The last row of each source. */
export const makeLatestSchema = (dataset: Dataset) => z.object({ data: z.array(makeRowSchema(dataset)) });

const number = z.number().nullable();

/** Number and extent of the readings of each source, and the extremes of each measure. */
export function makeStatsSchema(dataset: Dataset) {
  const members = { received: z.int(), min: number, max: number, mean: number, stddev: number };
  const measure = z.object(dataset.dataType === 'energy' ? { ...members, sum: number } : members);
  const time = dataset.timeKind === 'day' ? z.iso.date() : z.iso.datetime();
  const row = z.object({
    datasource_id: z.int(),
    rows: z.int(),
    first: time.nullable(),
    last: time.nullable(),
    measures: z.object(Object.fromEntries(dataset.measures.map(({ name }) => [name, measure]))),
  });
  return z.object({ data: z.array(row.meta({ id: `Stats_${dataset.name}` })) });
}

/** Of sources and time alone. */
export const ChoiceQuery = needSource(z.strictObject(SOURCE_CHOICE));
export const EnergyChoiceQuery = ChoiceQuery.safeExtend({
  granularity: z.enum(['hourly', 'daily']).default('hourly').describe('Which readings are looked at.'),
});
