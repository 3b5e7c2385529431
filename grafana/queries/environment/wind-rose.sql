-- Where the wind comes from, in per cent of all readings of wind; what is missing to 100 was calm: below 0.5 m/s there is no direction.
WITH {source}, {weather},
wind AS (
    SELECT wind_speed AS speed, floor((wind_angle + 11.25) / 22.5)::int % 16 AS sector
    FROM weather
    WHERE wind_speed IS NOT NULL AND wind_angle IS NOT NULL
),
every AS (SELECT nullif(count(*), 0) AS readings FROM wind)
SELECT
    compass.name AS "From",
    100.0::float8 * count(wind.speed) FILTER (WHERE speed >= 0.5 AND speed < 2) / every.readings AS "0.5–2 m/s",
    100.0::float8 * count(wind.speed) FILTER (WHERE speed >= 2 AND speed < 4) / every.readings AS "2–4 m/s",
    100.0::float8 * count(wind.speed) FILTER (WHERE speed >= 4 AND speed < 6) / every.readings AS "4–6 m/s",
    100.0::float8 * count(wind.speed) FILTER (WHERE speed >= 6) / every.readings AS "6 m/s and more"
FROM unnest(ARRAY['N', 'NNE', 'NE', 'ENE', 'E', 'ESE', 'SE', 'SSE', 'S', 'SSW', 'SW', 'WSW', 'W', 'WNW', 'NW', 'NNW'])
    WITH ORDINALITY AS compass (name, n)
CROSS JOIN every
LEFT JOIN wind ON wind.sector = compass.n - 1
GROUP BY compass.name, compass.n, every.readings
ORDER BY compass.n
