-- Whether hourly rows show a local clock: on the last Sunday of March a clock that is put forward has no row of 03:00 among its 24 hours
-- (Asia/Nicosia: 03:00 to 04:00). {old}: the old schema.
SELECT count(*) FILTER (WHERE NOT has_three)::int AS lacking, count(*) FILTER (WHERE has_three)::int AS having
FROM (
    SELECT device_id, ts::date AS day, bool_or(extract(hour FROM ts) = 3) AS has_three
    FROM {old}.fact_energy_hourly
    WHERE extract(month FROM ts) = 3 AND extract(isodow FROM ts) = 7 AND extract(day FROM ts) > 24
    GROUP BY 1, 2
    HAVING count(*) >= 20
) days
