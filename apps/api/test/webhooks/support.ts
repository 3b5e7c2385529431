// What tests of webhooks share: an API whose webhooks may lead to loopback, webhooks in it, batches that end, and couriers.
import type { BlockList } from 'node:net';
import type { Pool } from '@cei-inoe/shared/database';
import { makeLog } from '@cei-inoe/shared/log';
import type { AllowList } from '../../src/webhooks/addresses.ts';
import { readAllowList } from '../../src/webhooks/addresses.ts';
import { type CourierOptions, openCourier } from '../../src/webhooks/courier.ts';
import { makeSender, type SenderOptions } from '../../src/webhooks/send.ts';
import { addBatch } from '../support/fixtures.ts';

export const allow = (text: string): AllowList & { readonly ranges: BlockList } =>
  readAllowList(text, {
    addIssue: (issue: unknown) => {
      throw new Error(JSON.stringify(issue));
    },
  } as unknown as Parameters<typeof readAllowList>[1]);

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** @returns the new webhook's id; put in past the routes */
export async function addWebhook(pool: Pool, url: string, columns: Record<string, unknown> = {}): Promise<string> {
  const row: Record<string, unknown> = { url, secret: SECRET, ...columns };
  const names = Object.keys(row);
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO webhook (${names.join(', ')}) VALUES (${names.map((_, at) => `$${at + 1}`).join(', ')}) RETURNING id`,
    Object.values(row),
  );
  return rows[0]!.id;
}

/** A batch that ends as the ingestor ends one: by an UPDATE. @returns its id */
export async function endBatch(
  pool: Pool,
  sources: number[],
  set = "status = 'completed', completed_at = clock_timestamp()",
  columns: Record<string, string | number | boolean> = {},
): Promise<string> {
  const id = await addBatch(pool, sources, { status: 'processing', ...columns });
  await pool.query(`UPDATE ingest_batch SET ${set} WHERE batch_id = $1`, [id]);
  return id;
}

export interface DeliveryRow {
  readonly id: string;
  readonly webhook_id: string;
  readonly batch_id: string | null;
  readonly event: string;
  readonly status: string;
  readonly attempt: number;
  readonly response_status: number | null;
  readonly error: string | null;
  /** Seconds from the last attempt to the next. */
  readonly wait: number;
  readonly is_claimed: boolean;
}

export const listDeliveries = async (pool: Pool): Promise<DeliveryRow[]> =>
  (
    await pool.query<DeliveryRow>(
      `SELECT id, webhook_id, batch_id, event, status, attempt, response_status, error, claim_id IS NOT NULL AS is_claimed,
              extract(epoch FROM next_at - attempted_at)::float8 AS wait
       FROM webhook_delivery ORDER BY happened_at, id`,
    )
  ).rows;

/** As if the time of every wait had passed. */
export const passTime = (pool: Pool) =>
  pool.query("UPDATE webhook_delivery SET next_at = clock_timestamp() WHERE status = 'pending'");

export type TestCourier = ReturnType<typeof makeCourier>;

/** A courier that may reach any of these receivers by http. `deliver` sends until nothing is due. */
export function makeCourier(
  pool: Pool,
  receivers: readonly { readonly port: number }[],
  { sender = {}, ...options }: Partial<CourierOptions> & { readonly sender?: Partial<SenderOptions> } = {},
) {
  const courier = openCourier({
    pool,
    log: makeLog('webhooks-test', process.env.TEST_LOG ?? 'silent'),
    send: makeSender({ allow: allow(receivers.map(({ port }) => `127.0.0.1:${port}`).join(',')), ...sender }),
    version: '0.0.0-test',
    ...options,
  });
  const deliver = async () => {
    do await courier.whenIdle();
    while (await courier.startDue());
  };
  return { ...courier, deliver };
}
