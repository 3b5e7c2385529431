// Faults of webhooks.
import { entry } from './entry.ts';

export const WEBHOOK_FAULTS = {
  webhook_unknown: entry(404, 1, 'There is no such webhook.', 'GET /webhooks lists them.'),
  delivery_unknown: entry(
    404,
    1,
    'The webhook has no such delivery.',
    'GET /webhooks/{webhook_id}/deliveries lists them; they are kept for 30 days.',
  ),
  webhook_url_refused: entry(
    422,
    2,
    'A webhook may not have this URL.',
    'Use an https:// URL that leads to a public address, or let the operator name its host or network in WEBHOOK_ALLOW.',
  ),
} as const;
