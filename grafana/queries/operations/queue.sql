-- What waits to be loaded now, and what failed in the time range.
WITH {batch}
SELECT
    count(*) FILTER (WHERE status = 'pending') AS "Waiting",
    count(*) FILTER (WHERE status = 'processing') AS "Loading",
    coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE status = 'pending')), 0)::float8 AS "Longest wait",
    count(*) FILTER (WHERE status = 'failed' AND $__timeFilter(created_at)) AS "Failed"
FROM batch
