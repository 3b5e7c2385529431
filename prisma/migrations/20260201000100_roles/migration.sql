-- The roles of the services and what each may do. They cannot log in: a site grants them to its own login roles
-- (GRANT cei_api TO my_api). Where the migrating role may not create roles, those that exist get their rights, the rest is left out.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['cei_owner', 'cei_ingestor', 'cei_api', 'cei_grafana'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION
                -- Roles belong to the whole server: another database may be migrating at the same time.
                WHEN duplicate_object OR unique_violation THEN NULL;
                WHEN insufficient_privilege THEN RAISE NOTICE 'role % was not created: the migrating role lacks CREATEROLE', wanted;
            END;
        END IF;
    END LOOP;
END
$$;

-- The history of migrations is there unless this runs in a shadow database; everything else was made by the migration before.
DO $$
DECLARE
    schema_name text := current_schema();
    fact text;
    facts text[] := ARRAY['fact_energy_hourly', 'fact_energy_daily', 'environmental_metrics', 'dairy_production'];
    has_history boolean := to_regclass(format('%I._prisma_migrations', schema_name)) IS NOT NULL;
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_owner') THEN
        EXECUTE format('GRANT ALL ON SCHEMA %I TO cei_owner', schema_name);
        EXECUTE format('GRANT ALL ON ALL TABLES IN SCHEMA %I TO cei_owner', schema_name);
        EXECUTE format('GRANT ALL ON ALL SEQUENCES IN SCHEMA %I TO cei_owner', schema_name);
    END IF;

    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_ingestor') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO cei_ingestor', schema_name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO cei_ingestor', schema_name);
        EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO cei_ingestor', schema_name);
        IF has_history THEN
            EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I._prisma_migrations FROM cei_ingestor', schema_name);
        END IF;
    END IF;

    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_api') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO cei_api', schema_name);
        GRANT SELECT, INSERT, UPDATE, DELETE ON "datasource", "datasource_alias", "ingest_batch", "batch_operation" TO cei_api;
        GRANT SELECT ON "mapping_version", "ingest_batch_datasource", "ingest_rejection", "pipeline_execution", "data_quality_check",
            "api_fetch_cursor" TO cei_api;
        GRANT USAGE, SELECT ON SEQUENCE "datasource_id_seq", "batch_operation_id_seq" TO cei_api;
        FOREACH fact IN ARRAY facts LOOP
            -- DELETE is for the purge of a datasource.
            EXECUTE format('GRANT SELECT, DELETE ON %I, %I TO cei_api', fact, fact || '_history');
        END LOOP;
        GRANT DELETE ON "ingest_batch_datasource" TO cei_api;
        IF has_history THEN
            EXECUTE format('GRANT SELECT ON %I._prisma_migrations TO cei_api', schema_name);
        END IF;
    END IF;

    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_grafana') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO cei_grafana', schema_name);
        GRANT SELECT ON "datasource" TO cei_grafana;
        FOREACH fact IN ARRAY facts LOOP
            EXECUTE format('GRANT SELECT ON %I TO cei_grafana', fact);
        END LOOP;
    END IF;
END
$$;

-- The loader checks the few parents of a batch by hand and switches the row-by-row checks off while it copies, six times faster.
-- Without this right it loads the slower way.
DO $$
BEGIN
    IF has_parameter_privilege('cei_ingestor', 'session_replication_role', 'SET') THEN
        RETURN;
    END IF;
    EXECUTE 'GRANT SET ON PARAMETER session_replication_role TO cei_ingestor';
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'cei_ingestor may not set session_replication_role; a superuser can: GRANT SET ON PARAMETER session_replication_role TO cei_ingestor';
    -- The role is missing; PostgreSQL is older than 15; or another database of this server granted it at the same moment.
    WHEN undefined_object OR unique_violation OR internal_error OR undefined_function THEN NULL;
END
$$;
