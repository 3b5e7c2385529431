-- Feed and water per cow and day.
WITH {source}, {herd}
SELECT local_day_start(production_date, zone) AS time, name || ', ' || fed.what AS metric, fed.kg AS "kg"
FROM herd
CROSS JOIN LATERAL (VALUES ('feed', fed_per_cow_total_kg), ('water', fed_per_cow_water_kg)) AS fed (what, kg)
WHERE fed.kg IS NOT NULL
ORDER BY 1, 2
