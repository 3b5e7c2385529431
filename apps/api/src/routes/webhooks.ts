// /webhooks: make, list, change and remove them, and give them new secrets. For keys that may do everything.
import { Fault } from '@cei-inoe/shared/errors';
import type { Access } from '../access/access.ts';
import type { Api, RouteDeps } from '../deps.ts';
import { openWebhooks, type Webhooks } from '../repositories/webhooks.ts';
import { listProblems } from '../schemas/problem.ts';
import { NewWebhook, Webhook, WebhookChange, WebhookList, WebhookParams, WebhookToCreate } from '../schemas/webhook.ts';
import { ALLOW_NOTHING } from '../webhooks/addresses.ts';
import { checkUrl } from '../webhooks/check-url.ts';

const TAGS = ['webhooks'];
const ADMIN = { need: 'admin' } as const;

export function addWebhookRoutes(app: Api, deps: RouteDeps): void {
  const webhooks = openWebhooks(deps.pool);
  addReads(app, webhooks);
  addWrites(app, webhooks, deps);
  addRemoval(app, webhooks);
}

function addReads(app: Api, webhooks: Webhooks): void {
  const list = {
    tags: TAGS,
    operationId: 'listWebhooks',
    summary: 'The webhooks there are',
    description: 'In the order in which they were made. Secrets are not shown.',
    response: { 200: WebhookList, ...listProblems() },
  };
  app.get('/webhooks', { schema: list, config: ADMIN }, async ({ access }) => {
    checkUnfenced(access);
    return { data: await webhooks.list() };
  });

  const one = {
    tags: TAGS,
    operationId: 'getWebhook',
    summary: 'One webhook',
    description: 'Where it sends, of what, and whether it is on. Its secret is not shown.',
    params: WebhookParams,
    response: { 200: Webhook, ...listProblems(404) },
  };
  app.get('/webhooks/:webhook_id', { schema: one, config: ADMIN }, async ({ access, params }) => {
    checkUnfenced(access);
    return webhooks.find(params.webhook_id);
  });
}

function addWrites(app: Api, webhooks: Webhooks, { prefix, config }: RouteDeps): void {
  const allow = config.WEBHOOK_ALLOW ?? ALLOW_NOTHING;
  const create = {
    tags: TAGS,
    operationId: 'createWebhook',
    summary: 'Make a webhook: an address that is told when a batch has ended',
    description:
      'An https address; what it may not be is told with `webhook_url_refused`. The answer shows the secret that signs the messages, once.',
    body: WebhookToCreate,
    response: { 201: NewWebhook, ...listProblems(404, 415, 422) },
  };
  app.post('/webhooks', { schema: create, config: { ...ADMIN, isSecret: true } }, async ({ access, body }, reply) => {
    checkUnfenced(access);
    const made = await webhooks.create({ ...body, url: checkUrl(body.url, allow).href });
    reply.code(201).header('location', `${prefix}/webhooks/${made.id}`).header('cache-control', 'no-store');
    return made;
  });

  const change = {
    tags: TAGS,
    operationId: 'changeWebhook',
    summary: 'Change some fields of a webhook',
    description: 'What waits for it goes to the new address. While it is off nothing is written down for it.',
    params: WebhookParams,
    body: WebhookChange,
    response: { 200: Webhook, ...listProblems(404, 415, 422) },
  };
  app.patch('/webhooks/:webhook_id', { schema: change, config: ADMIN }, async ({ access, params, body }) => {
    checkUnfenced(access);
    const url = body.url === undefined ? {} : { url: checkUrl(body.url, allow).href };
    return webhooks.change(params.webhook_id, { ...body, ...url });
  });
}

function addRemoval(app: Api, webhooks: Webhooks): void {
  const renew = {
    tags: TAGS,
    operationId: 'renewWebhookSecret',
    summary: 'Make a new secret; the one before signs beside it for a day',
    description: 'The answer is the only place where it is shown.',
    params: WebhookParams,
    response: { 200: NewWebhook, ...listProblems(404) },
  };
  const secretly = { ...ADMIN, isSecret: true };
  app.post('/webhooks/:webhook_id/secret', { schema: renew, config: secretly }, async ({ access, params }, reply) => {
    checkUnfenced(access);
    reply.header('cache-control', 'no-store');
    return webhooks.renewSecret(params.webhook_id);
  });

  const remove = {
    tags: TAGS,
    operationId: 'deleteWebhook',
    summary: 'Remove a webhook with its deliveries',
    description: 'What waits to be sent is not sent any more. The answer is the webhook as it was.',
    params: WebhookParams,
    response: { 200: Webhook, ...listProblems(404) },
  };
  app.delete('/webhooks/:webhook_id', { schema: remove, config: ADMIN }, async ({ access, params }) => {
    checkUnfenced(access);
    return webhooks.remove(params.webhook_id);
  });
}

/** A webhook hears of batches that a key with a fence may not see. @throws Fault key_fence */
export function checkUnfenced({ fence }: Access): void {
  if (fence !== null) throw new Fault('key_fence', 'Webhooks are managed by keys without a fence.');
}
