-- Mean of the local day against: WHO global air quality guidelines (2021), Directive 2008/50/EC annex XI, Directive (EU) 2024/2881 annex I (from 2030).
WITH {source}, {weather},
day AS (
    SELECT day, zone, name, avg({measure}) AS mean
    FROM weather
    WHERE {measure} IS NOT NULL
    GROUP BY id, name, zone, day
)
SELECT local_day_start(day, zone) AS time, name AS metric, mean AS "µg/m³" FROM day
UNION ALL
SELECT DISTINCT local_day_start(day.day, day.zone), known.name, known.daily_mean
FROM day, (VALUES {limits}) AS known (particles, name, daily_mean, allowed_days)
WHERE known.particles = '{particles}'
ORDER BY 1, 2
