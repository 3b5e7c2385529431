-- Cows in milk.
WITH {source}, {herd}
SELECT local_day_start(production_date, zone) AS time, name AS metric, number_of_animals AS "cows"
FROM herd
WHERE number_of_animals IS NOT NULL
ORDER BY 1, 2
