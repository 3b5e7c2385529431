-- The old tables' shapes over the new tables, read-only, for SQL and dashboards that cannot be changed yet: search_path = compat, public.
-- device_id is the id that the source had in generic_device, or 1000000 + the new id where it had none. Tokens are NULL: they are secrets.
-- Made anew at each cutover; stays after `finish`, as it reads nothing of the move's own schema.
DROP SCHEMA IF EXISTS compat CASCADE;
CREATE SCHEMA compat;

CREATE VIEW compat.source_ids AS
SELECT d.id AS datasource_id, coalesce(min(split_part(a.value, ':', 2)::int) FILTER (WHERE a.kind = 'legacy_generic_device'), 1000000 + d.id) AS device_id,
       min(split_part(a.value, ':', 2)::int) FILTER (WHERE a.kind = 'legacy_device') AS first_id, coalesce(d.timezone, 'UTC') AS zone
FROM datasource d LEFT JOIN datasource_alias a ON a.datasource_id = d.id AND a.kind IN ('legacy_generic_device', 'legacy_device')
GROUP BY d.id;

CREATE VIEW compat.device AS
SELECT i.first_id AS id, d.external_id AS device_id, NULL::text AS device_token, d.name AS device_name, d.client, d.alias, d.created_at
FROM datasource d JOIN compat.source_ids i ON i.datasource_id = d.id WHERE i.first_id IS NOT NULL;

CREATE VIEW compat.generic_device AS
SELECT i.device_id AS id, d.external_id::varchar(64) AS device_id, d.data_type::varchar(32) AS device_type, coalesce(d.alias, '')::varchar(255) AS alias,
       coalesce(d.client, 'Unknown')::varchar(255) AS client, d.description, d.status::varchar(32) AS status, coalesce(d.timezone, 'UTC')::varchar(64) AS timezone,
       d.metadata || jsonb_strip_nulls(jsonb_build_object('name', d.name)) AS metadata, d.created_at, d.updated_at
FROM datasource d JOIN compat.source_ids i ON i.datasource_id = d.id;

CREATE VIEW compat.ingest_file AS
SELECT b.batch_id AS file_id, coalesce(b.legacy->>'file_name', b.source_name, b.batch_id::text) AS file_name,
       coalesce(b.legacy->>'device_id', i.device_id::text, 'None') AS device_id, coalesce(b.legacy->>'granularity', b.granularity, '') AS granularity,
       coalesce((b.legacy->>'start_date')::date, (b.date_range_start AT TIME ZONE coalesce(i.zone, 'UTC'))::date) AS start_date,
       coalesce((b.legacy->>'end_date')::date, (b.date_range_end AT TIME ZONE coalesce(i.zone, 'UTC'))::date) AS end_date,
       coalesce(b.legacy->>'sha256', b.file_sha256, b.batch_id::text) AS sha256, coalesce(b.applied_at, b.created_at) AS ingested_at, b.execution_time_ms,
       coalesce(b.legacy->>'validation_status', b.validation_status) AS validation_status,
       coalesce((b.legacy->>'quality_score')::numeric(5, 2), b.quality_score) AS quality_score, b.pipeline_version
FROM ingest_batch b LEFT JOIN compat.source_ids i ON i.datasource_id = b.datasource_id
WHERE b.status = 'completed' OR b.legacy IS NOT NULL;

CREATE VIEW compat.fact_energy_hourly AS
SELECT (row_number() OVER ())::int AS energy_id, i.device_id, f.ts AT TIME ZONE i.zone AS ts, f.energy_kwh, f.batch_id AS source_file, coalesce(b.applied_at, b.created_at) AS created_at,
       coalesce(b.legacy->>'source_type', CASE b.source_type WHEN 'api' THEN 'api' ELSE 'csv' END) AS source_type, NULL::text AS source_api_endpoint,
       i.device_id::text AS source_device_id, 'batch'::text AS ingestion_method, coalesce(b.applied_at, b.created_at) AS ingested_at
FROM fact_energy_hourly f JOIN compat.source_ids i ON i.datasource_id = f.datasource_id JOIN ingest_batch b ON b.batch_id = f.batch_id;

CREATE VIEW compat.fact_energy_daily AS
SELECT (row_number() OVER ())::int AS energy_id, i.device_id, f.ts, f.energy_kwh, f.batch_id AS source_file, coalesce(b.applied_at, b.created_at) AS created_at,
       CASE b.source_type WHEN 'api' THEN 'api' ELSE 'csv' END AS source_type, NULL::text AS source_api_endpoint,
       i.device_id::text AS source_device_id, 'batch'::text AS ingestion_method, coalesce(b.applied_at, b.created_at) AS ingested_at
