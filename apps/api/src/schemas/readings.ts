// Readings that are handed in over the API, and what became of them.
import type { Dataset } from '@cei-inoe/shared/datasets';
import { z } from 'zod';
import { Batch, Rejection } from './batch.ts';

/** So many come as a JSON array; NDJSON has no limit but that of files. */
export const MAX_READINGS = 10_000;

/** A reading under the names of the answers; what is wrong with its values is told per line, by the load. */
function makeReadingSchema(dataset: Dataset) {
  const scalar = z.union([z.number(), z.string().max(100), z.null()]);
  const measures = dataset.measures.map(({ name, unit }) => [name, scalar.optional().describe(unit)] as const);
  return z
    .strictObject({
      external_id: z.string().min(1).max(200),
      [dataset.time]: z
        .string()
        .max(100)
        .describe(
          dataset.timeKind === 'day' ? 'YYYY-MM-DD' : 'RFC 3339; without an offset in the zone of the datasource.',
        ),
      ...Object.fromEntries(measures),
    })
    .meta({ id: `Reading_${dataset.name}` });
}

export const ReadingsQuery = z.strictObject({
  force: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Load although the same readings were handed in before: what was changed since is changed back.'),
});

export const makeReadingsBody = (dataset: Dataset) => z.array(makeReadingSchema(dataset)).min(1).max(MAX_READINGS);

export const ReadingsResult = z
  .object({
    batch: Batch,
    rejections: z.array(Rejection).describe('The first 1,000; `line` is the number of the reading, from 1.'),
  })
  .meta({
    id: 'ReadingsResult',
    description: 'The readings are a batch like any other: it can be found, undone and replayed.',
  });
