-- Milk per cow weighs each day by its cows; milk ÷ feed is the quotient of the sums.
WITH {source}, {herd}
SELECT
    to_char(production_date, 'YYYY-MM') AS "Month",
    name AS "Herd",
    count(*) AS "Days",
    sum(milk_kg::numeric)::float8 AS "Milk",
    sum(milk_kg::numeric)::float8 / nullif(sum(number_of_animals) FILTER (WHERE milk_kg IS NOT NULL), 0) AS "Milk per cow and day",
    avg(number_of_animals)::float8 AS "Cows",
    sum(day_production_per_cow_kg::numeric) FILTER (WHERE fed_per_cow_total_kg > 0)::float8
        / nullif(sum(fed_per_cow_total_kg::numeric) FILTER (WHERE day_production_per_cow_kg IS NOT NULL), 0)::float8 AS "Milk ÷ feed",
    avg(rumination_minutes) AS "Rumination"
FROM herd
GROUP BY id, name, 1
ORDER BY 1 DESC, 2
