-- Writes the batches of files that have come in, in the order of the lists: pending, or already claimed by $11. $8 status, $12 attempt.
INSERT INTO ingest_batch (batch_id, datasource_id, source_type, source_name, file_sha256, size_bytes, context, status, dry_run,
  submitted_by, claimed_by, attempt, created_at, heartbeat_at, started_at)
SELECT batch_id, datasource_id, source_type, source_name, file_sha256, size_bytes, context, $8, dry_run, submitted_by, $11, $12,
  clock_timestamp(), CASE WHEN $11::text IS NULL THEN NULL ELSE clock_timestamp() END,
  CASE WHEN $11::text IS NULL THEN NULL ELSE clock_timestamp() END
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::jsonb[], $9::boolean[], $10::text[])
  AS file(batch_id, datasource_id, source_type, source_name, file_sha256, size_bytes, context, dry_run, submitted_by)
RETURNING created_at
