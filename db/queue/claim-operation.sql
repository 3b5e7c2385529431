-- Claims the oldest undo or redo that somebody asked for. $1 worker.
UPDATE batch_operation SET status = 'processing', claimed_by = $1, attempt = attempt + 1, heartbeat_at = clock_timestamp(), started_at = clock_timestamp()
WHERE id = (
  SELECT id FROM batch_operation WHERE status = 'pending' AND operation IN ('undo', 'redo') ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, batch_id, operation, options, requested_by, attempt
