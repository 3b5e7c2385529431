-- Mean of each hour of the local clock.
WITH {source}, {weather}
SELECT hour AS time, name AS metric, avg(wind_speed) AS "m/s"
FROM weather
WHERE wind_speed IS NOT NULL
GROUP BY id, name, hour
ORDER BY 1, 2
