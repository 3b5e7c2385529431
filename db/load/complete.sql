-- The last statement of a load: what it was read with, what was checked, how long it took, which sources it touched, and the batch itself, if the
-- claim is still ours. Parameters: stages/report/complete-batch.ts.
-- Sources of which the file has records and no row (the first reading of a counter) stand there with none: else a key that may not know of them
-- would be let see the file.
WITH mapping AS (
  INSERT INTO mapping_version (sha256, name, yaml) VALUES ($7, $6, $24) ON CONFLICT (sha256) DO NOTHING
), checks AS (
  INSERT INTO data_quality_check (batch_id, dataset, check_type, check_name, passed, failed_count, total_count, sample_failures)
  SELECT $1::uuid, $4, c->>'type', c->>'name', (c->>'failed')::bigint = 0, (c->>'failed')::bigint, (c->>'total')::bigint, c->'samples'
  FROM jsonb_array_elements($25::jsonb) c
), stages AS (
  INSERT INTO pipeline_execution (batch_id, stage, status, started_at, completed_at, records_in, records_out)
  VALUES ($1::uuid, 'load', 'completed', to_timestamp($26::float8 / 1000), to_timestamp($27::float8 / 1000), $11, $28)
), sources AS (
  INSERT INTO ingest_batch_datasource (batch_id, datasource_id, rows, first, last)
  SELECT $1::uuid, (e->>'datasourceId')::int, (e->>'rows')::bigint, (e->>'first')::timestamptz, (e->>'last')::timestamptz
  FROM jsonb_array_elements($29::jsonb) e
  UNION ALL SELECT $1::uuid, id, 0, NULL, NULL FROM unnest($30::int[]) AS id
  WHERE id NOT IN (SELECT (e->>'datasourceId')::int FROM jsonb_array_elements($29::jsonb) e)
)
UPDATE ingest_batch SET
  status = 'completed', dataset = $4, datasource_id = $5, mapping_name = $6, mapping_sha256 = $7, granularity = $8,
  context = context || $9::jsonb, lines_read = $10, records_read = $11, records_inserted = $12, records_updated = $13,
  records_unchanged = $14, records_skipped = $15, records_rejected = $16, validation_status = $17,
  date_range_start = $18, date_range_end = $19, applied_seq = $20, applied_at = $21, error = NULL, heartbeat_at = NULL,
  pipeline_name = $22, completed_at = clock_timestamp(), execution_time_ms = $23
WHERE batch_id = $1::uuid AND claimed_by = $2 AND attempt = $3 AND status = 'processing'
