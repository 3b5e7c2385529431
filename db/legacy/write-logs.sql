-- The old log rows that are marked, under new ids; what was written of them before goes first.
WITH marked AS (
    DELETE FROM legacy_move.todo WHERE tab IN ('pipeline_execution', 'data_quality_checks', 'api_fetch_cursor') RETURNING tab, key
), known AS (
    SELECT m.tab, m.key, i.id FROM marked m JOIN legacy_move.log_id i USING (tab, key)
), cleared AS (
    DELETE FROM pipeline_execution p USING known k WHERE k.tab = 'pipeline_execution' AND p.id = k.id
), cleared_checks AS (
    DELETE FROM data_quality_check q USING known k WHERE k.tab = 'data_quality_checks' AND q.id = k.id
), numbered AS (
    SELECT o.tab, o.key, o.row, CASE o.tab WHEN 'pipeline_execution' THEN nextval(pg_get_serial_sequence('pipeline_execution', 'id'))
               WHEN 'data_quality_checks' THEN nextval(pg_get_serial_sequence('data_quality_check', 'id')) END AS id,
           (SELECT b.batch_id FROM ingest_batch b WHERE b.batch_id = (o.row->>'file_id')::uuid) AS batch_id, lower(btrim(o.row->>'status')) AS status
    FROM marked m JOIN legacy_move.old o ON o.tab = m.tab AND o.key = m.key WHERE o.outcome = 'migrated' ORDER BY o.tab, o.key::bigint
), remembered AS (
    INSERT INTO legacy_move.log_id SELECT tab, key, id FROM numbered WHERE id IS NOT NULL ON CONFLICT (tab, key) DO UPDATE SET id = excluded.id
), runs AS (
    INSERT INTO pipeline_execution (id, batch_id, stage, status, started_at, completed_at, records_in, records_out, error, metadata)
    SELECT id, batch_id, row->>'stage',
           CASE WHEN status IN ('success', 'completed', 'skipped') THEN 'completed' WHEN status = 'running' OR status = 'failed' THEN 'failed'
                WHEN row->>'completed_at' IS NULL THEN 'failed' ELSE 'completed' END,
           coalesce((row->>'started_at')::timestamptz, (row->>'created_at')::timestamptz, now()), (row->>'completed_at')::timestamptz,
           coalesce((row->>'records_in')::bigint, 0), coalesce((row->>'records_out')::bigint, 0),
           CASE WHEN row->>'error_message' IS NOT NULL THEN jsonb_build_object('message', row->>'error_message')
                WHEN status = 'running' THEN jsonb_build_object('message', 'never ended in the old system') END,
           jsonb_build_object('legacy', row)
    FROM numbered WHERE tab = 'pipeline_execution'
), checks AS (
    INSERT INTO data_quality_check (id, batch_id, dataset, check_type, check_name, passed, failed_count, total_count, sample_failures, checked_at)
    SELECT id, batch_id, row->>'dataset', row->>'check_type', row->>'check_name', (row->>'passed')::boolean, greatest(coalesce((row->>'failed_count')::bigint, 0), 0),
           greatest(coalesce((row->>'total_count')::bigint, 0), 0), nullif(row->'sample_failures', 'null'), coalesce((row->>'checked_at')::timestamptz, now())
    FROM numbered WHERE tab = 'data_quality_checks'
)
INSERT INTO api_fetch_cursor AS c (connector_id, endpoint_id, datasource_id, cursor_ts, last_success_at, fetch_count, created_at)
SELECT DISTINCT ON (row->>'connector_id', row->>'endpoint_id', s.datasource_id) row->>'connector_id', row->>'endpoint_id', s.datasource_id, (row->>'last_fetch_timestamp')::timestamptz, (row->>'last_fetch_success')::timestamptz,
       coalesce((row->>'fetch_count')::bigint, 0), coalesce((row->>'created_at')::timestamptz, now())
FROM numbered n JOIN legacy_move.source s ON s.folded = lower(btrim(n.row->>'device_id'))
WHERE n.tab = 'api_fetch_cursor' ORDER BY row->>'connector_id', row->>'endpoint_id', s.datasource_id, (row->>'last_fetch_timestamp')::timestamptz DESC
ON CONFLICT (connector_id, endpoint_id, datasource_id) DO UPDATE SET cursor_ts = greatest(c.cursor_ts, excluded.cursor_ts), last_success_at = excluded.last_success_at,
    fetch_count = excluded.fetch_count
