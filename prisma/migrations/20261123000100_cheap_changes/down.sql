-- The indexes as they were; a fill factor holds for pages written from then on.
DROP INDEX "fact_energy_hourly_history_closed_by_idx";
CREATE INDEX "fact_energy_hourly_history_closed_by_idx" ON "fact_energy_hourly_history" ("closed_by");
DROP INDEX "fact_energy_hourly_history_datasource_id_ts_idx";
CREATE INDEX "fact_energy_hourly_history_datasource_id_ts_idx" ON "fact_energy_hourly_history" ("datasource_id", "ts");
DROP INDEX "environmental_metrics_history_closed_by_idx";
CREATE INDEX "environmental_metrics_history_closed_by_idx" ON "environmental_metrics_history" ("closed_by");
DROP INDEX "environmental_metrics_history_datasource_id_timestamp_idx";
CREATE INDEX "environmental_metrics_history_datasource_id_timestamp_idx" ON "environmental_metrics_history" ("datasource_id", "timestamp");
DROP INDEX "fact_energy_daily_history_closed_by_idx";
CREATE INDEX "fact_energy_daily_history_closed_by_idx" ON "fact_energy_daily_history" ("closed_by");
DROP INDEX "dairy_production_history_closed_by_idx";
CREATE INDEX "dairy_production_history_closed_by_idx" ON "dairy_production_history" ("closed_by");
ALTER TABLE "fact_energy_hourly" RESET (fillfactor);
