// Aggregates: their query, and their rows for the OpenAPI document. Computes nothing.
import { INTERVALS } from '@cei-inoe/shared/calendar';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { z } from 'zod';
import { listAggregates } from '../repositories/aggregate-sql.ts';
import { needSource, SOURCE_CHOICE } from './measurement.ts';
import { decimal } from './query.ts';

export const MAX_BUCKETS = 10_000;

export const AggregateQuery = needSource(
  z.strictObject({
    ...SOURCE_CHOICE,
    interval: z.enum(INTERVALS).default('day').describe('Calendar intervals of `tz`; weeks begin on Monday.'),
    min_completeness: decimal(0, 1).optional().describe('Leaves out rows with less; 0 to 1.'),
  }),
);
export type AggregateQuery = z.output<typeof AggregateQuery>;

/** Energy is read per hour or per day: two tables that are never mixed. */
export const EnergyAggregateQuery = AggregateQuery.safeExtend({
  granularity: z.enum(['hourly', 'daily']).default('hourly').describe('Which readings are summed.'),
});

export function makeAggregateSchema(dataset: Dataset) {
  const values = listAggregates(dataset).map(
    ({ name, words }) => [name, z.number().nullable().describe(words)] as const,
  );
  const row = z.object({
    datasource_id: z.int(),
    start: z.iso.datetime().describe('Inclusive, cut to `from`.'),
    end: z.iso.datetime().describe('Exclusive, cut to `to`.'),
    local_start: z.iso.datetime({ offset: true }).describe('`start` as the clocks of the zone show it.'),
    ...Object.fromEntries(values),
    expected: z.int().nullable().describe('How many readings there would be without gaps; null where nobody can say.'),
    received: z.int().describe('How many there are.'),
    completeness: z.number().min(0).max(1).nullable().describe('received ÷ expected, at most 1.'),
  });
  return z.object({ data: z.array(row.meta({ id: `Aggregate_${dataset.name}` })) });
}
