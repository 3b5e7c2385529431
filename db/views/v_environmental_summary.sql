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
