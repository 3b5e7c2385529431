-- What became of the records of loads that ended on each local day (of the source; UTC for a file with several).
WITH {batch},
counted AS (
    SELECT b.*, (completed_at AT TIME ZONE zone)::date AS day
    FROM batch b
    WHERE status IN ('completed', 'undone') AND $__timeFilter(completed_at)
)
SELECT local_day_start(c.day, c.zone) AS time, outcome.metric, sum(outcome.records)::float8 AS records
FROM counted c
CROSS JOIN LATERAL (VALUES
    ('loaded', c.records_inserted + c.records_updated),
    ('already there', c.records_unchanged + c.records_skipped),
    ('refused', c.records_rejected)
) AS outcome (metric, records)
GROUP BY 1, 2
ORDER BY 1, 2
