-- How long each load took, at the time when it ended.
WITH {batch}
SELECT completed_at AS time, dataset AS metric, execution_time_ms / 1000.0::float8 AS seconds
FROM batch
WHERE status IN ('completed', 'undone') AND execution_time_ms IS NOT NULL AND $__timeFilter(completed_at)
ORDER BY 1, 2
