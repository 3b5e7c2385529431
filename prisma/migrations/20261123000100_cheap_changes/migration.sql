-- Loads that change what is stored: history is written in bulk and read seldom, by range. Block-range indexes cost next to nothing
-- to write, where B-trees took half of such a load. The two small tables keep the B-tree on their key.
DROP INDEX "fact_energy_hourly_history_closed_by_idx";
CREATE INDEX "fact_energy_hourly_history_closed_by_idx" ON "fact_energy_hourly_history" USING BRIN ("closed_by") WITH (autosummarize = on);
DROP INDEX "fact_energy_hourly_history_datasource_id_ts_idx";
CREATE INDEX "fact_energy_hourly_history_datasource_id_ts_idx" ON "fact_energy_hourly_history" USING BRIN ("datasource_id", "ts") WITH (pages_per_range = 32, autosummarize = on);
DROP INDEX "environmental_metrics_history_closed_by_idx";
CREATE INDEX "environmental_metrics_history_closed_by_idx" ON "environmental_metrics_history" USING BRIN ("closed_by") WITH (autosummarize = on);
DROP INDEX "environmental_metrics_history_datasource_id_timestamp_idx";
CREATE INDEX "environmental_metrics_history_datasource_id_timestamp_idx" ON "environmental_metrics_history" USING BRIN ("datasource_id", "timestamp") WITH (pages_per_range = 32, autosummarize = on);
DROP INDEX "fact_energy_daily_history_closed_by_idx";
CREATE INDEX "fact_energy_daily_history_closed_by_idx" ON "fact_energy_daily_history" USING BRIN ("closed_by") WITH (autosummarize = on);
DROP INDEX "dairy_production_history_closed_by_idx";
CREATE INDEX "dairy_production_history_closed_by_idx" ON "dairy_production_history" USING BRIN ("closed_by") WITH (autosummarize = on);

-- Room on each page for the new version of every reading on it: an update then touches no index (HOT), and the page is cleaned by
-- whoever reads it next. Measured: a first load takes 3 % longer, a load that changes everything half as long.
ALTER TABLE "fact_energy_hourly" SET (fillfactor = 50);
