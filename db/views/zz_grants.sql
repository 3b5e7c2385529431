-- Who may read the views: last, when all of them are there.
DO $$
DECLARE
    reader text;
    view_name text;
BEGIN
    FOR reader IN SELECT rolname FROM pg_catalog.pg_roles WHERE rolname IN ('cei_owner', 'cei_ingestor', 'cei_api', 'cei_grafana') LOOP
        FOREACH view_name IN ARRAY ARRAY[
            'v_air_quality_analysis', 'v_batch_log', 'v_batch_reasons', 'v_batch_sources', 'v_batch_stages',
            'v_dairy_production_daily', 'v_data_quality_summary', 'v_energy_daily', 'v_energy_hourly', 'v_energy_monthly',
            'v_environmental_metrics_daily', 'v_environmental_summary', 'v_feed_efficiency_analysis', 'v_pipeline_health',
            'v_production_summary', 'v_source_comparison'
        ] LOOP
            EXECUTE format('GRANT SELECT ON %I TO %I', view_name, reader);
        END LOOP;
    END LOOP;
END
$$;
