-- Batches whose worker gave no sign of life for $1 seconds: back into the queue, or failed after $2 attempts with the error $3.
-- A batch whose transaction still runs is locked, and so left alone.
UPDATE ingest_batch b
SET status = CASE WHEN b.attempt >= $2 THEN 'failed' ELSE 'pending' END,
    error = CASE WHEN b.attempt >= $2 THEN $3::jsonb ELSE b.error END,
    validation_status = CASE WHEN b.attempt >= $2 THEN 'failed' ELSE b.validation_status END,
    completed_at = CASE WHEN b.attempt >= $2 THEN clock_timestamp() END,
    claimed_by = NULL, heartbeat_at = NULL, dedup_key = NULL
WHERE b.batch_id IN (
  SELECT batch_id FROM ingest_batch
  WHERE status = 'processing' AND heartbeat_at < clock_timestamp() - make_interval(secs => $1)
  FOR UPDATE SKIP LOCKED
)
