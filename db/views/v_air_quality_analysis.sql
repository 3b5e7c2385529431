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
