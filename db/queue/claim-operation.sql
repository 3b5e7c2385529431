-- Claims the oldest undo, redo or replay that somebody asked for. $1 worker, $2 operations to leave alone.
-- Those of one batch are done in the order in which they were asked for.
UPDATE batch_operation SET status = 'processing', claimed_by = $1, attempt = attempt + 1, heartbeat_at = clock_timestamp(), started_at = clock_timestamp()
WHERE id = (
  SELECT o.id FROM batch_operation o
  WHERE o.status = 'pending' AND o.id <> ALL ($2::bigint[]) AND NOT EXISTS (
    SELECT 1 FROM batch_operation e WHERE e.batch_id = o.batch_id AND e.id < o.id AND e.status IN ('pending', 'processing')
  )
  ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, batch_id, operation, options, requested_by, attempt
