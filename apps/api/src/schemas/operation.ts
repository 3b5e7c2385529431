// Undos, redos and replays as requests and answers show them.
import { z } from 'zod';
import { integer, text } from './query.ts';

export const OPERATIONS = ['undo', 'redo', 'replay'] as const;
const STATUSES = ['pending', 'processing', 'completed', 'failed'] as const;

const dryRun = z.boolean().default(false).describe('Count what would change, and keep nothing.');

export const TurnRequest = z.strictObject({ dry_run: dryRun }).meta({ id: 'TurnRequest' });

export const ReplayRequest = z
  .strictObject({
    mapping: text(200).optional().describe('Name of the mapping; else that of the batch, as it is today.'),
    datasource: text(200)
      .optional()
      .describe('external_id or alias; else what was said with the file, or what its name says.'),
    date_order: z.enum(['mdy', 'dmy', 'ymd']).optional(),
    date: z.iso.date().optional().describe('The day of a file whose records do not say it.'),
    force: z.boolean().optional().describe('Also where another batch has the same bytes.'),
    dry_run: dryRun,
    preview: z.boolean().default(false).describe('The same as dry_run.'),
  })
  .meta({ id: 'ReplayRequest' });
export type ReplayRequest = z.output<typeof ReplayRequest>;

const count = z.int().min(0);
const values = z.record(z.string(), z.number().nullable());

/** What an ingestor wrote down. A failed operation has the code and the message of its fault instead. */
const Result = z
  .looseObject({
    removed: count.optional().describe('Readings that are gone from the table.'),
    changed: count.optional().describe('Readings with other values.'),
    added: count.optional(),
    unchanged: count.optional().describe('Readings that keep their values, and got another batch or line behind them.'),
    reread: count.optional().describe('How many batches were read again.'),
    examples: z
      .array(z.object({ datasource: z.string(), time: z.string(), before: values, after: values.nullable() }))
      .optional()
      .describe('Of a dry run or replay: at most ten readings that change, and ten that go (`after` is null).'),
    replaced: z
      .uuid()
      .nullish()
      .describe('Of the undo of a replay: the batch that it had replaced, which stays undone.'),
    new_batch_id: z.uuid().nullish().describe('Of a replay: the new batch; null for a dry run.'),
    was: z.string().optional().describe('Of a replay: the status of the old batch before.'),
    records: z
      .object({ read: count, inserted: count, updated: count, unchanged: count, skipped: count, rejected: count })
      .loose()
      .optional()
      .describe('Of a replay: what became of the records of the file, at its place in the order.'),
    code: z.string().optional(),
    message: z.string().optional(),
  })
  .nullable();

export const Operation = z
  .object({
    id: z.int(),
    batch_id: z.uuid().describe('The batch that it was asked of; of a replay, the old one.'),
    operation: z.enum(OPERATIONS),
    status: z.enum(STATUSES),
    dry_run: z.boolean(),
    options: z.unknown().describe('What was asked.'),
    result: Result.describe('null until it is done.'),
    created_at: z.iso.datetime(),
    completed_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Operation', description: 'An undo, redo or replay, done by an ingestor.' });
export type Operation = z.output<typeof Operation>;

export const OperationParams = z.strictObject({
  batch_id: z.uuid().toLowerCase().describe('The batch that it was asked of.'),
  operation_id: integer(1, Number.MAX_SAFE_INTEGER).describe('`id` of the operation.'),
});
