-- Days whose own reading is not the sum of the hours of that local day. $1 ids or null, $2 client or null, $3 first local day or null,
-- $4 local day after the last or null, $5 tolerance in per cent of the day's reading. Below half a hundredth of a kWh per number that was
-- added, a difference is rounding. A day without any hour is no disagreement but a gap.
WITH source AS (
    SELECT id, external_id, coalesce(timezone, 'UTC') AS zone
    FROM datasource
    WHERE ($1::int[] IS NULL OR id = ANY ($1::int[])) AND ($2::text IS NULL OR client = $2)
),
summed AS (
    SELECT s.id, (f.ts AT TIME ZONE s.zone)::date AS day, sum(f.energy_kwh::numeric) AS kwh,
        count(DISTINCT f.ts - (f.ts AT TIME ZONE s.zone - date_trunc('hour', f.ts AT TIME ZONE s.zone)))::int AS hours
    FROM source s
    JOIN fact_energy_hourly f ON f.datasource_id = s.id
        AND f.ts >= coalesce(local_day_start($3::date, s.zone), '-infinity') AND f.ts < coalesce(local_day_start($4::date, s.zone), 'infinity')
    GROUP BY 1, 2
)
SELECT
    s.id AS datasource_id,
    s.external_id,
    f.ts::text AS day,
    f.energy_kwh AS daily_kwh,
    h.kwh::float8 AS hours_kwh,
    (h.kwh - f.energy_kwh::numeric)::float8 AS difference_kwh,
    h.hours,
    ceil(extract(epoch FROM local_day_start(f.ts + 1, s.zone) - local_day_start(f.ts, s.zone)) / 3600)::int AS expected_hours
FROM source s
JOIN fact_energy_daily f ON f.datasource_id = s.id
JOIN summed h ON h.id = s.id AND h.day = f.ts
WHERE abs(h.kwh - f.energy_kwh::numeric) > greatest(abs(f.energy_kwh::numeric) * $5::numeric / 100, 0.005 * (h.hours + 1))
ORDER BY 2, 3
