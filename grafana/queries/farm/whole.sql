-- All days of the time range that have both energy (all hours) and milk, together.
WITH {farm}
SELECT client AS "Farm", (100 * sum(kwh::numeric) / nullif(sum(kg::numeric), 0))::float8 AS "kWh per 100 kg"
FROM farm
GROUP BY client
ORDER BY 1
