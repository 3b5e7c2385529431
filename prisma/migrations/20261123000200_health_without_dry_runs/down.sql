-- The views as they were.
-- Stages of loads that began in the last seven days: how often, how long, how many records went in, out and between.
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
WHERE e.started_at >= now() - interval '7 days'
GROUP BY b.pipeline_name, e.stage, e.status;

-- Checks of the last seven days by dataset and type, with the share that passed in per cent.
CREATE OR REPLACE VIEW "v_data_quality_summary" AS
SELECT
    dataset,
    check_type,
    count(*) AS total_checks,
    count(*) FILTER (WHERE passed) AS passed_checks,
    count(*) FILTER (WHERE NOT passed) AS failed_checks,
    round(100.0 * count(*) FILTER (WHERE passed) / count(*), 2) AS pass_rate,
    max(checked_at) AS last_check
FROM data_quality_check
WHERE checked_at >= now() - interval '7 days'
GROUP BY dataset, check_type;
