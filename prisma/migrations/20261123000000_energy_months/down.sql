-- The months are made from the readings, which stay.
-- derived: fact_energy_hourly_month
DROP TRIGGER "datasource_energy_months" ON "datasource";
DROP FUNCTION "refresh_energy_months_of_zone"();
DROP FUNCTION "refresh_energy_months"(INTEGER, TIMESTAMPTZ, TIMESTAMPTZ);
DROP TABLE "fact_energy_hourly_month";
