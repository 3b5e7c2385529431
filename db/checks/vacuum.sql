-- How PostgreSQL keeps house with our tables: a row each. `needed`: the bytes that its rows would take, by their mean width, or null where that
-- is not known; a page is filled to nine tenths at best. Statistics come from the collector and may be some minutes old.
SELECT s.relname AS name, s.n_live_tup::float8 AS live, s.n_dead_tup::float8 AS dead,
       coalesce(s.last_analyze, s.last_autoanalyze) IS NULL AS never_analysed,
       coalesce((SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_enabled') IN ('false', 'off', 'no', '0'), false) AS opted_out,
       pg_relation_size(c.oid)::float8 AS bytes,
       (SELECT c.reltuples * (sum(w.avg_width) + 28) / 0.9 FROM pg_stats w WHERE w.schemaname = s.schemaname AND w.tablename = s.relname HAVING c.reltuples > 0) AS needed
FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
WHERE s.schemaname = current_schema()
ORDER BY s.relname
