-- What the policy of keeping has removed: earlier readings that had ended by an instant, and original files.
CREATE TABLE "retention" (
    "what" TEXT NOT NULL,
    -- What had ended by then is gone, or going: it is written, and visible, before anything is removed. Only grows.
    "horizon" TIMESTAMPTZ(6) NOT NULL,
    "begun_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- null while a run is under way, or after one that was cut off.
    "completed_at" TIMESTAMPTZ(6),
    -- Since ever: earlier readings, or files.
    "removed" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "retention_pkey" PRIMARY KEY ("what"),
    CONSTRAINT "retention_what_check" CHECK ("what" IN ('history', 'archive'))
);

-- Files that the policy took from the archive. The same bytes may have come again since: what is in the archive counts.
CREATE TABLE "pruned_file" (
    "file_sha256" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "decided_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- null until it is done: a run that was cut off is ended by the next.
    "removed_at" TIMESTAMPTZ(6),
    CONSTRAINT "pruned_file_pkey" PRIMARY KEY ("file_sha256")
);

CREATE FUNCTION "keep_horizon"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.horizon >= OLD.horizon AND NEW.what = OLD.what THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'horizon_only_grows: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '55000', HINT = 'What was removed does not come back.';
END
$$;
CREATE TRIGGER "retention_only_grows" BEFORE UPDATE OR DELETE ON "retention" FOR EACH ROW EXECUTE FUNCTION "keep_horizon"();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_owner') THEN
        GRANT ALL ON "retention", "pruned_file" TO cei_owner;
    END IF;
    -- It is the ingestor that removes; history and archive are its own already.
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_ingestor') THEN
        GRANT SELECT, INSERT, UPDATE ON "retention" TO cei_ingestor;
        GRANT SELECT, INSERT, UPDATE, DELETE ON "pruned_file" TO cei_ingestor;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cei_api') THEN
        GRANT SELECT ON "retention", "pruned_file" TO cei_api;
    END IF;
END
$$;
