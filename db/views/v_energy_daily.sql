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
