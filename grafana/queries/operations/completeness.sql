-- How much of each local day its readings cover: hours of 23, 24 or 25; weather by its usual step; a daily reading is there or not.
WITH {source},
step AS (
    SELECT f.datasource_id AS id, f.dataset, f.step_seconds
    FROM source_freshness(least(now(), $__timeTo()::timestamptz)) f
    WHERE f.dataset IS NOT NULL
),
received AS (
    -- Seconds of each local day that readings cover.
    SELECT s.id, 'energy_hourly' AS dataset, (f.ts AT TIME ZONE s.zone)::date AS day,
        -- Local hours: where a zone is off by half an hour or a quarter, other hours lie across two of them.
        3600.0 * count(DISTINCT f.ts - (f.ts AT TIME ZONE s.zone - date_trunc('hour', f.ts AT TIME ZONE s.zone))) AS seconds
    FROM source s JOIN fact_energy_hourly f ON f.datasource_id = s.id AND f.ts >= s.since AND f.ts < s.until
    GROUP BY 1, 3
    UNION ALL
    SELECT s.id, 'environmental_metrics', (f."timestamp" AT TIME ZONE s.zone)::date, count(*) * step.step_seconds
    FROM source s
    JOIN step ON step.id = s.id AND step.dataset = 'environmental_metrics'
    JOIN environmental_metrics f ON f.datasource_id = s.id AND f."timestamp" >= s.since AND f."timestamp" < s.until
    GROUP BY 1, 3, step.step_seconds
    UNION ALL
    SELECT s.id, 'energy_daily', f.ts, 1e9
    FROM source s JOIN fact_energy_daily f ON f.datasource_id = s.id AND f.ts BETWEEN s.first_day AND s.last_day
    UNION ALL
    SELECT s.id, 'dairy_production', f.production_date, 1e9
    FROM source s JOIN dairy_production f ON f.datasource_id = s.id AND f.production_date BETWEEN s.first_day AND s.last_day
),
extent AS (
    SELECT id, dataset, min(day) AS first_day FROM received GROUP BY 1, 2
)
SELECT
    local_day_start(days.day, s.zone) AS time,
    s.name || ' · ' || e.dataset AS metric,
    least(100, 100.0 * coalesce(r.seconds, 0)
        / extract(epoch FROM local_day_start(days.day + 1, s.zone) - local_day_start(days.day, s.zone)))::float8 AS "%"
FROM extent e
JOIN source s ON s.id = e.id
-- From the first day with readings on: a day without any is 0 %. Today is not over.
CROSS JOIN LATERAL (
    SELECT generate_series(e.first_day, least(s.last_day, (now() AT TIME ZONE s.zone)::date - 1), interval '1 day')::date AS day
) days
LEFT JOIN received r ON r.id = e.id AND r.dataset = e.dataset AND r.day = days.day
ORDER BY 1, 2
