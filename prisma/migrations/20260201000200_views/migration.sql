-- Particles per local day over all stations together, with a class by the daily mean. A day without a mean has no class (the old view
-- called it Poor). Classes go by the mean as measured, not as rounded for display.
CREATE OR REPLACE VIEW "v_air_quality_analysis" AS
SELECT
    measurement_date,
    round(pm10_mean, 2) AS avg_pm10,
    max_pm10,
    round(pm2p5_mean, 2) AS avg_pm2p5,
    max_pm2p5,
    CASE
        WHEN pm10_mean <= 40 THEN 'Good'
        WHEN pm10_mean <= 80 THEN 'Fair'
        WHEN pm10_mean <= 120 THEN 'Moderate'
        WHEN pm10_mean > 120 THEN 'Poor'
    END AS pm10_quality,
    CASE
        WHEN pm2p5_mean <= 12 THEN 'Good'
        WHEN pm2p5_mean <= 35.4 THEN 'Moderate'
        WHEN pm2p5_mean > 35.4 THEN 'Poor'
    END AS pm2p5_quality
FROM (
    SELECT
        (m."timestamp" AT TIME ZONE coalesce(d.timezone, 'UTC'))::date AS measurement_date,
        avg(m.pm10::numeric) AS pm10_mean,
        round(max(m.pm10::numeric), 2) AS max_pm10,
        avg(m.pm2p5::numeric) AS pm2p5_mean,
        round(max(m.pm2p5::numeric), 2) AS max_pm2p5
    FROM environmental_metrics m
    JOIN datasource d ON d.id = m.datasource_id
    GROUP BY 1
) days
ORDER BY measurement_date DESC;

-- A row per farm and local day, newest first, with the day's total and the efficiency computed from what the row shows.
CREATE OR REPLACE VIEW "v_dairy_production_daily" AS
SELECT
    production_date,
    day_production_per_cow_kg::numeric(10, 2) AS day_production_per_cow_kg,
    number_of_animals,
    average_lactation_days::integer AS average_lactation_days,
    fed_per_cow_total_kg::numeric(10, 2) AS fed_per_cow_total_kg,
    fed_per_cow_water_kg::numeric(10, 2) AS fed_per_cow_water_kg,
    feed_efficiency::numeric(10, 4) AS feed_efficiency,
    rumination_minutes::integer AS rumination_minutes,
    day_production_per_cow_kg::numeric(10, 2) * number_of_animals AS total_daily_production_kg,
    CASE WHEN fed_per_cow_total_kg::numeric(10, 2) > 0
         THEN round(day_production_per_cow_kg::numeric(10, 2) / fed_per_cow_total_kg::numeric(10, 2), 4) END AS calculated_feed_efficiency
FROM dairy_production
ORDER BY production_date DESC, datasource_id;

-- Checks of the last seven days by dataset and type, with the share that passed in per cent.
CREATE OR REPLACE VIEW "v_data_quality_summary" AS
SELECT
    dataset,
    check_type,
    count(*) AS total_checks,
    count(*) FILTER (WHERE passed) AS passed_checks,
    count(*) FILTER (WHERE NOT passed) AS failed_checks,
    round(100.0 * count(*) FILTER (WHERE passed) / count(*), 2) AS pass_rate,
    max(checked_at) AS last_check
FROM data_quality_check
WHERE checked_at >= now() - interval '7 days'
GROUP BY dataset, check_type;

-- Daily energy; ts is midnight of the source's local day. device_token keeps its place and is NULL: tokens are secrets.
CREATE OR REPLACE VIEW "v_energy_daily" AS
SELECT
    NULL::text AS device_token,
    d.client,
    d.alias,
    f.ts::timestamp AS ts,
    f.energy_kwh,
    'daily'::text AS granularity
FROM fact_energy_daily f
JOIN datasource d ON d.id = f.datasource_id;

-- Hourly energy; ts is the wall clock of the source (UTC where its zone is not known yet), so both hours of an autumn night show one ts.
-- device_token keeps its place and is NULL: tokens are secrets.
CREATE OR REPLACE VIEW "v_energy_hourly" AS
SELECT
    NULL::text AS device_token,
    d.client,
    d.alias,
    f.ts AT TIME ZONE coalesce(d.timezone, 'UTC') AS ts,
    f.energy_kwh,
    'hourly'::text AS granularity
