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
