-- The catalog of the current schema as text, one object a line (functions and views: several), in an order that does not depend on
-- how or when things were made. Left out: owners, extensions' own objects, Prisma's history, NOT NULL as constraints (PostgreSQL 18
-- names them, 15 does not; columns show them), and rights of other roles than ours.
WITH place AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname = current_schema()
), extension_member AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relation AS (
    SELECT c.oid, c.relname, c.relkind, c.relacl, c.reloptions
    FROM pg_class c
    WHERE c.relnamespace = (SELECT oid FROM place) AND c.relname <> '_prisma_migrations'
      AND NOT EXISTS (SELECT FROM extension_member e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
), routine AS (
    SELECT p.oid, p.proname, p.proacl, p.prokind, pg_get_function_identity_arguments(p.oid) AS arguments
    FROM pg_proc p
    WHERE p.pronamespace = (SELECT oid FROM place)
      AND NOT EXISTS (SELECT FROM extension_member e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid)
), line (section, name, detail) AS (
    SELECT 'column', format('%s %s', r.relname, lpad(row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum)::text, 3, '0')),
           concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'not null' END,
               CASE a.attidentity WHEN 'd' THEN 'identity by default' WHEN 'a' THEN 'identity always' END,
               CASE WHEN a.attgenerated <> '' THEN 'generated ' || pg_get_expr(d.adbin, d.adrelid)
                    WHEN d.adbin IS NOT NULL THEN 'default ' || pg_get_expr(d.adbin, d.adrelid) END)
    FROM relation r
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
    WHERE r.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
  UNION ALL
    SELECT 'option', format('%s %s', r.relname, opt), opt FROM relation r CROSS JOIN unnest(r.reloptions) AS opt WHERE r.relkind = 'r'
  UNION ALL
    SELECT 'constraint', format('%s %s', r.relname, k.conname),
           pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' (not validated)' END
    FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid
    WHERE k.contype NOT IN ('n', 't')
  UNION ALL
    SELECT 'index', i.relname, pg_get_indexdef(i.oid) || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END
    FROM relation r JOIN pg_index x ON x.indrelid = r.oid JOIN pg_class i ON i.oid = x.indexrelid
  UNION ALL
    SELECT 'trigger', format('%s %s', r.relname, t.tgname),
           pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'A' THEN ' (always)' WHEN 'R' THEN ' (replica)' ELSE ' (disabled)' END
    FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid
    WHERE NOT t.tgisinternal
  UNION ALL
    SELECT 'sequence', r.relname, format('%s from %s by %s min %s max %s cache %s%s',
           format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END)
    FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid
  UNION ALL
    SELECT CASE r.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, r.relname, E'\n' || pg_get_viewdef(r.oid, true)
    FROM relation r
    WHERE r.relkind IN ('v', 'm')
  UNION ALL
    SELECT 'table', r.relname, CASE r.relkind WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' ELSE '' END
    FROM relation r
    WHERE r.relkind IN ('r', 'p', 'f')
  UNION ALL
    SELECT 'function', format('%s(%s)', f.proname, f.arguments), E'\n' || pg_get_functiondef(f.oid)
    FROM routine f
    WHERE f.prokind IN ('f', 'p')
  UNION ALL
    SELECT 'type', t.typname, CASE t.typtype
               WHEN 'e' THEN (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
               ELSE concat_ws(' ', 'domain', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'not null' END) END
    FROM pg_type t
    WHERE t.typnamespace = (SELECT oid FROM place) AND t.typtype IN ('e', 'd')
      AND NOT EXISTS (SELECT FROM extension_member e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)
  UNION ALL
    SELECT 'grant', format('%s %s', o.name, g.rolname), string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
    FROM (
        SELECT relname, relacl FROM relation
      UNION ALL
        SELECT format('%s(%s)', proname, arguments), proacl FROM routine
      UNION ALL
        SELECT format('schema %s', n.nspname), n.nspacl FROM pg_namespace n WHERE n.oid = (SELECT oid FROM place)
    ) o (name, acl)
    CROSS JOIN LATERAL aclexplode(o.acl) a
    JOIN pg_roles g ON g.oid = a.grantee
    WHERE g.rolname IN ('cei_owner', 'cei_ingestor', 'cei_api', 'cei_grafana') AND a.privilege_type <> 'MAINTAIN'
    GROUP BY o.name, g.rolname
)
SELECT rtrim(format('%s %s: %s', section, name, detail), E' \n') AS line
FROM line
ORDER BY section COLLATE "C", name COLLATE "C", detail COLLATE "C";
