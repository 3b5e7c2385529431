-- As aggregate.sql, of whole months of the sources' own zones, from the rollup. $1 ids, $2 first months, $3 the months after the last.
SELECT values.*
FROM unnest($1::int[], $2::date[], $3::date[]) WITH ORDINALITY AS part (id, lo, hi, n)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(m.received), 0)::int AS received, sum(m.energy_kwh) AS energy_kwh,
           min(m.energy_kwh_min) AS energy_kwh_min, max(m.energy_kwh_max) AS energy_kwh_max
    FROM fact_energy_hourly_month AS m
    WHERE m.datasource_id = part.id AND m.month >= part.lo AND m.month < part.hi
) AS values
ORDER BY part.n
