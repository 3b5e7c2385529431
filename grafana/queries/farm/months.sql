-- Days that have both energy (all hours) and milk.
WITH {farm}
SELECT
    to_char(day, 'YYYY-MM') AS "Month",
    client AS "Farm",
    count(*) AS "Days with both",
    max(meters)::int AS "Meters",
    sum(kwh::numeric)::float8 AS "Energy",
    sum(kg::numeric)::float8 AS "Milk",
    (100 * sum(kwh::numeric) / nullif(sum(kg::numeric), 0))::float8 AS "kWh per 100 kg"
FROM farm
GROUP BY 1, 2
ORDER BY 1 DESC, 2
