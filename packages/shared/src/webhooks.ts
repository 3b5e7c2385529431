// The words of webhooks: what is told, and the channel on which the database says that there is something to tell.

/** In the order of a batch's life; the CHECK of the table has the same list. */
export const WEBHOOK_EVENTS = [
  'batch.completed',
  'batch.completed_with_rejections',
  'batch.failed',
  'batch.duplicate',
  'batch.undone',
  'batch.redone',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Sent on request only, to see whether an address answers. */
export const PING = 'webhook.ping';

export const DELIVERY_STATUSES = ['pending', 'delivered', 'given_up'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const WEBHOOK_CHANNEL = 'cei_webhook';
