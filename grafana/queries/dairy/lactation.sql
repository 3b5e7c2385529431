-- Mean days in milk.
WITH {source}, {herd}
SELECT local_day_start(production_date, zone) AS time, name AS metric, average_lactation_days AS "days"
FROM herd
WHERE average_lactation_days IS NOT NULL
ORDER BY 1, 2
