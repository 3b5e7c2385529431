-- Days whose mean was above a limit: WHO global air quality guidelines (2021; 99th percentile), Directive 2008/50/EC annex XI, Directive (EU) 2024/2881 annex I (from 2030).
WITH {source}, {weather},
day AS (
    SELECT id, name, day, 'PM10' AS particles, avg(pm10) AS mean FROM weather GROUP BY 1, 2, 3
    UNION ALL
    SELECT id, name, day, 'PM2.5', avg(pm2p5) FROM weather GROUP BY 1, 2, 3
)
SELECT
    day.name AS "Station",
    known.name AS "Limit of the daily mean",
    known.daily_mean::float8 AS "µg/m³",
    count(*) AS "Days measured",
    count(*) FILTER (WHERE day.mean > known.daily_mean) AS "Days above",
    known.allowed_days AS "Allowed in a year"
FROM day
JOIN (VALUES {limits}) AS known (particles, name, daily_mean, allowed_days) ON known.particles = day.particles
WHERE day.mean IS NOT NULL
GROUP BY day.id, day.name, known.particles, known.name, known.daily_mean, known.allowed_days
ORDER BY 1, 2
