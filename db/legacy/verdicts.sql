-- Everything that plan, status and report count, as one JSON document.
WITH counted AS (
    SELECT tab, outcome, reason, count(*) AS n FROM legacy_move.ledger WHERE NOT gone GROUP BY 1, 2, 3
), tables AS (
    SELECT tab, sum(n) AS rows, coalesce(sum(n) FILTER (WHERE outcome = 'migrated'), 0) AS migrated, coalesce(sum(n) FILTER (WHERE outcome IS NULL), 0) AS pending,
           coalesce((SELECT json_object_agg(c.reason, c.n ORDER BY c.n DESC, array_position(ARRAY['superseded_duplicate', 'ampm_collapsed', 'nonexistent_local_time', 'non_finite', 'negative', 'future'], c.reason), c.reason) FROM counted c WHERE c.tab = t.tab AND c.outcome = 'rejected'), '{}') AS rejected
    FROM counted t GROUP BY tab
), registers AS (
    SELECT h.folded, bool_or(h.register = 'device') AS in_device, bool_or(h.register = 'generic_device') AS in_generic, count(*) FILTER (WHERE h.register = 'generic_device') AS generics
    FROM legacy_move.handle h GROUP BY h.folded
), spelled AS (
    SELECT o.row->>'device_id' AS id, o.tab, lower(btrim(o.row->>'device_id')) AS folded FROM legacy_move.old o WHERE o.tab IN ('device', 'generic_device')
)
SELECT json_build_object(
    'tables', (SELECT coalesce(json_agg(json_build_object('table', tab, 'rows', rows, 'migrated', migrated, 'pending', pending, 'rejected', rejected) ORDER BY tab), '[]') FROM tables),
    'sources', (SELECT json_build_object('merged', (SELECT count(*) FROM legacy_move.source),
        'device', (SELECT count(*) FROM spelled WHERE tab = 'device'), 'generic', (SELECT count(*) FROM spelled WHERE tab = 'generic_device'),
        'onlyDevice', (SELECT count(*) FROM spelled s WHERE tab = 'device' AND NOT EXISTS (SELECT FROM spelled o WHERE o.tab = 'generic_device' AND o.id = s.id)),
        'onlyGeneric', (SELECT count(*) FROM spelled s WHERE tab = 'generic_device' AND NOT EXISTS (SELECT FROM spelled o WHERE o.tab = 'device' AND o.id = s.id)),
        'twins', (SELECT count(*) FROM registers WHERE generics > 1))),
    'batches', (SELECT json_build_object('total', count(*), 'unresolved', count(*) FILTER (WHERE source IS NULL),
        'texts', coalesce((SELECT json_agg(text ORDER BY version, since, text) FROM (
            SELECT o.row->>'device_id' AS text, min(o.row->>'pipeline_version') AS version, min(b.written) AS since FROM legacy_move.old o JOIN legacy_move.batch b ON b.file::text = o.key
            WHERE o.tab = 'ingest_file' AND b.source IS NULL GROUP BY 1) t), '[]')) FROM legacy_move.batch),
    'notes', (SELECT coalesce(json_object_agg(tab, json_build_object('reattributed', reattributed, 'lineageCorrected', corrected)), '{}') FROM (
        SELECT tab, count(*) FILTER (WHERE source IS NOT NULL AND fk_source IS DISTINCT FROM source AND dataset LIKE 'energy%') AS reattributed,
               count(*) FILTER (WHERE lineage_corrected) AS corrected
        FROM legacy_move.reading WHERE is_fact GROUP BY tab) n),
    'recoverable', (SELECT coalesce(json_object_agg(tab, reasons), '{}') FROM (
        SELECT tab, json_object_agg(reason, n) AS reasons FROM (
            SELECT tab, CASE WHEN outcome = 'migrated' THEN 'recovered' ELSE reason END AS reason, count(*) AS n FROM legacy_move.reading
            WHERE NOT is_fact AND fault IS NULL AND (outcome = 'migrated' OR reason IN ('never_loaded', 'ampm_collapsed', 'overwritten')) GROUP BY 1, 2) c
        GROUP BY tab) r),
    'conflicts', (SELECT coalesce(json_agg(json_build_object('source', s.external_id, 'field', c->>'field', 'kept', c->>'kept', 'other', c->>'other') ORDER BY s.folded, c->>'field'), '[]')
        FROM legacy_move.source s, jsonb_array_elements(s.conflicts) c),
    'zones', (SELECT coalesce(json_object_agg(zone_from, n), '{}') FROM (SELECT zone_from, count(*) AS n FROM legacy_move.source GROUP BY 1) z)
) AS verdicts
