-- Energy of the chosen meters per 100 kg of milk and local day, on days that have both, with all hours. A grid connection is not counted: it contains the other meters.
WITH {farm}
SELECT local_day_start(day, zone) AS time, client AS metric, 100 * kwh / nullif(kg, 0) AS "kWh per 100 kg"
FROM farm
ORDER BY 1, 2
