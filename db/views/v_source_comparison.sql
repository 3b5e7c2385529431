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
