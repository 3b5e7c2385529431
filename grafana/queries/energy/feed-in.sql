-- What photovoltaic meters of the chosen clients fed in, per local day.
WITH {source}, {day}
SELECT local_day_start(day, zone) AS time, name AS metric, kwh AS "kWh"
FROM day
ORDER BY 1, 2
