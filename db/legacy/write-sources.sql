-- Makes or finds the datasource of every merged source, with its handles and secrets. What somebody else said of it stays; what the move said
-- of it before follows the old register and the map, as the readings do.
WITH given AS (
    SELECT s.folded, s.external_id, s.fields, s.zone, s.told, s.fields->'metadata' || CASE WHEN s.fields->'legacy' = '{}' THEN '{}'::jsonb
               ELSE jsonb_build_object('legacy', coalesce(s.fields->'metadata'->'legacy', '{}') || (s.fields->'legacy')) END AS metadata
    FROM legacy_move.source s
), followed AS (
    UPDATE datasource d SET timezone = n.timezone, alias = n.alias, client = n.client, name = n.name, description = n.description, status = n.status, metadata = n.metadata
    FROM datasource c JOIN given g ON g.folded = lower(btrim(c.external_id))
    CROSS JOIN LATERAL (
        SELECT CASE WHEN coalesce(c.timezone = g.told->>'zone', c.timezone IS NULL) THEN g.zone ELSE c.timezone END AS timezone,
               CASE WHEN coalesce(c.alias = g.told->>'alias', c.alias IS NULL) THEN g.fields->>'alias' ELSE c.alias END AS alias,
               CASE WHEN coalesce(c.client = g.told->>'client', c.client IS NULL) THEN g.fields->>'client' ELSE c.client END AS client,
               CASE WHEN coalesce(c.name = g.told->>'name', c.name IS NULL) THEN g.fields->>'name' ELSE c.name END AS name,
               CASE WHEN c.description = g.told->>'description' OR g.told IS NOT NULL AND c.description IS NULL THEN g.fields->>'description' ELSE c.description END AS description,
               CASE WHEN c.status = g.told->>'status' THEN g.fields->>'status' ELSE c.status END AS status,
               CASE WHEN c.metadata = g.told->'metadata' THEN g.metadata ELSE c.metadata END AS metadata
    ) n
    WHERE d.id = c.id AND ROW(d.timezone, d.alias, d.client, d.name, d.description, d.status, d.metadata)
        IS DISTINCT FROM ROW(n.timezone, n.alias, n.client, n.name, n.description, n.status, n.metadata)
), made AS (
    INSERT INTO datasource AS d (external_id, source_category, data_type, name, alias, client, description, status, timezone, metadata, created_at)
    SELECT external_id, fields->>'source_category', fields->>'data_type', fields->>'name', fields->>'alias', fields->>'client', fields->>'description',
           fields->>'status', zone, metadata, coalesce((fields->>'created_at')::timestamptz, now())
    FROM given ORDER BY folded
    ON CONFLICT (lower(btrim(external_id))) DO NOTHING
    RETURNING d.id, d.external_id
), found AS (
    UPDATE legacy_move.source s SET datasource_id = m.id, made = s.made OR m.is_new,
        told = jsonb_build_object('zone', g.zone, 'alias', g.fields->'alias', 'client', g.fields->'client', 'name', g.fields->'name',
            'description', g.fields->'description', 'status', g.fields->'status', 'metadata', g.metadata)
    FROM (SELECT id, external_id, true AS is_new FROM made UNION ALL SELECT id, external_id, false FROM datasource) m, given g
    WHERE s.folded = lower(btrim(m.external_id)) AND g.folded = s.folded
    RETURNING s.folded, m.id, s.secrets, s.fields
), handled AS (
    INSERT INTO datasource_alias (kind, value, datasource_id)
    SELECT 'legacy_' || h.register, h.register || ':' || h.old_id, f.id FROM legacy_move.handle h JOIN found f USING (folded)
    UNION ALL
    SELECT 'token_sha256', encode(sha256(convert_to(x.value, 'UTF8')), 'hex'), f.id FROM found f, jsonb_each_text(f.secrets) x
    UNION ALL
    SELECT 'legacy_api', 'api:' || (f.fields->'metadata'->>'external_id'), f.id FROM found f WHERE f.fields->'metadata'->>'external_id' IS NOT NULL
    UNION ALL
    SELECT 'legacy', m.value, f.id FROM legacy_move.map m JOIN found f USING (folded)
    WHERE m.kind = 'batch' AND m.value !~ '^(\d+|none|unknown|environmental_metrics)$'
      AND EXISTS (SELECT FROM legacy_move.old o WHERE o.tab = 'ingest_file' AND lower(btrim(o.row->>'device_id')) = m.value)
    ON CONFLICT (kind, value) DO NOTHING
)
INSERT INTO datasource_secret (datasource_id, name, value)
SELECT f.id, x.key, x.value FROM found f, jsonb_each_text(f.secrets) x
ON CONFLICT (datasource_id, name) DO UPDATE SET value = excluded.value WHERE datasource_secret.value IS DISTINCT FROM excluded.value
