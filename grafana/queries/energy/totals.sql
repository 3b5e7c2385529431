-- Of the local days in the time range.
WITH {source}, {day}
SELECT name AS "Meter", sum(kwh::numeric)::float8 AS "kWh"
FROM day
GROUP BY id, name
ORDER BY 2 DESC, 1
