-- The old system's schema as its nine published migrations leave it, written down from its description: tables, views, functions, trigger.
CREATE TABLE ingest_file (file_id uuid PRIMARY KEY, file_name text NOT NULL, device_id text NOT NULL, granularity text NOT NULL, start_date date, end_date date,
    sha256 text NOT NULL UNIQUE, ingested_at timestamptz DEFAULT now(), execution_time_ms int, validation_status text, quality_score numeric(5, 2), pipeline_version text DEFAULT '1.0');
CREATE TABLE device (id serial PRIMARY KEY, device_id text NOT NULL UNIQUE, device_token text NOT NULL UNIQUE, device_name text, client text, alias text, created_at timestamptz DEFAULT now());
CREATE TABLE generic_device (id serial PRIMARY KEY, device_id varchar(64) NOT NULL UNIQUE, device_type varchar(32) NOT NULL, alias varchar(255), client varchar(255) NOT NULL,
    description text, status varchar(32) DEFAULT 'unknown', timezone varchar(64) DEFAULT 'UTC', metadata jsonb NOT NULL DEFAULT '{}', created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
CREATE TABLE fact_energy_hourly (energy_id serial PRIMARY KEY, device_id int NOT NULL REFERENCES generic_device ON DELETE CASCADE, ts timestamp NOT NULL, energy_kwh double precision NOT NULL,
    source_file uuid REFERENCES ingest_file, created_at timestamptz DEFAULT now(), source_type text DEFAULT 'csv', source_api_endpoint text, source_device_id text,
    ingestion_method text DEFAULT 'batch', ingested_at timestamptz DEFAULT now(), UNIQUE (device_id, ts));
CREATE TABLE fact_energy_daily (energy_id serial PRIMARY KEY, device_id int NOT NULL REFERENCES generic_device ON DELETE CASCADE, ts date NOT NULL, energy_kwh double precision NOT NULL,
    source_file uuid REFERENCES ingest_file, created_at timestamptz DEFAULT now(), source_type text DEFAULT 'csv', source_api_endpoint text, source_device_id text,
    ingestion_method text DEFAULT 'batch', ingested_at timestamptz DEFAULT now(), UNIQUE (device_id, ts));
CREATE TABLE environmental_metrics (id serial PRIMARY KEY, "timestamp" timestamptz NOT NULL UNIQUE, atm_pressure numeric(8, 2), noise_level_db numeric(6, 2), temperature numeric(6, 2),
    humidity numeric(6, 2), pm10 numeric(8, 2), wind_speed numeric(6, 2), wind_direction_sectors numeric(6, 2), wind_angle numeric(6, 2), pm2p5 numeric(8, 2),
    source_file uuid REFERENCES ingest_file, created_at timestamptz DEFAULT now(), source_type text DEFAULT 'csv', source_api_endpoint text, source_device_id text,
    ingestion_method text DEFAULT 'batch', ingested_at timestamptz DEFAULT now());
CREATE TABLE dairy_production (id serial PRIMARY KEY, production_date date NOT NULL UNIQUE, day_production_per_cow_kg numeric(10, 2), number_of_animals int, average_lactation_days int,
    fed_per_cow_total_kg numeric(10, 2), fed_per_cow_water_kg numeric(10, 2), feed_efficiency numeric(10, 4), rumination_minutes int, source_file uuid REFERENCES ingest_file,
    ingested_at timestamptz DEFAULT now(), source_type text DEFAULT 'csv', source_api_endpoint text, source_device_id text, ingestion_method text DEFAULT 'batch');
CREATE TABLE pipeline_execution (id serial PRIMARY KEY, file_id uuid REFERENCES ingest_file, pipeline_name text NOT NULL, stage text NOT NULL, started_at timestamptz DEFAULT now(),
    completed_at timestamptz, status text NOT NULL, records_in int DEFAULT 0, records_out int DEFAULT 0, error_message text, execution_metadata jsonb, created_at timestamptz DEFAULT now());
CREATE TABLE data_quality_checks (id serial PRIMARY KEY, file_id uuid REFERENCES ingest_file, dataset text NOT NULL, check_type text NOT NULL, check_name text NOT NULL, passed boolean NOT NULL,
    failed_count int DEFAULT 0, total_count int DEFAULT 0, failure_rate numeric(5, 2), sample_failures jsonb, checked_at timestamptz DEFAULT now());
CREATE TABLE api_fetch_cursor (id serial PRIMARY KEY, connector_id text NOT NULL, endpoint_id text NOT NULL, device_id text NOT NULL, last_fetch_timestamp timestamptz NOT NULL,
    last_fetch_success timestamptz DEFAULT now(), fetch_count int DEFAULT 1, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), UNIQUE (connector_id, endpoint_id, device_id));
CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL,
    checksum int, installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL);
DO $$ DECLARE name text; BEGIN
    FOREACH name IN ARRAY ARRAY['staging_energy_hourly', 'staging_energy_daily', 'staging_environmental_metrics', 'staging_dairy_production'] LOOP
        EXECUTE format('CREATE TABLE %I (staging_id serial PRIMARY KEY, file_id uuid REFERENCES ingest_file, row_number int NOT NULL, raw_data jsonb NOT NULL, transformed_data jsonb,
            validation_errors jsonb, is_valid boolean DEFAULT false, loaded_to_final boolean DEFAULT false, created_at timestamptz DEFAULT now())', name);
    END LOOP;
END $$;
CREATE VIEW device_energy AS SELECT id, device_id, alias AS display_name, client, metadata->>'name' AS name, metadata->>'device_token' AS device_token FROM generic_device WHERE device_type = 'energy';
CREATE VIEW device_weather AS SELECT id, device_id, alias AS display_name, client, description, status, timezone, metadata->>'location' AS location FROM generic_device WHERE device_type = 'weather';
CREATE VIEW v_energy_hourly AS SELECT d.device_token, d.client, d.alias, f.ts, f.energy_kwh, 'hourly'::text AS granularity FROM fact_energy_hourly f JOIN device d ON d.id = f.device_id;
CREATE VIEW v_energy_daily AS SELECT d.device_token, d.client, d.alias, f.ts::timestamp AS ts, f.energy_kwh, 'daily'::text AS granularity FROM fact_energy_daily f JOIN device d ON d.id = f.device_id;
CREATE FUNCTION update_generic_device_timestamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER tr_generic_device_updated BEFORE UPDATE ON generic_device FOR EACH ROW EXECUTE FUNCTION update_generic_device_timestamp();
CREATE FUNCTION cleanup_staging_data(retention_days int DEFAULT 7) RETURNS TABLE (table_name text, deleted_count bigint) LANGUAGE plpgsql AS $$
DECLARE name text; n bigint;
BEGIN
    FOREACH name IN ARRAY ARRAY['staging_energy_hourly', 'staging_energy_daily', 'staging_environmental_metrics', 'staging_dairy_production'] LOOP
        EXECUTE format('DELETE FROM %I WHERE loaded_to_final AND created_at < now() - make_interval(days => $1)', name) USING retention_days;
        GET DIAGNOSTICS n = ROW_COUNT; table_name := name; deleted_count := n; RETURN NEXT;
    END LOOP;
END $$;
