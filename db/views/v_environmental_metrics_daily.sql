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
