-- Mean of each hour of the local clock.
WITH {source}, {weather}
SELECT hour AS time, name AS metric, avg(temperature) AS value
FROM weather
WHERE temperature IS NOT NULL
GROUP BY id, name, hour
ORDER BY 1, 2
