-- Claims the oldest pending batch. $1 worker, $2 batches to leave alone for now, $3 those of them that hold up no other.
-- Files of one source are loaded in the order in which they came: a batch waits while an earlier one of the same source (or of
-- unknown source, as it itself may be) is not done, also while that one waits for a database or disk that failed: loaded after the later
-- one, it would overwrite what is newer. Only one whose bytes this process cannot see holds up nobody.
-- The commit does not wait for the disk: what a crash of the server takes back is the claim, and the batch is pending as before.
UPDATE ingest_batch b
SET status = 'processing', claimed_by = $1, attempt = b.attempt + 1, heartbeat_at = clock_timestamp(), started_at = clock_timestamp()
WHERE b.batch_id = (
  SELECT p.batch_id FROM ingest_batch p
  WHERE p.status = 'pending' AND p.batch_id <> ALL ($2::uuid[])
    AND NOT EXISTS (
      SELECT 1 FROM ingest_batch e
      WHERE e.status IN ('pending', 'processing') AND e.batch_id <> ALL ($3::uuid[]) AND e.datasource_id IS NOT DISTINCT FROM p.datasource_id
        AND (e.created_at, e.batch_id) < (p.created_at, p.batch_id)
    )
  ORDER BY p.created_at, p.batch_id
  LIMIT 1
  FOR UPDATE SKIP LOCKED
) AND set_config('synchronous_commit', 'off', true) = 'off'
RETURNING b.batch_id, b.attempt, b.source_type, b.source_name, b.file_sha256, b.size_bytes, b.datasource_id, b.dry_run, b.context, b.created_at
