-- The stages of loads that began in the time range.
SELECT
    t.stage AS "Stage",
    count(*) AS "Loads",
    avg(t.seconds) AS "Mean",
    percentile_cont(0.95) WITHIN GROUP (ORDER BY t.seconds) AS "95 of 100 below",
    max(t.seconds) AS "Longest",
    sum(t.records_in)::float8 AS "Records in",
    sum(t.records_out)::float8 AS "Records out"
FROM v_batch_stages t
LEFT JOIN datasource d ON d.id = t.datasource_id
WHERE $__timeFilter(t.started_at)
    AND (d.id IS NULL OR coalesce(d.client, '–') IN (${client:sqlstring}) AND d.id::text IN (${source:sqlstring}))
GROUP BY t.stage
ORDER BY min(t.started_at)
