-- Empties the current schema but leaves the schema itself, its rights and what extensions put there.
DO $$
DECLARE
    place oid := (SELECT oid FROM pg_namespace WHERE nspname = current_schema());
    statement text;
BEGIN
    FOR statement IN
        WITH thing (turn, class, id, kind, name) AS (
            SELECT CASE c.relkind WHEN 'S' THEN 2 ELSE 1 END, 'pg_class'::regclass, c.oid,
                   CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
                   quote_ident(c.relname)
            FROM pg_class c WHERE c.relnamespace = place AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          UNION ALL
            SELECT 3, 'pg_proc'::regclass, p.oid, 'ROUTINE', format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid))
            FROM pg_proc p WHERE p.pronamespace = place
          UNION ALL
            SELECT 4, 'pg_type'::regclass, t.oid, 'TYPE', quote_ident(t.typname)
            FROM pg_type t WHERE t.typnamespace = place AND t.typtype IN ('e', 'd')
        )
        -- IF EXISTS: an earlier CASCADE may have taken it along.
        SELECT format('DROP %s IF EXISTS %s CASCADE', kind, name)
        FROM thing
        WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = class AND d.objid = id AND d.deptype = 'e')
        ORDER BY turn
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
