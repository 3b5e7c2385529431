-- A write to an old name ends in a sentence. An upsert is refused by PostgreSQL before any trigger: a view has no unique key.
CREATE OR REPLACE FUNCTION compat.refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'legacy_read_only: % of compat.% is refused, these are read-only views over the new tables', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '55000', HINT = 'Load files with the new ingestor; the old one must not run any longer.';
END
$$
