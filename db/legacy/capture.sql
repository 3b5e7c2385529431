-- Capture at the old database: every change of {name} leaves its keys in a queue, however the statement was made. An upsert fires the
-- insert and the update trigger, and both are needed; TRUNCATE has no transition table and leaves a mark for the whole table.
-- It names everything in full instead of setting a search_path, which would cost a third of its time; so no path of the caller's leads it astray.
CREATE OR REPLACE FUNCTION legacy_capture.{fn}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO legacy_capture.queue (tab, key) SELECT '{name}', {key}::pg_catalog.text FROM rows_after;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        INSERT INTO legacy_capture.queue (tab, key)
        SELECT '{name}', {key}::pg_catalog.text FROM rows_after UNION SELECT '{name}', {key}::pg_catalog.text FROM rows_before;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO legacy_capture.queue (tab, key) SELECT '{name}', {key}::pg_catalog.text FROM rows_before;
    ELSE
        INSERT INTO legacy_capture.queue (tab, key) VALUES ('{name}', NULL);
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER legacy_capture_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION legacy_capture.{fn}();
CREATE OR REPLACE TRIGGER legacy_capture_update AFTER UPDATE ON {table} REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION legacy_capture.{fn}();
CREATE OR REPLACE TRIGGER legacy_capture_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION legacy_capture.{fn}();
CREATE OR REPLACE TRIGGER legacy_capture_truncate AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION legacy_capture.{fn}();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER legacy_capture_insert, ENABLE ALWAYS TRIGGER legacy_capture_update, ENABLE ALWAYS TRIGGER legacy_capture_delete,
    ENABLE ALWAYS TRIGGER legacy_capture_truncate;
