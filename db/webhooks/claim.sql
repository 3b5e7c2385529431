-- Claims one delivery that is due, for $1 seconds; $2 webhooks to leave alone for now. A claim that ran out was of a service that died.
UPDATE webhook_delivery d
SET attempt = d.attempt + 1, claim_id = gen_random_uuid(), claimed_until = clock_timestamp() + make_interval(secs => $1), attempted_at = clock_timestamp()
FROM webhook w
WHERE w.id = d.webhook_id AND d.id = (
  SELECT p.id FROM webhook_delivery p JOIN webhook o ON o.id = p.webhook_id
  WHERE p.status = 'pending' AND p.next_at <= clock_timestamp() AND (p.claimed_until IS NULL OR p.claimed_until <= clock_timestamp())
    AND (o.active OR p.event = 'webhook.ping') AND p.webhook_id <> ALL ($2::uuid[])
  ORDER BY p.next_at, p.id
  LIMIT 1
  FOR UPDATE OF p SKIP LOCKED
)
RETURNING d.id, d.webhook_id, d.event, d.batch, d.happened_at, d.attempt, d.claim_id, w.url, w.secret,
  CASE WHEN w.old_secret_until > clock_timestamp() THEN w.old_secret END AS old_secret
