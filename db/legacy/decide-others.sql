-- Registers and files all have a place in the new tables; log rows have none where they speak of a dataset or a source that there is not.
UPDATE legacy_move.old o
SET outcome = CASE WHEN v.reason IS NULL THEN 'migrated' ELSE 'rejected' END, reason = v.reason
FROM (
    SELECT tab, key, CASE
        WHEN tab IN ('device', 'generic_device') AND btrim(coalesce(row->>'device_id', '')) = '' THEN 'blank_external_id'
        WHEN tab = 'data_quality_checks' AND row->>'dataset' NOT IN ('energy_hourly', 'energy_daily', 'environmental_metrics', 'dairy_production') THEN 'unknown_dataset'
        WHEN tab = 'api_fetch_cursor' AND NOT EXISTS (SELECT FROM legacy_move.source s WHERE s.folded = lower(btrim(row->>'device_id'))) THEN 'unresolved_datasource'
    END AS reason
    FROM legacy_move.old
    WHERE tab IN ('device', 'generic_device', 'ingest_file', 'pipeline_execution', 'data_quality_checks', 'api_fetch_cursor')
) v
WHERE v.tab = o.tab AND v.key = o.key AND (o.outcome IS NULL OR o.reason IS DISTINCT FROM v.reason)