FROM fact_energy_daily f JOIN compat.source_ids i ON i.datasource_id = f.datasource_id JOIN ingest_batch b ON b.batch_id = f.batch_id;

CREATE VIEW compat.environmental_metrics AS
SELECT (row_number() OVER ())::int AS id, f."timestamp", f.atm_pressure::numeric(8, 2) AS atm_pressure, f.noise_level_db::numeric(6, 2) AS noise_level_db,
       f.temperature::numeric(6, 2) AS temperature, f.humidity::numeric(6, 2) AS humidity, f.pm10::numeric(8, 2) AS pm10, f.wind_speed::numeric(6, 2) AS wind_speed,
       f.wind_direction_sectors::numeric(6, 2) AS wind_direction_sectors, f.wind_angle::numeric(6, 2) AS wind_angle, f.pm2p5::numeric(8, 2) AS pm2p5,
       f.batch_id AS source_file, coalesce(b.applied_at, b.created_at) AS created_at, CASE b.source_type WHEN 'api' THEN 'api' ELSE 'csv' END AS source_type,
       NULL::text AS source_api_endpoint, i.device_id::text AS source_device_id, 'batch'::text AS ingestion_method, coalesce(b.applied_at, b.created_at) AS ingested_at
FROM environmental_metrics f JOIN compat.source_ids i ON i.datasource_id = f.datasource_id JOIN ingest_batch b ON b.batch_id = f.batch_id;

CREATE VIEW compat.dairy_production AS
SELECT (row_number() OVER ())::int AS id, f.production_date, f.day_production_per_cow_kg::numeric(10, 2) AS day_production_per_cow_kg, f.number_of_animals,
       f.average_lactation_days::int AS average_lactation_days, f.fed_per_cow_total_kg::numeric(10, 2) AS fed_per_cow_total_kg,
       f.fed_per_cow_water_kg::numeric(10, 2) AS fed_per_cow_water_kg, f.feed_efficiency::numeric(10, 4) AS feed_efficiency, f.rumination_minutes::int AS rumination_minutes,
       f.batch_id AS source_file, coalesce(b.applied_at, b.created_at) AS ingested_at, CASE b.source_type WHEN 'api' THEN 'api' ELSE 'csv' END AS source_type,
       NULL::text AS source_api_endpoint, i.device_id::text AS source_device_id, 'batch'::text AS ingestion_method
FROM dairy_production f JOIN compat.source_ids i ON i.datasource_id = f.datasource_id JOIN ingest_batch b ON b.batch_id = f.batch_id;

CREATE VIEW compat.pipeline_execution AS
SELECT coalesce((e.metadata->'legacy'->>'id')::int, (1000000 + e.id)::int) AS id, e.batch_id AS file_id, coalesce(e.metadata->'legacy'->>'pipeline_name', b.pipeline_name, '') AS pipeline_name,
       e.stage, e.started_at, e.completed_at, coalesce(e.metadata->'legacy'->>'status', CASE e.status WHEN 'completed' THEN 'success' ELSE e.status END) AS status,
       e.records_in::int AS records_in, e.records_out::int AS records_out, e.error->>'message' AS error_message,
       coalesce(e.metadata->'legacy'->'execution_metadata', e.metadata) AS execution_metadata, e.started_at AS created_at
FROM pipeline_execution e LEFT JOIN ingest_batch b ON b.batch_id = e.batch_id;

CREATE VIEW compat.data_quality_checks AS
SELECT q.id::int AS id, q.batch_id AS file_id, q.dataset, q.check_type, q.check_name, q.passed, q.failed_count::int AS failed_count, q.total_count::int AS total_count,
       least(q.failure_rate, 999.99)::numeric(5, 2) AS failure_rate, q.sample_failures, q.checked_at
FROM data_quality_check q;

CREATE VIEW compat.api_fetch_cursor AS
SELECT (row_number() OVER ())::int AS id, c.connector_id, c.endpoint_id, d.external_id AS device_id, c.cursor_ts AS last_fetch_timestamp, c.last_success_at AS last_fetch_success,
       c.fetch_count::int AS fetch_count, c.created_at, c.updated_at
FROM api_fetch_cursor c JOIN datasource d ON d.id = c.datasource_id;
