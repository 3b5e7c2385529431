-- Views and functions hold no data.
DROP FUNCTION "source_freshness"(TIMESTAMPTZ);
DROP FUNCTION "local_day_start"(DATE, TEXT);
DROP VIEW "v_batch_log", "v_batch_reasons", "v_batch_sources", "v_batch_stages";
