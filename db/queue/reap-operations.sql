-- Operations whose worker died go back into the queue, or fail after $2 attempts with the result $3. One that runs is locked, and so left alone.
UPDATE batch_operation
SET status = CASE WHEN attempt >= $2 THEN 'failed' ELSE 'pending' END,
    result = CASE WHEN attempt >= $2 THEN $3::jsonb ELSE result END,
    completed_at = CASE WHEN attempt >= $2 THEN clock_timestamp() END
WHERE id IN (
  SELECT id FROM batch_operation WHERE status = 'processing' AND heartbeat_at < clock_timestamp() - make_interval(secs => $1) FOR UPDATE SKIP LOCKED
)
