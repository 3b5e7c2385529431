-- Every old file becomes a batch under its own id, its row kept whole in `legacy`; readings without a file have one batch together.
WITH given AS (
    SELECT b.file, s.datasource_id, s.zone, b.written, b.via, o.row, lower(btrim(o.row->>'validation_status')) AS validated, lower(btrim(o.row->>'granularity')) AS grain,
           least((o.row->>'start_date')::date, (o.row->>'end_date')::date) AS first_day, greatest((o.row->>'start_date')::date, (o.row->>'end_date')::date) AS last_day
    FROM legacy_move.batch b
    JOIN legacy_move.old o ON o.tab = 'ingest_file' AND o.key = b.file::text
    LEFT JOIN legacy_move.source s ON s.folded = b.source
)
INSERT INTO ingest_batch AS t (batch_id, datasource_id, source_type, source_name, file_sha256, context, granularity, date_range_start, date_range_end, status,
    validation_status, pipeline_version, created_at, started_at, completed_at, applied_at, execution_time_ms, applied_seq, legacy)
SELECT g.*, nextval('ingest_applied_seq'), g_legacy FROM (
    SELECT file, datasource_id, 'legacy', row->>'file_name', CASE WHEN lower(row->>'sha256') ~ ('^' || repeat('[0-9a-f]', 64) || '$') THEN lower(row->>'sha256') END,
           jsonb_build_object('legacy', jsonb_build_object('attributed_by', via)),
           CASE WHEN grain IN ('hourly', 'daily', 'raw') THEN grain WHEN grain <> '' THEN 'other' END,
           first_day::timestamp AT TIME ZONE coalesce(zone, 'UTC'), last_day::timestamp AT TIME ZONE coalesce(zone, 'UTC'), 'completed',
           CASE WHEN validated IN ('passed', 'partial', 'failed') THEN validated WHEN validated = 'success' THEN 'passed' END, row->>'pipeline_version',
           coalesce(written, now()), written, written, coalesce(written, now()), greatest((row->>'execution_time_ms')::int, 0)
    FROM given
    UNION ALL
    SELECT no_batch, NULL, 'legacy', 'legacy:no-batch', NULL, jsonb_build_object('legacy', jsonb_build_object('database', source->'identity')), NULL, NULL, NULL, 'completed', NULL, NULL, now(), NULL, now(), now(), NULL FROM legacy_move.settings
) g(file, datasource_id, source_type, source_name, sha, context, grain, first, last, status, validated, version, created, started, completed, applied, ms)
LEFT JOIN LATERAL (SELECT row AS g_legacy FROM given WHERE given.file = g.file) l ON true
ORDER BY g.created, g.file
ON CONFLICT (batch_id) DO UPDATE SET datasource_id = excluded.datasource_id, source_name = excluded.source_name, legacy = excluded.legacy,
    validation_status = excluded.validation_status, context = excluded.context
WHERE t.source_type = 'legacy' AND (t.datasource_id, t.legacy, t.context) IS DISTINCT FROM (excluded.datasource_id, excluded.legacy, excluded.context)
