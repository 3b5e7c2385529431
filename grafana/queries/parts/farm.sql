-- Energy and milk of farms by local day.
{source}, {day},
farm AS (
    -- Days that have both, and no meter with missing hours; how many meters there were is said beside them.
    SELECT client, day, sum(kwh::numeric)::float8 AS kwh, sum(meters) AS meters, sum(kg::numeric)::float8 AS kg, min(zone) AS zone
    FROM (
        SELECT client, day, zone, kwh, 1 AS meters, whole, NULL::float8 AS kg FROM day
        UNION ALL
        SELECT coalesce(d.client, '–'), p.production_date, NULL, NULL, 0, NULL, p.day_production_per_cow_kg * p.number_of_animals
        FROM dairy_production p
        JOIN datasource d ON d.id = p.datasource_id
    ) part
    GROUP BY 1, 2
    HAVING bool_and(whole) AND count(kg) > 0
)
