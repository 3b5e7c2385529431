// Deliveries as an admin sees them: listing, asking for one again, asking for a ping. Sends none.
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { PING, WEBHOOK_CHANNEL } from '@cei-inoe/shared/webhooks';
import type { Delivery, DeliveryQuery } from '../schemas/webhook.ts';

export interface Deliveries {
  /** The newest first. */
  list(webhookId: string, query: DeliveryQuery): Promise<{ rows: Delivery[]; total: number }>;
  /** All its attempts anew, under the same id. @throws Fault delivery_unknown */
  retry(webhookId: string, id: string): Promise<Delivery>;
  /** A message of no batch, tried once, also where the webhook is off. @throws Fault webhook_unknown */
  ping(webhookId: string): Promise<Delivery>;
}

interface DeliveryRow {
  readonly id: string;
  readonly webhook_id: string;
  readonly batch_id: string | null;
  readonly event: string;
  readonly status: Delivery['status'];
  readonly happened_at: Date;
  readonly attempt: number;
  readonly attempted_at: Date | null;
  readonly next_at: Date;
  readonly response_status: number | null;
  readonly error: string | null;
  readonly ended_at: Date | null;
}

const COLUMNS =
  'id, webhook_id, batch_id, event, status, happened_at, attempt, attempted_at, next_at, response_status, error, ended_at';

const RETRY = `
  UPDATE webhook_delivery SET status = 'pending', attempt = 0, next_at = clock_timestamp(), ended_at = NULL
  WHERE id = $1 AND webhook_id = $2 RETURNING ${COLUMNS}`;

const ADD_PING = `
  INSERT INTO webhook_delivery (webhook_id, event) SELECT id, '${PING}' FROM webhook WHERE id = $1 FOR KEY SHARE RETURNING ${COLUMNS}`;

export function openDeliveries(pool: Pool): Deliveries {
  const tellCourier = () => pool.query("SELECT pg_notify($1, '')", [WEBHOOK_CHANNEL]);
  return {
    list: (webhookId, query) => list(pool, webhookId, query),
    async retry(webhookId, id) {
      const { rows } = await pool.query<DeliveryRow>(RETRY, [id, webhookId]);
      if (rows[0] === undefined) throw new Fault('delivery_unknown', `Webhook ${webhookId} has no delivery ${id}.`);
      await tellCourier();
      return showDelivery(rows[0]);
    },
    async ping(webhookId) {
      const { rows } = await pool.query<DeliveryRow>(ADD_PING, [webhookId]);
      if (rows[0] === undefined) throw new Fault('webhook_unknown', `There is no webhook ${webhookId}.`);
      await tellCourier();
      return showDelivery(rows[0]);
    },
  };
}

async function list(pool: Pool, webhookId: string, query: DeliveryQuery): Promise<{ rows: Delivery[]; total: number }> {
  const where = 'WHERE webhook_id = $1 AND ($2::text IS NULL OR status = $2)';
  const values = [webhookId, query.status ?? null];
  const [page, count] = await Promise.all([
    pool.query<DeliveryRow>(
      `SELECT ${COLUMNS} FROM webhook_delivery ${where} ORDER BY happened_at DESC, id DESC LIMIT $3 OFFSET $4`,
      [...values, query.page_size, (query.page - 1) * query.page_size],
    ),
    pool.query<{ total: number }>(`SELECT count(*)::int AS total FROM webhook_delivery ${where}`, values),
  ]);
  return { rows: page.rows.map(showDelivery), total: count.rows[0]?.total ?? 0 };
}

const showDelivery = (row: DeliveryRow): Delivery => ({
  id: row.id,
  webhook_id: row.webhook_id,
  batch_id: row.batch_id,
  event: row.event,
  status: row.status,
  happened_at: row.happened_at.toISOString(),
  attempt: row.attempt,
  attempted_at: row.attempted_at?.toISOString() ?? null,
  next_at: row.status === 'pending' ? row.next_at.toISOString() : null,
  response_status: row.response_status,
  error: row.error,
  ended_at: row.ended_at?.toISOString() ?? null,
});
