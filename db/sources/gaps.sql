-- Missing ranges of each source: hours of the local clock without any reading (energy, weather), and days without one (daily readings,
-- herds). $1 ids or null, $2 client or null, $3 first local day or null, $4 local day after the last or null.
-- Without bounds, what lies between the first and the last reading; with them, also what lies before and after; nothing that is not over.
WITH source AS (
    SELECT
        s.*,
        local_day_start($3::date, s.zone) AS lo,
        least(local_day_start($4::date, s.zone), now() - (now() AT TIME ZONE s.zone - date_trunc('hour', now() AT TIME ZONE s.zone))) AS hi,
        least($4::date, (now() AT TIME ZONE s.zone)::date) AS last_day
    FROM (SELECT id, external_id, coalesce(timezone, 'UTC') AS zone, client FROM datasource) s
    WHERE ($1::int[] IS NULL OR s.id = ANY ($1::int[])) AND ($2::text IS NULL OR s.client = $2)
),
reading AS (
    SELECT s.id, 'energy_hourly' AS dataset, s.zone, f.ts
    FROM source s
    JOIN fact_energy_hourly f ON f.datasource_id = s.id AND f.ts >= coalesce(s.lo, '-infinity') AND f.ts < CASE WHEN $4::date IS NULL THEN 'infinity' ELSE s.hi END
    UNION ALL
    SELECT s.id, 'environmental_metrics', s.zone, f."timestamp"
    FROM source s
    JOIN environmental_metrics f ON f.datasource_id = s.id AND f."timestamp" >= coalesce(s.lo, '-infinity') AND f."timestamp" < CASE WHEN $4::date IS NULL THEN 'infinity' ELSE s.hi END
),
hour AS (
    SELECT id, dataset, ts - (ts AT TIME ZONE zone - date_trunc('hour', ts AT TIME ZONE zone)) AS started FROM reading GROUP BY 1, 2, 3
    UNION ALL
    -- The bounds, as hours that are there: one before the first day, one after the last.
    SELECT s.id, has.dataset, bound.started
    FROM source s
    CROSS JOIN LATERAL (
        SELECT 'energy_hourly' AS dataset WHERE EXISTS (SELECT FROM fact_energy_hourly f WHERE f.datasource_id = s.id)
        UNION ALL
        SELECT 'environmental_metrics' WHERE EXISTS (SELECT FROM environmental_metrics f WHERE f.datasource_id = s.id)
    ) has
    CROSS JOIN LATERAL (VALUES (s.lo - interval '1 hour'), (CASE WHEN $4::date IS NOT NULL THEN s.hi END)) AS bound (started)
    WHERE bound.started IS NOT NULL
),
hole AS (
    SELECT id, dataset, started + interval '1 hour' AS since, lead(started) OVER (PARTITION BY id, dataset ORDER BY started) AS until FROM hour
),
missing_hours AS (
    SELECT
        s.external_id, s.id, h.dataset, 'hour' AS unit, ceil(extract(epoch FROM h.until - h.since) / 3600)::int AS missing, h.since, h.until,
        h.since AT TIME ZONE s.zone AS local_since,
        h.until AT TIME ZONE s.zone AS local_until,
        local_day_start((h.since AT TIME ZONE s.zone)::date, s.zone) = h.since AS at_midnight
    FROM hole h
    JOIN source s ON s.id = h.id
    WHERE h.until > h.since
),
day AS (
    SELECT s.id, 'energy_daily' AS dataset, f.ts AS day
    FROM source s
    JOIN fact_energy_daily f ON f.datasource_id = s.id AND f.ts >= coalesce($3::date, '-infinity') AND f.ts < coalesce($4::date, 'infinity')
    UNION ALL
    SELECT s.id, 'dairy_production', f.production_date
    FROM source s
    JOIN dairy_production f ON f.datasource_id = s.id AND f.production_date >= coalesce($3::date, '-infinity') AND f.production_date < coalesce($4::date, 'infinity')
    UNION ALL
    SELECT s.id, has.dataset, bound.day
    FROM source s
    CROSS JOIN LATERAL (
        SELECT 'energy_daily' AS dataset WHERE EXISTS (SELECT FROM fact_energy_daily f WHERE f.datasource_id = s.id)
        UNION ALL
        SELECT 'dairy_production' WHERE EXISTS (SELECT FROM dairy_production f WHERE f.datasource_id = s.id)
    ) has
    CROSS JOIN LATERAL (VALUES ($3::date - 1), (CASE WHEN $4::date IS NOT NULL THEN s.last_day END)) AS bound (day)
    WHERE bound.day IS NOT NULL
),
day_hole AS (
    SELECT id, dataset, day + 1 AS since, lead(day) OVER (PARTITION BY id, dataset ORDER BY day) AS until FROM day
)
SELECT id AS datasource_id, external_id, dataset, unit, missing,
    greatest(0, local_until::date - local_since::date - CASE WHEN at_midnight THEN 0 ELSE 1 END) AS whole_days,
    to_char(local_since, 'YYYY-MM-DD HH24:MI') AS local_from, to_char(local_until, 'YYYY-MM-DD HH24:MI') AS local_to, since AS "from", until AS "to"
FROM missing_hours
UNION ALL
SELECT h.id, s.external_id, h.dataset, 'day', h.until - h.since, h.until - h.since,
    to_char(h.since, 'YYYY-MM-DD'), to_char(h.until, 'YYYY-MM-DD'), local_day_start(h.since, s.zone), local_day_start(h.until, s.zone)
FROM day_hole h
JOIN source s ON s.id = h.id
WHERE h.until > h.since
ORDER BY external_id, dataset, "from"
