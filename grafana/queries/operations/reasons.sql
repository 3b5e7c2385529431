-- Why records were refused. A record that is wrong twice counts under both.
SELECT r.reason AS "Reason", sum(r.records)::float8 AS "Records"
FROM v_batch_reasons r
LEFT JOIN datasource d ON d.id = r.datasource_id
WHERE $__timeFilter(r.checked_at)
    AND (d.id IS NULL OR coalesce(d.client, '–') IN (${client:sqlstring}) AND d.id::text IN (${source:sqlstring}))
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 12
