// Undos and redos as requests and answers show them.
import { z } from 'zod';

export const OPERATIONS = ['undo', 'redo'] as const;
const STATUSES = ['pending', 'processing', 'completed', 'failed'] as const;

export const OperationRequest = z
  .strictObject({ dry_run: z.boolean().default(false).describe('Count what would change, and keep nothing.') })
  .meta({ id: 'OperationRequest' });

export const Operation = z
  .object({
    id: z.int(),
    batch_id: z.uuid(),
    operation: z.string(),
    status: z.enum(STATUSES),
    dry_run: z.boolean(),
    result: z
      .json()
      .describe('Readings removed, changed and added, and how many batches were read again; or why it failed.'),
    created_at: z.iso.datetime(),
    completed_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Operation', description: 'An undo or redo, done by an ingestor.' });
export type Operation = z.output<typeof Operation>;

export const OperationParams = z.strictObject({
  batch_id: z.uuid().toLowerCase(),
  operation_id: z.coerce.number().int().positive(),
});
