-- The files of new batches, as far as replayed readings name them, for the old ingest_file. $1: [{batch_id, source_name, device, granularity, sha, at}]
INSERT INTO {old}.ingest_file (file_id, file_name, device_id, granularity, sha256, ingested_at, validation_status, pipeline_version)
SELECT batch_id, source_name, device, granularity,
       CASE WHEN sha IS NULL OR EXISTS (SELECT FROM {old}.ingest_file f WHERE f.sha256 = sha) THEN batch_id::text ELSE sha END, at, 'passed', 'rollback'
FROM jsonb_to_recordset($1::jsonb) AS x(batch_id uuid, source_name text, device text, granularity text, sha text, at timestamptz)
ON CONFLICT (file_id) DO NOTHING
