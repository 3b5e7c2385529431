-- Makes the old {table} read-only for everybody, superusers and replica sessions included; only the reverse replay passes.
CREATE OR REPLACE TRIGGER legacy_capture_read_only BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION legacy_capture.refuse_write();
CREATE OR REPLACE TRIGGER legacy_capture_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION legacy_capture.refuse_write();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER legacy_capture_read_only, ENABLE ALWAYS TRIGGER legacy_capture_no_truncate;
