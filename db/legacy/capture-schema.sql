-- The queue of changed keys at the old database, and what makes its tables read-only after the cutover.
CREATE SCHEMA IF NOT EXISTS legacy_capture;
CREATE TABLE IF NOT EXISTS legacy_capture.queue (tab text NOT NULL, key text);
CREATE OR REPLACE FUNCTION legacy_capture.refuse_write() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('legacy_capture.replay', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'legacy_read_only: % of % is refused, the data has moved to the new system', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '55000', HINT = 'Stop the old ingestor and load files with the new one; `pnpm migrate:legacy rollback` brings the old tables back.';
END
$$;
