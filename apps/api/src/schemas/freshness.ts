// Freshness and gaps as requests and answers show them.
import { FRESHNESS_STATES } from '@cei-inoe/shared/freshness';
import { DEFAULT_TOLERANCE } from '@cei-inoe/shared/gaps';
import { z } from 'zod';
import { decimal, id, instant, moment, repeatable, text } from './query.ts';

const optionalInstant = z.iso.datetime().nullable();
const seconds = z.number().nullable();

export const FreshnessQuery = z.strictObject({
  datasource_id: repeatable(id()).optional().describe('May be repeated; else all.'),
  client: text(200).optional().describe('Those of this client.'),
  at: instant().optional().describe('As it was then; now where it is not given.'),
});

export const FreshnessList = z.object({
  data: z.array(
    z.object({
      datasource_id: z.int(),
      external_id: z.string(),
      name: z.string(),
      client: z.string().nullable(),
      timezone: z.string().nullable(),
      dataset: z.string().nullable().describe('Null for a source without any reading.'),
      state: z
        .enum(FRESHNESS_STATES)
        .describe('`late` after `due_at`; `unexpected`: the source is offline or in maintenance.'),
      last_reading: optionalInstant.describe('A local day counts as its end.'),
      last_loaded_at: optionalInstant,
      age_seconds: seconds,
      step_seconds: seconds.describe('The most frequent distance of its last readings.'),
      delivery_seconds: seconds.describe('The median distance of its deliveries, in the time of the readings.'),
      due_at: optionalInstant.describe('One and a half deliveries and two steps after the last reading.'),
    }),
  ),
});

const day = (meaning: string) =>
  moment()
    .transform((value, context) => {
      if (value.kind === 'day') return value.day;
      context.addIssue({ code: 'custom', message: 'must be a date (2025-03-30)' });
      return z.NEVER;
    })
    .optional()
    .describe(meaning);

export const GapQuery = z.strictObject({
  from: day('First local day; without it, the first reading.'),
  to: day('The local day after the last; without it, the last reading.'),
  tolerance: decimal(0, 100).prefault(DEFAULT_TOLERANCE).describe('Per cent of the reading of a day.'),
});

export const GapList = z.object({
  gaps: z.array(
    z.object({
      datasource_id: z.int(),
      external_id: z.string(),
      dataset: z.string(),
      unit: z.enum(['hour', 'day']),
      missing: z.int().describe('Hours of the clock, or days, without a reading.'),
      whole_days: z.int(),
      local_from: z.string(),
      local_to: z.string(),
      from: z.iso.datetime(),
      to: z.iso.datetime(),
    }),
  ),
  disagreements: z.array(
    z.object({
      datasource_id: z.int(),
      external_id: z.string(),
      day: z.string(),
      daily_kwh: z.number(),
      hours_kwh: z.number(),
      difference_kwh: z.number(),
      hours: z.int(),
      expected_hours: z.int(),
    }),
  ),
});
