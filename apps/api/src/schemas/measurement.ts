// Measurement reads: their query, and the rows of each dataset for the OpenAPI document. Rows are not parsed by it.
import type { Dataset } from '@cei-inoe/shared/datasets';
import { z } from 'zod';
import { id, integer, moment, repeatable, text } from './query.ts';

export const MAX_ROWS = 10_000;

export const MeasurementQuery = z
  .strictObject({
    datasource_id: repeatable(id()).optional().describe('May be repeated.'),
    external_id: repeatable(text(200)).optional().describe('May be repeated; the same as datasource_id, by name.'),
    client: text(200)
      .optional()
      .describe('All sources of this client; with ids, only those of them that belong to it.'),
    from: moment().optional().describe('Inclusive. RFC 3339, or a date: midnight in `tz`.'),
    to: moment().optional().describe('Exclusive. RFC 3339, or a date: midnight in `tz`.'),
    tz: text(100).optional().describe('Zone of bare dates; else the zone of each source, else UTC.'),
    cursor: z.string().max(500).optional().describe('`next_cursor` of the page before, with the same query.'),
    limit: integer(1, MAX_ROWS).default(1000).describe('Rows of a JSON page; CSV and NDJSON have no limit.'),
  })
  .refine((query) => query.datasource_id ?? query.external_id ?? query.client, {
    path: ['datasource_id'],
    message: 'one of datasource_id, external_id and client must be given',
  });
export type MeasurementQuery = z.output<typeof MeasurementQuery>;

/** A page of `dataset`, as JSON. */
export function makePageSchema(dataset: Dataset) {
  const measures = dataset.measures.map(({ name, required, unit }) => {
    const value = z.number();
    return [name, (required ? value : value.nullable()).describe(unit)] as const;
  });
  const row = z.object({
    datasource_id: z.int(),
    [dataset.time]: dataset.timeKind === 'day' ? z.iso.date() : z.iso.datetime(),
    ...Object.fromEntries(measures),
    batch_id: z.uuid().describe('The load that the row came from.'),
    source_row: z.int().nullable().describe('Line of the file.'),
    quality: z.int(),
  });
  return z.object({
    data: z.array(row.meta({ id: `Measurement_${dataset.name}` })),
    next_cursor: z.string().nullable().describe('null on the last page.'),
  });
}
