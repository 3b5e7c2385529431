-- After the cutover every change of {table} leaves its key, for a rollback to replay. ALWAYS: the loader copies in replica role.
CREATE OR REPLACE FUNCTION legacy_move.{fn}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO legacy_move.reverse_queue SELECT '{dataset}', datasource_id, {at} FROM rows_after;
    END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') THEN
        INSERT INTO legacy_move.reverse_queue SELECT '{dataset}', datasource_id, {at} FROM rows_before;
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER legacy_reverse_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION legacy_move.{fn}();
CREATE OR REPLACE TRIGGER legacy_reverse_update AFTER UPDATE ON {table} REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION legacy_move.{fn}();
CREATE OR REPLACE TRIGGER legacy_reverse_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION legacy_move.{fn}();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER legacy_reverse_insert, ENABLE ALWAYS TRIGGER legacy_reverse_update, ENABLE ALWAYS TRIGGER legacy_reverse_delete;
