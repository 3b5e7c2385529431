-- $1 batch, $2 worker, $3 attempt. A row that the load's own transaction holds is passed over: the lock is a sign of life itself.
UPDATE ingest_batch SET heartbeat_at = clock_timestamp()
WHERE batch_id = (
  SELECT batch_id FROM ingest_batch
  WHERE batch_id = $1 AND claimed_by = $2 AND attempt = $3 AND status = 'processing'
  FOR UPDATE SKIP LOCKED
)
