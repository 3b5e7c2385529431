-- How many sources are on time, late by their own rhythm, or silent from the start, at the end of the time range (`pnpm sources freshness`).
WITH {fresh}
SELECT
    count(*) FILTER (WHERE state = 'fresh') AS "On time",
    count(*) FILTER (WHERE state = 'late') AS "Late",
    count(*) FILTER (WHERE state = 'never') AS "Without readings",
    count(*) FILTER (WHERE state = 'unexpected') AS "Not expected"
FROM fresh
