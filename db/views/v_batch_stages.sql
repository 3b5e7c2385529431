-- How long the stages of each load (dry runs are none) took, in seconds.
CREATE OR REPLACE VIEW "v_batch_stages" AS
SELECT
    e.batch_id,
    b.datasource_id,
    b.dataset,
    e.stage,
    e.started_at,
    extract(epoch FROM e.completed_at - e.started_at)::float8 AS seconds,
    e.records_in,
    e.records_out
FROM pipeline_execution e
JOIN ingest_batch b ON b.batch_id = e.batch_id
WHERE e.completed_at IS NOT NULL AND NOT b.dry_run;
