-- Per cow and day, as the robot reports it.
WITH {source}, {herd}
SELECT local_day_start(production_date, zone) AS time, name AS metric, day_production_per_cow_kg AS "kg"
FROM herd
WHERE day_production_per_cow_kg IS NOT NULL
ORDER BY 1, 2
