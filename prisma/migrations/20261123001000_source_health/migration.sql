-- Which source is late, and what dashboards may know of batches: four views without anything confidential, and two functions.
-- Every batch with its counts and its times, without what it was given (context, errors, who sent it): for dashboards.
CREATE OR REPLACE VIEW "v_batch_log" AS
SELECT
    batch_id,
    datasource_id,
    dataset,
    source_type,
    source_name,
    status,
    dry_run,
    records_read,
    records_inserted,
    records_updated,
    records_unchanged,
    records_skipped,
    records_rejected,
    created_at,
    started_at,
    completed_at,
    applied_at,
    execution_time_ms
FROM ingest_batch;

-- How many records each load (dry runs are none) refused for which reason; a record that is wrong twice counts under both.
CREATE OR REPLACE VIEW "v_batch_reasons" AS
SELECT
    c.batch_id,
    b.datasource_id,
    c.dataset,
    c.check_name AS reason,
    c.failed_count AS records,
    c.checked_at
FROM data_quality_check c
JOIN ingest_batch b ON b.batch_id = c.batch_id
WHERE c.check_type = 'record' AND NOT c.passed AND NOT b.dry_run;

-- What stands in the tables by which load: the batches that count now, with the sources they touched, from when to when.
CREATE OR REPLACE VIEW "v_batch_sources" AS
SELECT
    p.batch_id,
    p.datasource_id,
    b.dataset,
    p.rows,
    p.first,
    p.last,
    b.completed_at
FROM ingest_batch_datasource p
JOIN ingest_batch b ON b.batch_id = p.batch_id
WHERE b.status = 'completed' AND NOT b.dry_run;

-- How long the stages of each load (dry runs are none) took, in seconds.
CREATE OR REPLACE VIEW "v_batch_stages" AS
SELECT
    e.batch_id,
    b.datasource_id,
    b.dataset,
    e.stage,
    e.started_at,
    extract(epoch FROM e.completed_at - e.started_at)::float8 AS seconds,
    e.records_in,
    e.records_out
FROM pipeline_execution e
JOIN ingest_batch b ON b.batch_id = e.batch_id
WHERE e.completed_at IS NOT NULL AND NOT b.dry_run;

-- The first instant of a day by the clocks of a zone: one hour before "midnight" where the clocks went back over midnight (Azores,
-- Havana), for which AT TIME ZONE takes the later of the two; where they went forward over it, AT TIME ZONE gives the first instant.
CREATE FUNCTION "local_day_start"("day" DATE, "zone" TEXT) RETURNS TIMESTAMPTZ LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN (("day"::timestamp AT TIME ZONE "zone" - interval '1 hour') AT TIME ZONE "zone")::date = "day"
        THEN "day"::timestamp AT TIME ZONE "zone" - interval '1 hour'
        ELSE "day"::timestamp AT TIME ZONE "zone"
    END
$$;

