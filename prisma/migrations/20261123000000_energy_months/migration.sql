-- Energy by local month: a rollup that loads, undos and redos maintain in their own transactions, so that a year over millions of
-- readings is a matter of a few rows. A month is that of the datasource's zone (UTC where that is not known).

CREATE TABLE "fact_energy_hourly_month" (
    "datasource_id" INTEGER NOT NULL,
    "month" DATE NOT NULL,
    "received" INTEGER NOT NULL,
    "energy_kwh" DOUBLE PRECISION NOT NULL,
    "energy_kwh_min" DOUBLE PRECISION NOT NULL,
    "energy_kwh_max" DOUBLE PRECISION NOT NULL,
    CONSTRAINT "fact_energy_hourly_month_pkey" PRIMARY KEY ("datasource_id", "month"),
    CONSTRAINT "fact_energy_hourly_month_datasource_id_fkey" FOREIGN KEY ("datasource_id") REFERENCES "datasource" ("id") ON DELETE RESTRICT ON UPDATE NO ACTION,
    CONSTRAINT "fact_energy_hourly_month_check" CHECK ("received" > 0 AND extract(day FROM "month") = 1)
);

-- Writes the months between two readings of a datasource anew, from the readings; months without a reading go.
-- `received` counts hours: four quarters are one. Summed as decimals, so that tenths add up to what a person would write down.
-- A month of instants is read with a day to spare on both sides, and cut by the clock of the zone.
CREATE FUNCTION "refresh_energy_months"("source" INTEGER, "first" TIMESTAMPTZ, "last" TIMESTAMPTZ) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    zone text := coalesce((SELECT d.timezone FROM "datasource" AS d WHERE d.id = "source"), 'UTC');
    first_month date := CASE WHEN isfinite("first") THEN date_trunc('month', "first" AT TIME ZONE zone)::date ELSE '-infinity' END;
    last_month date := CASE WHEN isfinite("last") THEN date_trunc('month', "last" AT TIME ZONE zone)::date ELSE 'infinity' END;
    since timestamptz := CASE WHEN isfinite(first_month) THEN (first_month - 1)::timestamp AT TIME ZONE 'UTC' ELSE '-infinity' END;
    until timestamptz := CASE WHEN isfinite(last_month) THEN (last_month + interval '1 month 1 day') AT TIME ZONE 'UTC' ELSE 'infinity' END;
BEGIN
    DELETE FROM "fact_energy_hourly_month" AS m
    WHERE m.datasource_id = "source" AND m.month BETWEEN first_month AND last_month;
    INSERT INTO "fact_energy_hourly_month" (datasource_id, month, received, energy_kwh, energy_kwh_min, energy_kwh_max)
    SELECT "source", part.month, count(DISTINCT date_trunc('hour', part.ts)), sum(part.energy_kwh::numeric)::float8, min(part.energy_kwh), max(part.energy_kwh)
    FROM (
        SELECT date_trunc('month', f.ts AT TIME ZONE zone)::date AS month, f.ts, f.energy_kwh
        FROM "fact_energy_hourly" AS f
        WHERE f.datasource_id = "source" AND f.ts >= since AND f.ts < until
    ) AS part
    WHERE part.month BETWEEN first_month AND last_month
    GROUP BY part.month;
END
$$;

-- A first zone moves the bounds of the months of a datasource that had none.
CREATE FUNCTION "refresh_energy_months_of_zone"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.timezone IS DISTINCT FROM OLD.timezone THEN
        PERFORM "refresh_energy_months"(NEW.id, '-infinity', 'infinity');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER "datasource_energy_months" AFTER UPDATE OF "timezone" ON "datasource"
    FOR EACH ROW EXECUTE FUNCTION "refresh_energy_months_of_zone"();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_owner') THEN
        GRANT ALL ON "fact_energy_hourly_month" TO cei_owner;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_ingestor') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON "fact_energy_hourly_month" TO cei_ingestor;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_api') THEN
        -- INSERT is for a first zone, DELETE for that and for the purge of a datasource.
        GRANT SELECT, INSERT, DELETE ON "fact_energy_hourly_month" TO cei_api;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_grafana') THEN
        GRANT SELECT ON "fact_energy_hourly_month" TO cei_grafana;
    END IF;
END
$$;

SELECT "refresh_energy_months"("id", '-infinity', 'infinity') FROM "datasource";
