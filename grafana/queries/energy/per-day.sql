-- Per meter and local day: its own daily reading where there is one, else the sum of the hours that are there. A grid connection contains the meters behind it: choose either.
WITH {source}, {day}
SELECT local_day_start(day, zone) AS time, name AS metric, kwh AS "kWh"
FROM day
ORDER BY 1, 2
