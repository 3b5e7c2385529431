-- Energy by local day.
{hour},
day AS (
    -- Energy by local day: the source's own reading of the day where it has one, else the sum of its hours.
    SELECT s.id, s.name, s.client, s.zone, day, coalesce(read.kwh, summed.kwh) AS kwh,
        read.kwh IS NOT NULL
            OR summed.hours * interval '1 hour' >= local_day_start(day + 1, s.zone) - local_day_start(day, s.zone) AS whole
    FROM (SELECT id, day, sum(kwh::numeric)::float8 AS kwh, count(*) AS hours FROM hour GROUP BY id, day) summed
    FULL JOIN (
        SELECT s.id, f.ts AS day, f.energy_kwh AS kwh
        FROM source s
        JOIN fact_energy_daily f ON f.datasource_id = s.id AND f.ts BETWEEN s.first_day AND s.last_day
        WHERE s.own_zone
    ) read USING (id, day)
    JOIN source s USING (id)
)
