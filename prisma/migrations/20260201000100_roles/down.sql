-- Takes the rights back. The roles stay: they belong to the whole server, and other databases may use them.
DO $$
DECLARE
    schema_name text := current_schema();
    service text;
BEGIN
    FOR service IN SELECT rolname FROM pg_catalog.pg_roles WHERE rolname IN ('cei_owner', 'cei_ingestor', 'cei_api', 'cei_grafana') LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', schema_name, service);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM %I', schema_name, service);
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', schema_name, service);
    END LOOP;
END
$$;
