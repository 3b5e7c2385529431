-- Every sensor of every station: when it last gave a value, and how many of the readings in the time range came without one.
WITH {source}, {weather},
sensor AS (
    SELECT w.id, w.name, each.sensor, count(*) AS readings, count(each.value) AS measured,
        max(w."timestamp") FILTER (WHERE each.value IS NOT NULL) AS last_value
    FROM weather w
    CROSS JOIN LATERAL (VALUES
        ('air pressure', w.atm_pressure), ('noise', w.noise_level_db), ('temperature', w.temperature), ('humidity', w.humidity),
        ('PM10', w.pm10), ('PM2.5', w.pm2p5), ('wind speed', w.wind_speed), ('wind direction', w.wind_angle)
    ) AS each (sensor, value)
    WHERE w."timestamp" <= $__timeTo()::timestamptz
    GROUP BY 1, 2, 3
)
SELECT
    name AS "Station",
    sensor AS "Sensor",
    last_value AS "Last value",
    extract(epoch FROM least(now(), $__timeTo()::timestamptz) - last_value)::float8 AS "Silent for",
    readings AS "Readings",
    readings - measured AS "Without a value",
    100.0::float8 * (readings - measured) / readings AS "Missing"
FROM sensor
ORDER BY 4 DESC NULLS FIRST, 7 DESC, 1, 2
