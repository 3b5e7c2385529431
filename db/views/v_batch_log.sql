-- Every batch with its counts and its times, without what it was given (context, errors, who sent it): for dashboards.
CREATE OR REPLACE VIEW "v_batch_log" AS
SELECT
    batch_id,
    datasource_id,
    dataset,
    source_type,
    source_name,
    status,
    dry_run,
    records_read,
    records_inserted,
    records_updated,
    records_unchanged,
    records_skipped,
    records_rejected,
    created_at,
    started_at,
    completed_at,
    applied_at,
    execution_time_ms
FROM ingest_batch;