FROM fact_energy_hourly f
JOIN datasource d ON d.id = f.datasource_id;

-- Daily energy summed per datasource and local month. device_token keeps its place and is NULL: tokens are secrets.
CREATE OR REPLACE VIEW "v_energy_monthly" AS
SELECT
    NULL::text AS device_token,
    d.client,
    d.alias,
    date_trunc('month', f.ts::timestamp)::date AS month,
    sum(f.energy_kwh) AS total_energy_kwh,
    count(*) AS data_points
FROM fact_energy_daily f
JOIN datasource d ON d.id = f.datasource_id
GROUP BY d.id, date_trunc('month', f.ts::timestamp);

-- Weather per day over all stations together, as in the old view; the day is local to each station (UTC where its zone is not known yet).
CREATE OR REPLACE VIEW "v_environmental_metrics_daily" AS
SELECT
    (m."timestamp" AT TIME ZONE coalesce(d.timezone, 'UTC'))::date AS measurement_date,
    round(avg(m.atm_pressure::numeric), 2) AS avg_atm_pressure,
    round(min(m.atm_pressure::numeric), 2) AS min_atm_pressure,
    round(max(m.atm_pressure::numeric), 2) AS max_atm_pressure,
    round(avg(m.noise_level_db::numeric), 2) AS avg_noise_level_db,
    round(max(m.noise_level_db::numeric), 2) AS max_noise_level_db,
    round(avg(m.temperature::numeric), 2) AS avg_temperature,
    round(min(m.temperature::numeric), 2) AS min_temperature,
    round(max(m.temperature::numeric), 2) AS max_temperature,
    round(avg(m.humidity::numeric), 2) AS avg_humidity,
    round(avg(m.pm10::numeric), 2) AS avg_pm10,
    round(max(m.pm10::numeric), 2) AS max_pm10,
    round(avg(m.wind_speed::numeric), 2) AS avg_wind_speed,
    round(max(m.wind_speed::numeric), 2) AS max_wind_speed,
    round(avg(m.pm2p5::numeric), 2) AS avg_pm2p5,
    round(max(m.pm2p5::numeric), 2) AS max_pm2p5,
    count(*) AS record_count
FROM environmental_metrics m
JOIN datasource d ON d.id = m.datasource_id
GROUP BY 1
ORDER BY 1 DESC;

-- Weather per month over all stations together, as in the old view; the month is local to each station (UTC where its zone is not known yet).
CREATE OR REPLACE VIEW "v_environmental_summary" AS
SELECT
    date_trunc('month', m."timestamp" AT TIME ZONE coalesce(d.timezone, 'UTC'))::date AS month,
    count(*) AS record_count,
    round(avg(m.atm_pressure::numeric), 2) AS avg_atm_pressure,
    round(avg(m.noise_level_db::numeric), 2) AS avg_noise_db,
    round(avg(m.temperature::numeric), 2) AS avg_temperature,
    round(avg(m.humidity::numeric), 2) AS avg_humidity,
    round(avg(m.pm10::numeric), 2) AS avg_pm10,
    round(max(m.pm10::numeric), 2) AS max_pm10,
    round(avg(m.wind_speed::numeric), 2) AS avg_wind_speed,
    round(avg(m.pm2p5::numeric), 2) AS avg_pm2p5,
    round(max(m.pm2p5::numeric), 2) AS max_pm2p5
FROM environmental_metrics m
JOIN datasource d ON d.id = m.datasource_id
GROUP BY 1
ORDER BY 1 DESC;

-- The farm days whose feed efficiency is known and positive, newest first.
CREATE OR REPLACE VIEW "v_feed_efficiency_analysis" AS
SELECT
    production_date,
    feed_efficiency::numeric(10, 4) AS feed_efficiency,
    fed_per_cow_total_kg::numeric(10, 2) AS fed_per_cow_total_kg,
    day_production_per_cow_kg::numeric(10, 2) AS day_production_per_cow_kg,
    rumination_minutes::integer AS rumination_minutes,
    number_of_animals,
    average_lactation_days::integer AS average_lactation_days
FROM dairy_production
WHERE feed_efficiency > 0
ORDER BY production_date DESC, datasource_id;

