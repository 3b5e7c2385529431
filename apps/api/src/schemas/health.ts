// What the service says about itself.
import { z } from 'zod';

export const Health = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    database: z.string().describe('ok, or the code of what is wrong with it.'),
    detail: z.string().optional(),
    version: z.string(),
    uptime_seconds: z.number(),
  })
  .meta({ id: 'Health' });

export const Ready = z.object({ status: z.literal('ready'), migrations: z.int() }).meta({ id: 'Ready' });

export const CatalogueAnswer = z
  .object({
    code: z.string(),
    status: z.int(),
    title: z.string(),
    remedy: z.string(),
    kind: z
      .enum(['fault', 'rejection'])
      .describe('A fault stops a request or a batch, a rejection refuses one record.'),
  })
  .meta({ id: 'ErrorEntry' });
export type CatalogueAnswer = z.output<typeof CatalogueAnswer>;
