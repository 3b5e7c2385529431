// Webhooks in the database: making, listing, changing, removing, new secrets. Never gives a secret out but that which it made.
import type { Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import type { Webhook, WebhookChange, WebhookToCreate } from '../schemas/webhook.ts';
import { makeSecret } from '../webhooks/signature.ts';

/** A webhook and the secret that was made for it. */
export type WithSecret = Webhook & { readonly secret: string };

export interface Webhooks {
  list(): Promise<Webhook[]>;
  /** @throws Fault webhook_unknown */
  find(id: string): Promise<Webhook>;
  /** @throws Fault datasource_unknown */
  create(wanted: WebhookToCreate): Promise<WithSecret>;
  /** @throws Fault webhook_unknown, datasource_unknown */
  change(id: string, change: WebhookChange): Promise<Webhook>;
  /** The secret before signs beside the new one for a day. @throws Fault webhook_unknown */
  renewSecret(id: string): Promise<WithSecret>;
  /** With its deliveries. Returns what it was. @throws Fault webhook_unknown */
  remove(id: string): Promise<Webhook>;
}

interface WebhookRow extends Omit<Webhook, 'created_at' | 'updated_at' | 'old_secret_until'> {
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly old_secret_until: Date | null;
}

const COLUMNS =
  'id, url, description, events, datasource_ids, clients, active, off_because, old_secret_until, created_at, updated_at';
const OLD_SECRET_HOURS = 24;

export function openWebhooks(pool: Pool): Webhooks {
  /** For statements about one webhook. */
  const ask = async (id: string, sql: string, values: readonly unknown[] = []): Promise<Webhook> => {
    const { rows } = await pool.query<WebhookRow>(sql, [id, ...values]);
    if (rows[0] === undefined) throw new Fault('webhook_unknown', `There is no webhook ${id}.`);
    return showWebhook(rows[0]);
  };
  return {
    list: async () =>
      (await pool.query<WebhookRow>(`SELECT ${COLUMNS} FROM webhook ORDER BY created_at, id`)).rows.map(showWebhook),
    find: (id) => ask(id, `SELECT ${COLUMNS} FROM webhook WHERE id = $1`),
    create: (wanted) => create(pool, wanted),
    async change(id, change) {
      await checkSources(pool, change.datasource_ids ?? []);
      const { sets, values } = listSets(change);
      return ask(id, `UPDATE webhook SET ${sets} WHERE id = $1 RETURNING ${COLUMNS}`, values);
    },
    async renewSecret(id) {
      const secret = makeSecret();
      const changed = await ask(
        id,
        `UPDATE webhook SET old_secret = secret, old_secret_until = clock_timestamp() + make_interval(hours => ${OLD_SECRET_HOURS}),
           secret = $2, updated_at = clock_timestamp() WHERE id = $1 RETURNING ${COLUMNS}`,
        [secret],
      );
      return { ...changed, secret };
    },
    remove: (id) => ask(id, `DELETE FROM webhook WHERE id = $1 RETURNING ${COLUMNS}`),
  };
}

async function create(pool: Pool, wanted: WebhookToCreate): Promise<WithSecret> {
  await checkSources(pool, wanted.datasource_ids ?? []);
  const secret = makeSecret();
  const { rows } = await pool.query<WebhookRow>(
    `INSERT INTO webhook (url, description, events, datasource_ids, clients, active, secret) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
    [
      wanted.url,
      wanted.description ?? null,
      wanted.events ?? null,
      wanted.datasource_ids ?? null,
      wanted.clients ?? null,
      wanted.active ?? true,
      secret,
    ],
  );
  if (rows[0] === undefined) throw new Fault('internal', 'The webhook was not stored.');
  return { ...showWebhook(rows[0]), secret };
}

const CHANGEABLE = ['url', 'description', 'events', 'datasource_ids', 'clients', 'active'] as const;

/** The columns that a change names, from our own list. Switching it on forgets why it was off. */
function listSets(change: WebhookChange): { readonly sets: string; readonly values: unknown[] } {
  const named = CHANGEABLE.filter((name) => change[name] !== undefined);
  const sets = [...named.map((name, at) => `${name} = $${at + 2}`), 'updated_at = clock_timestamp()'];
  if (change.active !== undefined) sets.push('off_because = NULL', 'given_up_in_row = 0');
  return { sets: sets.join(', '), values: named.map((name) => change[name]) };
}

async function checkSources(pool: Pool, ids: readonly number[]): Promise<void> {
  const { rows } = await pool.query<{ id: number }>('SELECT id FROM datasource WHERE id = ANY ($1::int[])', [ids]);
  const missing = ids.filter((id) => !rows.some((row) => row.id === id));
  if (missing.length > 0) throw new Fault('datasource_unknown', `There is no datasource ${missing.join(', ')}.`);
}

const showWebhook = (row: WebhookRow): Webhook => ({
  id: row.id,
  url: row.url,
  description: row.description,
  events: row.events,
  datasource_ids: row.datasource_ids,
  clients: row.clients,
  active: row.active,
  off_because: row.off_because,
  old_secret_until: row.old_secret_until?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});
