-- The last hundred batches of the time range.
WITH {batch}
SELECT
    b.created_at AS "Came in",
    b.source_name AS "File",
    coalesce(d.alias, d.name, d.external_id) AS "Datasource",
    b.dataset AS "Dataset",
    b.status AS "Status",
    b.records_read AS "Read",
    b.records_inserted + b.records_updated AS "Loaded",
    b.records_unchanged + b.records_skipped AS "Already there",
    b.records_rejected AS "Refused",
    b.execution_time_ms / 1000.0::float8 AS "Took"
FROM batch b
LEFT JOIN datasource d ON d.id = b.datasource_id
WHERE $__timeFilter(b.created_at)
ORDER BY b.created_at DESC, b.batch_id DESC
LIMIT 100