-- How fresh each source was at an instant, a row per source and dataset; a source without readings has one row without a dataset.
--   step_seconds      the usual distance of its readings: the most frequent one among the last 500
--   delivery_seconds  the usual distance of its deliveries, in the time of the readings: the median distance between the last readings
--                     of its last 20 loads, so that months loaded in one go are still months; of a single load, the time it spans
--   due_at            when the next reading should have come: one and a half deliveries and two steps after the last
--   state             fresh, late (after due_at), never (no reading at all), unexpected (offline or in maintenance)
-- The instant of a local day is its end, for a day's total is there when the day is over.
CREATE FUNCTION "source_freshness"("at" TIMESTAMPTZ)
RETURNS TABLE (
    datasource_id INTEGER, external_id TEXT, name TEXT, client TEXT, timezone TEXT, dataset TEXT, last_reading TIMESTAMPTZ, last_loaded_at TIMESTAMPTZ,
    step_seconds FLOAT8, delivery_seconds FLOAT8, age_seconds FLOAT8, due_at TIMESTAMPTZ, state TEXT
) LANGUAGE sql STABLE AS $$
    WITH source AS (
        SELECT d.*, coalesce(d.timezone, 'UTC') AS zone, ("at" AT TIME ZONE coalesce(d.timezone, 'UTC'))::date AS today FROM "datasource" d
    ),
    reading AS (
        SELECT s.id, 'energy_hourly' AS dataset, r.ts FROM source s CROSS JOIN LATERAL (
            SELECT f.ts FROM "fact_energy_hourly" f WHERE f.datasource_id = s.id AND f.ts <= "at" ORDER BY f.ts DESC LIMIT 500) r
        UNION ALL
        SELECT s.id, 'environmental_metrics', r."timestamp" FROM source s CROSS JOIN LATERAL (
            SELECT f."timestamp" FROM "environmental_metrics" f WHERE f.datasource_id = s.id AND f."timestamp" <= "at" ORDER BY f."timestamp" DESC LIMIT 500) r
        UNION ALL
        SELECT s.id, 'energy_daily', "local_day_start"(r.ts + 1, s.zone) FROM source s CROSS JOIN LATERAL (
            SELECT f.ts FROM "fact_energy_daily" f WHERE f.datasource_id = s.id AND f.ts < s.today ORDER BY f.ts DESC LIMIT 500) r
        UNION ALL
        SELECT s.id, 'dairy_production', "local_day_start"(r.production_date + 1, s.zone) FROM source s CROSS JOIN LATERAL (
            SELECT f.production_date FROM "dairy_production" f WHERE f.datasource_id = s.id AND f.production_date < s.today
            ORDER BY f.production_date DESC LIMIT 500) r
    ),
    gap AS (
        SELECT r.id, r.dataset, r.ts, extract(epoch FROM r.ts - lag(r.ts) OVER (PARTITION BY r.id, r.dataset ORDER BY r.ts))::float8 AS seconds FROM reading r
    ),
    rhythm AS (
        SELECT g.id, g.dataset, max(g.ts) AS last_reading, mode() WITHIN GROUP (ORDER BY g.seconds) FILTER (WHERE g.seconds > 0) AS step
        FROM gap g GROUP BY 1, 2
    ),
    load AS (
        SELECT b.datasource_id, b.dataset, b.last, extract(epoch FROM b.last - b.first)::float8 AS span, b.completed_at,
               extract(epoch FROM b.last - lag(b.last) OVER newest)::float8 AS distance,
               row_number() OVER (PARTITION BY b.datasource_id, b.dataset ORDER BY b.last DESC) AS n
        FROM "v_batch_sources" b
        WINDOW newest AS (PARTITION BY b.datasource_id, b.dataset ORDER BY b.last)
    ),
    delivery AS (
        SELECT l.datasource_id, l.dataset, max(l.completed_at) AS last_loaded_at,
               coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY l.distance) FILTER (WHERE l.distance > 0 AND l.n <= 20), max(l.span)) AS seconds
        FROM load l GROUP BY 1, 2
    ),
    judged AS (
        SELECT s.id, s.external_id, coalesce(s.alias, s.name, s.external_id) AS name, s.client, s.timezone, s.status, r.dataset, r.last_reading, v.last_loaded_at,
               r.step, v.seconds AS delivery,
               r.last_reading + make_interval(secs => 1.5 * coalesce(v.seconds, 0) + 2 * coalesce(r.step, 3600)) AS due_at
        FROM source s
        LEFT JOIN rhythm r ON r.id = s.id
        LEFT JOIN delivery v ON v.datasource_id = s.id AND v.dataset = r.dataset
    )
    SELECT j.id, j.external_id, j.name, j.client, j.timezone, j.dataset, j.last_reading, j.last_loaded_at, j.step, j.delivery,
           extract(epoch FROM "at" - j.last_reading)::float8, j.due_at,
           CASE WHEN j.status IN ('offline', 'maintenance') THEN 'unexpected'
                WHEN j.dataset IS NULL THEN 'never'
                WHEN j.due_at < "at" THEN 'late'
                ELSE 'fresh' END
    FROM judged j
    ORDER BY j.external_id, j.dataset
$$;

-- Who may read the views: last, when all of them are there.
DO $$
DECLARE
    reader text;
    view_name text;
BEGIN
    FOR reader IN SELECT rolname FROM pg_catalog.pg_roles WHERE rolname IN ('cei_owner', 'cei_ingestor', 'cei_api', 'cei_grafana') LOOP
        FOREACH view_name IN ARRAY ARRAY[
            'v_air_quality_analysis', 'v_batch_log', 'v_batch_reasons', 'v_batch_sources', 'v_batch_stages',
            'v_dairy_production_daily', 'v_data_quality_summary', 'v_energy_daily', 'v_energy_hourly', 'v_energy_monthly',
            'v_environmental_metrics_daily', 'v_environmental_summary', 'v_feed_efficiency_analysis', 'v_pipeline_health',
            'v_production_summary', 'v_source_comparison'
        ] LOOP
            EXECUTE format('GRANT SELECT ON %I TO %I', view_name, reader);
        END LOOP;
    END LOOP;
END
$$;
