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
