-- The two old views of devices, and that of runs, which names the pipelines of the old system's own runs. The other eleven answer under their
-- own names in the product's schema.
CREATE VIEW compat.device_energy AS
SELECT id, device_id, alias AS display_name, client, metadata->>'name' AS name, NULL::text AS device_token FROM compat.generic_device WHERE device_type = 'energy';
CREATE VIEW compat.device_weather AS
SELECT id, device_id, alias AS display_name, client, description, status, timezone, metadata->>'location' AS location
FROM compat.generic_device WHERE device_type = 'weather';
CREATE VIEW compat.v_pipeline_health AS
SELECT pipeline_name, stage, status, count(*) AS execution_count, round(avg(extract(epoch FROM completed_at - started_at)), 2) AS avg_duration_seconds,
       sum(records_in) AS total_records_in, sum(records_out) AS total_records_out, sum(records_in - records_out) AS total_records_lost, max(completed_at) AS last_execution
FROM compat.pipeline_execution WHERE started_at >= now() - interval '7 days' GROUP BY pipeline_name, stage, status
