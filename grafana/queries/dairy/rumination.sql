-- Minutes per cow and day.
WITH {source}, {herd}
SELECT local_day_start(production_date, zone) AS time, name AS metric, rumination_minutes AS "min"
FROM herd
WHERE rumination_minutes IS NOT NULL
ORDER BY 1, 2
