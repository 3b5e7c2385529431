-- The twenty hours with the most energy.
WITH {source}, {hour}
SELECT to_char(started AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI') AS "Hour from (local)", name AS "Meter", kwh AS "kWh"
FROM hour
ORDER BY kwh DESC, started, name
LIMIT 20
