-- How many records each load (dry runs are none) refused for which reason; a record that is wrong twice counts under both.
CREATE OR REPLACE VIEW "v_batch_reasons" AS
SELECT
    c.batch_id,
    b.datasource_id,
    c.dataset,
    c.check_name AS reason,
    c.failed_count AS records,
    c.checked_at
FROM data_quality_check c
JOIN ingest_batch b ON b.batch_id = c.batch_id
WHERE c.check_type = 'record' AND NOT c.passed AND NOT b.dry_run;
