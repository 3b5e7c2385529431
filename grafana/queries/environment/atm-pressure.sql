-- Mean of each hour of the local clock.
WITH {source}, {weather}
SELECT hour AS time, name AS metric, avg(atm_pressure) AS value
FROM weather
WHERE atm_pressure IS NOT NULL
GROUP BY id, name, hour
ORDER BY 1, 2
