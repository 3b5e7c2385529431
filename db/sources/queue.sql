-- What waits and what runs now, and since when the oldest waits, in seconds.
SELECT
    count(*) FILTER (WHERE status = 'pending')::int AS pending,
    count(*) FILTER (WHERE status = 'processing')::int AS processing,
    coalesce(extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE status = 'pending')), 0)::float8 AS oldest_pending_seconds,
    (SELECT count(*) FROM batch_operation WHERE status = 'pending')::int AS operations,
    (SELECT count(*) FROM webhook_delivery WHERE status = 'pending')::int AS webhooks,
    (SELECT count(*) FROM webhook WHERE off_because IS NOT NULL)::int AS webhooks_off
FROM ingest_batch
WHERE status IN ('pending', 'processing')
