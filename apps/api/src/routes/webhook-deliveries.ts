// /webhooks/{webhook_id}/deliveries and /test: what was told and how that went, telling it again, a ping. Sends nothing itself.
import type { Api, RouteDeps } from '../deps.ts';
import { openDeliveries } from '../repositories/deliveries.ts';
import { openWebhooks } from '../repositories/webhooks.ts';
import { listProblems } from '../schemas/problem.ts';
import { describePage } from '../schemas/query.ts';
import { Delivery, DeliveryPage, DeliveryParams, DeliveryQuery, WebhookParams } from '../schemas/webhook.ts';
import { checkUnfenced } from './webhooks.ts';

const TAGS = ['webhooks'];
const ADMIN = { need: 'admin' } as const;

export function addDeliveryRoutes(app: Api, { pool }: RouteDeps): void {
  const webhooks = openWebhooks(pool);
  const deliveries = openDeliveries(pool);
  const list = {
    tags: TAGS,
    operationId: 'listDeliveries',
    summary: 'What a webhook was told, and how that went, the newest first',
    description: 'Each with the message, its attempts, and what the receiver answered last.',
    params: WebhookParams,
    querystring: DeliveryQuery,
    response: { 200: DeliveryPage, ...listProblems(404) },
  };
  app.get('/webhooks/:webhook_id/deliveries', { schema: list, config: ADMIN }, async ({ access, params, query }) => {
    checkUnfenced(access);
    await webhooks.find(params.webhook_id);
    const { rows, total } = await deliveries.list(params.webhook_id, query);
    return { data: rows, ...describePage(total, query) };
  });

  const ping = {
    tags: TAGS,
    operationId: 'testWebhook',
    summary: 'Send a ping, once; its delivery says how that went',
    description: 'Also where the webhook is off. It is not tried again.',
    params: WebhookParams,
    response: { 202: Delivery, ...listProblems(404) },
  };
  app.post('/webhooks/:webhook_id/test', { schema: ping, config: ADMIN }, async ({ access, params }, reply) => {
    checkUnfenced(access);
    reply.code(202);
    return deliveries.ping(params.webhook_id);
  });

  const retry = {
    tags: TAGS,
    operationId: 'retryDelivery',
    summary: 'Send a message again, under the same id',
    description: 'Also one that arrived. Where the webhook is off, it waits until that is on again.',
    params: DeliveryParams,
    response: { 202: Delivery, ...listProblems(404) },
  };
  const path = '/webhooks/:webhook_id/deliveries/:delivery_id/retry';
  app.post(path, { schema: retry, config: ADMIN }, async ({ access, params }, reply) => {
    checkUnfenced(access);
    reply.code(202);
    return deliveries.retry(params.webhook_id, params.delivery_id);
  });
}
