-- What the new {table} says now under the keys that changed since the cutover, with the old row each belongs to, as one JSON text.
SELECT coalesce(jsonb_agg(to_jsonb(x)), '[]')::text AS rows
FROM (
    SELECT q.datasource_id, q.at, f.datasource_id IS NULL AS is_gone, o.key AS old_key, d.device AS device_id, f.batch_id,
           CASE WHEN '{kind}' = 'instant' AND z.zone IS NOT NULL THEN q.at AT TIME ZONE z.zone ELSE q.at AT TIME ZONE 'UTC' END AS wall, {measures},
           -- What a later run would read under the old key: of an hour that occurs twice the old table means one.
           '{kind}' = 'day' OR z.zone IS NULL OR q.at = CASE WHEN c.autumn = 'first' AND (c.standard - interval '1 hour') AT TIME ZONE z.zone = q.at AT TIME ZONE z.zone
               THEN c.standard - interval '1 hour' ELSE c.standard END AS fits
    FROM (SELECT DISTINCT datasource_id, at FROM legacy_move.reverse_queue WHERE dataset = $1) q
    LEFT JOIN {table} f ON f.datasource_id = q.datasource_id AND f.{time} = {key}
    LEFT JOIN LATERAL (SELECT s.folded FROM legacy_move.source s WHERE s.datasource_id = q.datasource_id) s ON true
    LEFT JOIN LATERAL (SELECT r.key FROM legacy_move.reading r WHERE r.is_fact AND r.dataset = $1 AND r.source = s.folded AND r.at = q.at
        AND r.outcome = 'migrated' AND r.fault IS NULL LIMIT 1) o ON true
    LEFT JOIN LATERAL (SELECT min(h.old_id) AS device FROM legacy_move.handle h WHERE h.folded = s.folded AND h.register = (SELECT fk_register FROM legacy_move.settings)) d ON true
    LEFT JOIN LATERAL (SELECT timezone AS zone FROM datasource WHERE id = q.datasource_id) z ON true
    LEFT JOIN LATERAL (SELECT autumn, (q.at AT TIME ZONE z.zone) AT TIME ZONE z.zone AS standard FROM legacy_move.settings) c ON true
    ORDER BY q.datasource_id, q.at
) x
