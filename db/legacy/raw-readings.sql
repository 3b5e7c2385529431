-- The old facts and staging rows in one shape. `wall` is a clock's reading whose zone is the source's; `instant` needs no zone.
-- `natural` is the key under which the old tables kept a row, the same text for a fact and for the staging row that wrote it.
CREATE VIEW legacy_move.raw_reading AS
SELECT o.tab, o.key, 'energy_hourly' AS dataset, true AS is_fact, false AS loaded, true AS is_valid,
       (o.row->>'device_id')::int AS old_device, (o.row->>'source_file')::uuid AS file, (o.row->>'created_at')::timestamptz AS created,
       (o.row->>'device_id') || '|' || legacy_move.read_wall(o.row->>'ts')::text AS "natural",
       legacy_move.read_wall(o.row->>'ts') AS wall, NULL::timestamptz AS instant,
       jsonb_build_object('energy_kwh', o.row->'energy_kwh') AS measures, NULL::int AS source_row
FROM legacy_move.old o WHERE o.tab = 'fact_energy_hourly'
UNION ALL
SELECT o.tab, o.key, 'energy_daily', true, false, true, (o.row->>'device_id')::int, (o.row->>'source_file')::uuid, (o.row->>'created_at')::timestamptz,
       (o.row->>'device_id') || '|' || legacy_move.read_wall(o.row->>'ts')::text,
       legacy_move.read_wall(o.row->>'ts'), NULL, jsonb_build_object('energy_kwh', o.row->'energy_kwh'), NULL
FROM legacy_move.old o WHERE o.tab = 'fact_energy_daily'
UNION ALL
SELECT o.tab, o.key, 'environmental_metrics', true, false, true, NULL, (o.row->>'source_file')::uuid, (o.row->>'created_at')::timestamptz,
       ((o.row->>'timestamp')::timestamptz AT TIME ZONE 'UTC')::text,
       CASE WHEN c.is_local THEN (o.row->>'timestamp')::timestamptz AT TIME ZONE 'UTC' END,
       CASE WHEN NOT c.is_local THEN (o.row->>'timestamp')::timestamptz END,
       {weather_measures}, NULL
FROM legacy_move.old o CROSS JOIN legacy_move.settings s
CROSS JOIN LATERAL (SELECT s.weather_csv = 'local' AND NOT legacy_move.is_api(o.row) AS is_local) c
WHERE o.tab = 'environmental_metrics'
UNION ALL
SELECT o.tab, o.key, 'dairy_production', true, false, true, NULL, (o.row->>'source_file')::uuid, (o.row->>'ingested_at')::timestamptz,
       legacy_move.read_wall(o.row->>'production_date')::text, legacy_move.read_wall(o.row->>'production_date'), NULL, {dairy_measures}, NULL
FROM legacy_move.old o WHERE o.tab = 'dairy_production'
UNION ALL
SELECT o.tab, o.key, 'energy_hourly', false, t.loaded, t.is_valid, t.device, t.file, t.created,
       t.device::text || '|' || t.ts::text,
       coalesce(date_trunc('day', t.ts) + legacy_move.read_half_day(o.row->'raw_data'), t.ts),
       NULL, jsonb_build_object('energy_kwh', t.data->'energy_kwh'), t.row_no
FROM legacy_move.old o CROSS JOIN LATERAL legacy_move.read_staged(o.row, 'ts') t WHERE o.tab = 'staging_energy_hourly'
UNION ALL
SELECT o.tab, o.key, 'energy_daily', false, t.loaded, t.is_valid, t.device, t.file, t.created,
       t.device::text || '|' || date_trunc('day', t.ts)::text, date_trunc('day', t.ts), NULL,
       jsonb_build_object('energy_kwh', t.data->'energy_kwh'), t.row_no
FROM legacy_move.old o CROSS JOIN LATERAL legacy_move.read_staged(o.row, 'ts') t WHERE o.tab = 'staging_energy_daily'
UNION ALL
SELECT o.tab, o.key, 'environmental_metrics', false, t.loaded, t.is_valid, NULL, t.file, t.created,
       (i.instant AT TIME ZONE 'UTC')::text,
       CASE WHEN i.is_local THEN i.instant AT TIME ZONE 'UTC' END, CASE WHEN NOT i.is_local THEN i.instant END,
       {staged_weather_measures}, t.row_no
FROM legacy_move.old o CROSS JOIN legacy_move.settings s CROSS JOIN LATERAL legacy_move.read_staged(o.row, 'timestamp') t
CROSS JOIN LATERAL (SELECT legacy_move.read_instant(t.data->>'timestamp') AS instant, s.weather_csv = 'local' AND NOT legacy_move.is_api(t.data) AS is_local) i
WHERE o.tab = 'staging_environmental_metrics'
UNION ALL
SELECT o.tab, o.key, 'dairy_production', false, t.loaded, t.is_valid, NULL, t.file, t.created,
       date_trunc('day', t.ts)::text, date_trunc('day', t.ts), NULL, {staged_dairy_measures}, t.row_no
FROM legacy_move.old o CROSS JOIN LATERAL legacy_move.read_staged(o.row, 'production_date') t WHERE o.tab = 'staging_dairy_production'
