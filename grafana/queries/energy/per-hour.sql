-- Per meter and hour of the local clock.
WITH {source}, {hour}
SELECT started AS time, name AS metric, kwh AS "kWh"
FROM hour
ORDER BY 1, 2
