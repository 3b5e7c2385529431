// Webhooks and their deliveries as requests and answers show them. A secret is in two answers only: those that make one.
import { DELIVERY_STATUSES, WEBHOOK_EVENTS } from '@cei-inoe/shared/webhooks';
import { z } from 'zod';
import { MAX_ID, PAGE, pageOf, text } from './query.ts';

const time = z.iso.datetime().nullable();
const FILTERS = {
  events: z.array(z.enum(WEBHOOK_EVENTS)).nullable().describe('null: all.'),
  datasource_ids: z.array(z.int()).nullable(),
  clients: z.array(z.string()).nullable(),
} as const;

export const Webhook = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string().nullable(),
    ...FILTERS,
    active: z.boolean(),
    off_because: z
      .enum(['gone', 'given_up'])
      .nullable()
      .describe(
        'Where nobody switched it off: its address answered 410, or too many deliveries in a row were given up.',
      ),
    old_secret_until: time.describe('Until then messages are signed with the secret before, too.'),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({
    id: 'Webhook',
    description: 'With `datasource_ids` or `clients` it is told only of batches all of whose sources are among these.',
  });
export type Webhook = z.output<typeof Webhook>;

const secret = z.string().describe('Signs the messages. Shown this once.');
export const NewWebhook = Webhook.extend({ secret }).meta({ id: 'NewWebhook' });
export const WebhookList = z.object({ data: z.array(Webhook) });
const uuid = z.uuid().toLowerCase();
export const WebhookParams = z.strictObject({ webhook_id: uuid.describe('As `GET /webhooks` shows it.') });

const URL_CHARS = 2_000;
const CHANGEABLE = {
  url: text(URL_CHARS).describe('https, without a user or password in it.'),
  description: text(500).nullable().optional(),
  events: z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(WEBHOOK_EVENTS.length).nullable().optional(),
  datasource_ids: z.array(z.int().min(1).max(MAX_ID)).min(1).max(1000).nullable().optional(),
  clients: z.array(text(200)).min(1).max(100).nullable().optional(),
  active: z.boolean().optional(),
} as const;
export const WebhookToCreate = z.strictObject(CHANGEABLE).meta({ id: 'WebhookToCreate' });
export type WebhookToCreate = z.output<typeof WebhookToCreate>;
export const WebhookChange = z
  .strictObject({ ...CHANGEABLE, url: CHANGEABLE.url.optional() })
  .refine((change) => Object.keys(change).length > 0, 'must change at least one field')
  .meta({ id: 'WebhookChange' });
export type WebhookChange = z.output<typeof WebhookChange>;

export const Delivery = z
  .object({
    id: z.uuid().describe('The `webhook-id` of the message, the same at every attempt.'),
    webhook_id: z.uuid(),
    batch_id: z.uuid().nullable(),
    event: z.string(),
    status: z.enum(DELIVERY_STATUSES),
    happened_at: z.iso.datetime(),
    attempt: z.int().min(0).describe('How often it was tried.'),
    attempted_at: time,
    next_at: time.describe('When it is tried next; null when it is not.'),
    response_status: z.int().nullable(),
    error: z.string().nullable().describe('Why the last attempt did not arrive.'),
    ended_at: time,
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.output<typeof Delivery>;

export const DeliveryPage = pageOf(Delivery);
export const DeliveryQuery = z.strictObject({
  status: z.enum(DELIVERY_STATUSES).optional().describe('Only deliveries of which this has become.'),
  ...PAGE,
});
export type DeliveryQuery = z.output<typeof DeliveryQuery>;
export const DeliveryParams = WebhookParams.extend({ delivery_id: uuid.describe('The `webhook-id` of the message.') });
