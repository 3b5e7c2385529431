-- Milliseconds until the next delivery is due, or until a claim runs out; null where nothing waits.
SELECT ceil(extract(epoch FROM min(greatest(d.next_at, d.claimed_until)) - clock_timestamp()) * 1000)::float8 AS ms
FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
WHERE d.status = 'pending' AND (w.active OR d.event = 'webhook.ping')
