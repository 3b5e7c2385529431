-- Makes or finds the datasource of every merged source, with its handles and secrets. One that is there already keeps what it says.
WITH made AS (
    INSERT INTO datasource AS d (external_id, source_category, data_type, name, alias, client, description, status, timezone, metadata, created_at)
    SELECT external_id, fields->>'source_category', fields->>'data_type', fields->>'name', fields->>'alias', fields->>'client', fields->>'description',
           fields->>'status', zone, fields->'metadata' || CASE WHEN fields->'legacy' = '{}' THEN '{}'::jsonb
               ELSE jsonb_build_object('legacy', coalesce(fields->'metadata'->'legacy', '{}') || (fields->'legacy')) END,
           coalesce((fields->>'created_at')::timestamptz, now())
    FROM legacy_move.source ORDER BY folded
    ON CONFLICT (lower(btrim(external_id))) DO UPDATE SET timezone = coalesce(d.timezone, excluded.timezone), alias = coalesce(d.alias, excluded.alias),
        client = coalesce(d.client, excluded.client), name = coalesce(d.name, excluded.name)
    RETURNING d.id, d.external_id
), found AS (
    UPDATE legacy_move.source s SET datasource_id = m.id FROM made m WHERE s.folded = lower(btrim(m.external_id))
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
