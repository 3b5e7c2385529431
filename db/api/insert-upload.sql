-- A batch that waits for an ingestor. $8: ids of the datasources that it may touch, or null; $9: who handed it in; $10: upload or api.
INSERT INTO ingest_batch (batch_id, source_type, source_name, file_sha256, size_bytes, status, datasource_id, dry_run, context, submitted_by)
VALUES ($1, $10, $2, $3, $4, 'pending', $5, $6,
    jsonb_build_object('options', $7::jsonb) || CASE WHEN $8::int[] IS NULL THEN '{}' ELSE jsonb_build_object('fence', $8::int[]) END, $9)
