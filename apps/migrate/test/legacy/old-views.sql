-- The ten other views of the old system, written down from their description.
CREATE VIEW v_energy_monthly AS SELECT d.device_token, d.client, d.alias, date_trunc('month', f.ts)::date AS month, sum(f.energy_kwh) AS total_energy_kwh, count(*) AS data_points
FROM fact_energy_daily f JOIN device d ON d.id = f.device_id GROUP BY d.device_token, d.client, d.alias, d.device_id, date_trunc('month', f.ts);
CREATE VIEW v_environmental_metrics_daily AS SELECT "timestamp"::date AS measurement_date, round(avg(atm_pressure), 2) AS avg_atm_pressure, round(min(atm_pressure), 2) AS min_atm_pressure,
    round(max(atm_pressure), 2) AS max_atm_pressure, round(avg(noise_level_db), 2) AS avg_noise_level_db, round(max(noise_level_db), 2) AS max_noise_level_db, round(avg(temperature), 2) AS avg_temperature,
    round(min(temperature), 2) AS min_temperature, round(max(temperature), 2) AS max_temperature, round(avg(humidity), 2) AS avg_humidity, round(avg(pm10), 2) AS avg_pm10, round(max(pm10), 2) AS max_pm10,
    round(avg(wind_speed), 2) AS avg_wind_speed, round(max(wind_speed), 2) AS max_wind_speed, round(avg(pm2p5), 2) AS avg_pm2p5, round(max(pm2p5), 2) AS max_pm2p5, count(*) AS record_count
FROM environmental_metrics GROUP BY 1 ORDER BY 1 DESC;
CREATE VIEW v_environmental_summary AS SELECT date_trunc('month', "timestamp")::date AS month, count(*) AS record_count, round(avg(atm_pressure), 2) AS avg_atm_pressure, round(avg(noise_level_db), 2) AS avg_noise_db,
    round(avg(temperature), 2) AS avg_temperature, round(avg(humidity), 2) AS avg_humidity, round(avg(pm10), 2) AS avg_pm10, round(max(pm10), 2) AS max_pm10, round(avg(wind_speed), 2) AS avg_wind_speed,
    round(avg(pm2p5), 2) AS avg_pm2p5, round(max(pm2p5), 2) AS max_pm2p5 FROM environmental_metrics GROUP BY 1 ORDER BY 1 DESC;
CREATE VIEW v_air_quality_analysis AS SELECT "timestamp"::date AS measurement_date, round(avg(pm10), 2) AS avg_pm10, max(pm10) AS max_pm10, round(avg(pm2p5), 2) AS avg_pm2p5, max(pm2p5) AS max_pm2p5,
    CASE WHEN avg(pm10) <= 40 THEN 'Good' WHEN avg(pm10) <= 80 THEN 'Fair' WHEN avg(pm10) <= 120 THEN 'Moderate' ELSE 'Poor' END AS pm10_quality,
    CASE WHEN avg(pm2p5) <= 12 THEN 'Good' WHEN avg(pm2p5) <= 35.4 THEN 'Moderate' ELSE 'Poor' END AS pm2p5_quality FROM environmental_metrics GROUP BY 1;
CREATE VIEW v_dairy_production_daily AS SELECT production_date, day_production_per_cow_kg, number_of_animals, average_lactation_days, fed_per_cow_total_kg, fed_per_cow_water_kg, feed_efficiency, rumination_minutes,
    day_production_per_cow_kg * number_of_animals AS total_daily_production_kg,
    CASE WHEN fed_per_cow_total_kg > 0 THEN round(day_production_per_cow_kg / fed_per_cow_total_kg, 4) END AS calculated_feed_efficiency FROM dairy_production ORDER BY production_date DESC;
CREATE VIEW v_feed_efficiency_analysis AS SELECT production_date, feed_efficiency, fed_per_cow_total_kg, day_production_per_cow_kg, rumination_minutes, number_of_animals, average_lactation_days
FROM dairy_production WHERE feed_efficiency > 0 ORDER BY production_date DESC;
CREATE VIEW v_production_summary AS SELECT date_trunc('month', production_date::timestamp)::date AS month, count(*) AS days_recorded, round(avg(day_production_per_cow_kg), 2) AS avg_production_per_cow_kg,
    round(max(day_production_per_cow_kg), 2) AS max_production_per_cow_kg, round(min(day_production_per_cow_kg), 2) AS min_production_per_cow_kg, round(avg(number_of_animals), 0) AS avg_animals,
    round(avg(average_lactation_days), 1) AS avg_lactation_days, round(avg(feed_efficiency), 4) AS avg_feed_efficiency, round(avg(rumination_minutes), 1) AS avg_rumination_minutes
FROM dairy_production GROUP BY 1 ORDER BY 1 DESC;
CREATE VIEW v_pipeline_health AS SELECT pipeline_name, stage, status, count(*) AS execution_count, round(avg(extract(epoch FROM completed_at - started_at)), 2) AS avg_duration_seconds, sum(records_in) AS total_records_in,
    sum(records_out) AS total_records_out, sum(records_in - records_out) AS total_records_lost, max(completed_at) AS last_execution
FROM pipeline_execution WHERE started_at >= now() - interval '7 days' GROUP BY 1, 2, 3;
CREATE VIEW v_data_quality_summary AS SELECT dataset, check_type, count(*) AS total_checks, count(*) FILTER (WHERE passed) AS passed_checks, count(*) FILTER (WHERE NOT passed) AS failed_checks,
    round(100.0 * count(*) FILTER (WHERE passed) / count(*), 2) AS pass_rate, max(checked_at) AS last_check FROM data_quality_checks WHERE checked_at >= now() - interval '7 days' GROUP BY 1, 2;
CREATE VIEW v_source_comparison AS
SELECT 'energy_hourly'::text AS dataset, source_type, count(*) AS record_count, min(ts)::timestamptz AS earliest_record, max(ts)::timestamptz AS latest_record, count(DISTINCT source_device_id) AS unique_devices
FROM fact_energy_hourly WHERE ingested_at >= now() - interval '30 days' GROUP BY source_type
UNION ALL SELECT 'environmental_metrics', source_type, count(*), min("timestamp"), max("timestamp"), count(DISTINCT source_device_id) FROM environmental_metrics WHERE ingested_at >= now() - interval '30 days' GROUP BY source_type;
