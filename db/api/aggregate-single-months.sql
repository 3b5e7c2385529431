-- As aggregate-months.sql, of one month each: nothing is left to be summed. $1 ids, $2 months.
SELECT coalesce(m.received, 0) AS received, m.energy_kwh, m.energy_kwh_min, m.energy_kwh_max
FROM unnest($1::int[], $2::date[]) WITH ORDINALITY AS part (id, month, n)
LEFT JOIN fact_energy_hourly_month AS m ON m.datasource_id = part.id AND m.month = part.month
ORDER BY part.n
