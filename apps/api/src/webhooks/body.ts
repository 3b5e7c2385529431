// Writes the body of a message from what the outbox holds. Reads no table.
import { PING } from '@cei-inoe/shared/webhooks';
import { hideFence } from '../repositories/show-batch.ts';
import { Batch } from '../schemas/batch.ts';

export interface Event {
  readonly event: string;
  readonly webhookId: string;
  readonly happenedAt: Date;
  /** The row of the batch as it was then, as PostgreSQL writes it as JSON. */
  readonly batch: Readonly<Record<string, unknown>> | null;
}

const TIMES = new Set<string>([
  'date_range_start',
  'date_range_end',
  'created_at',
  'started_at',
  'completed_at',
  'applied_at',
]);

/** The batch in the form of `GET /batches/{batch_id}`; what that does not show is left out. */
export function readSnapshot(row: Readonly<Record<string, unknown>>): Batch {
  const pairs = Object.keys(Batch.shape).map((name) => {
    const value = row[name] ?? null;
    return [name, TIMES.has(name) && typeof value === 'string' ? new Date(value).toISOString() : value];
  });
  return { ...(Object.fromEntries(pairs) as Batch), context: hideFence(row.context ?? null) };
}

/** The same text at every attempt. */
export function writeBody({ event, webhookId, happenedAt, batch }: Event): string {
  const data = event === PING || batch === null ? { webhook_id: webhookId } : readSnapshot(batch);
  return JSON.stringify({ type: event, timestamp: happenedAt.toISOString(), data });
}
