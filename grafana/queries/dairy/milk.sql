-- Milk per cow times cows.
WITH {source}, {herd}
SELECT local_day_start(production_date, zone) AS time, name AS metric, milk_kg AS "kg"
FROM herd
WHERE milk_kg IS NOT NULL
ORDER BY 1, 2
