-- A batch that waits for an ingestor.
INSERT INTO ingest_batch (batch_id, source_type, source_name, file_sha256, size_bytes, status, datasource_id, dry_run, context)
VALUES ($1, 'upload', $2, $3, $4, 'pending', $5, $6, jsonb_build_object('options', $7::jsonb))
