-- Mean power per hour of the local clock (upwards) and local day, of all chosen meters together.
WITH {source}, {hour},
clock AS (
    -- The mean power of each hour of the clock: an autumn night's doubled hour is two hours, and not twice the power.
    SELECT id, zone, day, to_char(started AT TIME ZONE zone, 'HH24') AS hour_of_day, avg(kwh) AS kw
    FROM hour
    GROUP BY 1, 2, 3, 4
)
SELECT local_day_start(day, zone) AS time, hour_of_day AS metric, sum(kw) AS "kW"
FROM clock
GROUP BY 1, 2
ORDER BY 1, 2
