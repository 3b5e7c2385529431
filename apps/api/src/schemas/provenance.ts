// Where one reading came from, as requests and answers show it.
import { SOURCE_TYPES } from '@cei-inoe/shared/batches';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { z } from 'zod';
import { makeRowSchema } from './measurement.ts';
import { id, instant, text } from './query.ts';

/** One source and the time of one reading, as measurements give it. */
export function makeProvenanceQuery(dataset: Dataset) {
  const at = dataset.timeKind === 'day' ? z.iso.date() : instant();
  return z
    .strictObject({
      datasource_id: id().optional().describe('The source, by its number.'),
      external_id: text(200).optional().describe('The source, by its name; one of the two must be given.'),
      at: at.describe(`The \`${dataset.time}\` of the reading.`),
    })
    .refine((given) => (given.datasource_id === undefined) !== (given.external_id === undefined), {
      path: ['datasource_id'],
      message: 'one of datasource_id and external_id must be given',
    });
}
export type ProvenanceQuery = z.output<ReturnType<typeof makeProvenanceQuery>>;

const time = z.iso.datetime().nullable();

const Origin = z
  .object({
    batch_id: z.uuid(),
    source_type: z.enum(SOURCE_TYPES),
    source_name: z.string().nullable().describe('Name of the file.'),
    file_sha256: z.string().nullable(),
    submitted_by: z.string().nullable(),
    applied_at: time,
    mapping_name: z.string().nullable(),
    mapping_sha256: z.string().nullable(),
    line: z
      .int()
      .nullable()
      .describe('Of the file; in a workbook the row, in a JSON document the number of the record.'),
    header: z.array(z.string()),
    text: z.string().nullable().describe('The line as it stands in the file.'),
    text_missing: z.string().nullable().describe('Why the line is not shown.'),
    encoding: z.string().nullable(),
    time_format: z.string().nullable(),
    zone: z.string().nullable().describe('The zone in which times without one were read.'),
    columns: z
      .array(
        z.object({
          field: z.string(),
          column: z.string(),
          decimal: z.string().nullable(),
          group: z.string().nullable(),
          conversion: z
            .string()
            .nullable()
            .describe('What the number was calculated with; null: it is stored as written.'),
        }),
      )
      .describe('What became of the columns.'),
    derived: z.unknown().nullable().describe('How readings were made of several lines: counter, mean power, sums.'),
  })
  .meta({ id: 'Origin' });
export type Origin = z.output<typeof Origin>;

export function makeProvenanceSchema(dataset: Dataset) {
  const row = makeRowSchema(dataset);
  const earlier = z.object({
    reading: row,
    since: time.describe('It stood from then on; null where that was not kept.'),
    until: time,
    ended_by: z.uuid().nullable().describe('The batch that took its place, or was taken back.'),
    reason: z.string().nullable(),
    origin: Origin,
  });
  return z
    .object({
      reading: row.nullable().describe('null where the last one was taken back.'),
      origin: Origin.nullable(),
      earlier: z.array(earlier).describe('What stood there before, the youngest first.'),
      kept_from: time.describe('Earlier values that had ended by then are no longer kept; null: all are.'),
    })
    .meta({ id: `Provenance_${dataset.name}` });
}
export type Provenance = z.output<ReturnType<typeof makeProvenanceSchema>>;
