-- Stages of loads (dry runs are none) that began in the last seven days: how often, how long, how many records went in, out and between.
CREATE OR REPLACE VIEW "v_pipeline_health" AS
SELECT
    b.pipeline_name,
    e.stage,
    e.status,
    count(*) AS execution_count,
    round(avg(extract(epoch FROM e.completed_at - e.started_at)), 2) AS avg_duration_seconds,
    sum(e.records_in)::bigint AS total_records_in,
    sum(e.records_out)::bigint AS total_records_out,
    sum(e.records_in - e.records_out)::bigint AS total_records_lost,
    max(e.completed_at) AS last_execution
FROM pipeline_execution e
LEFT JOIN ingest_batch b ON b.batch_id = e.batch_id
WHERE b.dry_run IS NOT TRUE AND e.started_at >= now() - interval '7 days'
GROUP BY b.pipeline_name, e.stage, e.status;