-- Stages of loads that began in the last seven days: how often, how long, how many records went in, out and between.
CREATE OR REPLACE VIEW "v_pipeline_health" AS
SELECT
    b.pipeline_name,
    e.stage,
    e.status,
    count(*) AS execution_count,
    round(avg(extract(epoch FROM e.completed_at - e.started_at)), 2) AS avg_duration_seconds,
    sum(e.records_in)::bigint AS total_records_in,
    sum(e.records_out)::bigint AS total_records_out,
    sum(e.records_in - e.records_out)::bigint AS total_records_lost,
    max(e.completed_at) AS last_execution
FROM pipeline_execution e
LEFT JOIN ingest_batch b ON b.batch_id = e.batch_id
WHERE e.started_at >= now() - interval '7 days'
GROUP BY b.pipeline_name, e.stage, e.status;

-- Milk and feed per month over all farms together, as in the old view, newest first; days_recorded counts rows (farm days).
CREATE OR REPLACE VIEW "v_production_summary" AS
SELECT
    date_trunc('month', production_date::timestamp)::date AS month,
    count(*) AS days_recorded,
    round(avg(day_production_per_cow_kg::numeric), 2) AS avg_production_per_cow_kg,
    round(max(day_production_per_cow_kg::numeric), 2) AS max_production_per_cow_kg,
    round(min(day_production_per_cow_kg::numeric), 2) AS min_production_per_cow_kg,
    round(avg(number_of_animals), 0) AS avg_animals,
    round(avg(average_lactation_days::numeric), 1) AS avg_lactation_days,
    round(avg(feed_efficiency::numeric), 4) AS avg_feed_efficiency,
    round(avg(rumination_minutes::numeric), 1) AS avg_rumination_minutes
FROM dairy_production
GROUP BY 1
ORDER BY 1 DESC;

-- What came in by which way: rows whose batch took effect in the last thirty days. A local day counts from its midnight in the source's
-- zone. unique_devices counts datasources.
CREATE OR REPLACE VIEW "v_source_comparison" AS
WITH recent AS (
    SELECT batch_id, source_type FROM ingest_batch WHERE coalesce(applied_at, created_at) >= now() - interval '30 days'
)
SELECT 'energy_hourly'::text AS dataset, b.source_type, count(*) AS record_count,
       min(f.ts) AS earliest_record, max(f.ts) AS latest_record, count(DISTINCT f.datasource_id) AS unique_devices
FROM fact_energy_hourly f JOIN recent b USING (batch_id)
GROUP BY b.source_type
UNION ALL
SELECT 'energy_daily', b.source_type, count(*),
       min(f.ts::timestamp AT TIME ZONE coalesce(d.timezone, 'UTC')), max(f.ts::timestamp AT TIME ZONE coalesce(d.timezone, 'UTC')),
       count(DISTINCT f.datasource_id)
FROM fact_energy_daily f JOIN recent b USING (batch_id) JOIN datasource d ON d.id = f.datasource_id
GROUP BY b.source_type
UNION ALL
SELECT 'environmental_metrics', b.source_type, count(*), min(f."timestamp"), max(f."timestamp"), count(DISTINCT f.datasource_id)
FROM environmental_metrics f JOIN recent b USING (batch_id)
GROUP BY b.source_type
UNION ALL
SELECT 'dairy_production', b.source_type, count(*),
       min(f.production_date::timestamp AT TIME ZONE coalesce(d.timezone, 'UTC')),
       max(f.production_date::timestamp AT TIME ZONE coalesce(d.timezone, 'UTC')), count(DISTINCT f.datasource_id)
FROM dairy_production f JOIN recent b USING (batch_id) JOIN datasource d ON d.id = f.datasource_id
GROUP BY b.source_type;

-- Who may read the views: last, when all of them are there.
DO $$
DECLARE
    reader text;
    view_name text;
BEGIN
    FOR reader IN SELECT rolname FROM pg_catalog.pg_roles WHERE rolname IN ('cei_owner', 'cei_ingestor', 'cei_api', 'cei_grafana') LOOP
        FOREACH view_name IN ARRAY ARRAY[
            'v_air_quality_analysis', 'v_dairy_production_daily', 'v_data_quality_summary', 'v_energy_daily', 'v_energy_hourly', 'v_energy_monthly',
            'v_environmental_metrics_daily', 'v_environmental_summary', 'v_feed_efficiency_analysis', 'v_pipeline_health', 'v_production_summary',
            'v_source_comparison'
        ] LOOP
            EXECUTE format('GRANT SELECT ON %I TO %I', view_name, reader);
        END LOOP;
    END LOOP;
END
$$;
