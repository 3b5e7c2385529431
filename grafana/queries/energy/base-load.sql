-- What always runs: nine of ten hours of the local day need more. Days with less than 20 hours are left out.
WITH {source}, {hour}
SELECT local_day_start(day, zone) AS time, name AS metric, percentile_cont(0.1) WITHIN GROUP (ORDER BY kwh) AS "kW"
FROM hour
GROUP BY id, name, zone, day
HAVING count(*) >= 20
ORDER BY 1, 2
