-- The mean day by the local clock, of all chosen meters together.
WITH {source}, {hour},
clock AS (
    SELECT id, day, extract(hour FROM started AT TIME ZONE zone)::int AS hour_of_day, extract(isodow FROM day) >= 6 AS weekend, avg(kwh) AS kw
    FROM hour
    GROUP BY id, zone, day, 3, started
),
summed AS (
    SELECT day, hour_of_day, weekend, sum(kw) AS kw FROM (
        SELECT id, day, hour_of_day, weekend, avg(kw) AS kw FROM clock GROUP BY 1, 2, 3, 4
    ) meter GROUP BY 1, 2, 3
)
SELECT to_char(hour_of_day, 'FM00') AS "Hour", avg(kw) FILTER (WHERE NOT weekend) AS "Monday to Friday", avg(kw) FILTER (WHERE weekend) AS "Weekend"
FROM summed
GROUP BY hour_of_day
ORDER BY 1
