-- Drops every table, with everything in it.
DROP TABLE "dairy_production_history", "environmental_metrics_history", "fact_energy_daily_history", "fact_energy_hourly_history";
DROP TABLE "dairy_production", "environmental_metrics", "fact_energy_daily", "fact_energy_hourly";
DROP TABLE "api_fetch_cursor", "data_quality_check", "pipeline_execution", "batch_operation", "ingest_rejection", "ingest_batch_datasource";
DROP TABLE "ingest_batch", "mapping_version", "datasource_secret", "datasource_alias", "datasource";
DROP SEQUENCE "ingest_applied_seq";
DROP FUNCTION "refuse_history_change"(), "check_datasource_timezone"(), "touch_updated_at"();
