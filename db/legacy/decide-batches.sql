-- Which datasource each old file belongs to: its name begins with a meter's 24-hex id; else ingest_file.device_id is an external id, or a
-- number in the register of its time; else the map; else nobody's. A file without a time is as old as its oldest reading; with no reading
-- at all its number only labels it, and is read as today's.
INSERT INTO legacy_move.batch AS b (file, source, via, written)
SELECT f.file, coalesce(p.folded, e.folded, n.folded, m.folded),
       CASE WHEN p.folded IS NOT NULL THEN 'file_name' WHEN e.folded IS NOT NULL THEN 'external_id' WHEN n.folded IS NOT NULL THEN 'number'
            WHEN m.folded IS NOT NULL THEN 'map' ELSE 'unresolved' END,
       f.written
FROM (
    SELECT o.key::uuid AS file, o.row->>'file_name' AS name, lower(btrim(o.row->>'device_id')) AS device,
           regexp_replace(lower(o.row->>'file_name'), '^.*[/\\]', '') AS base,
           coalesce((o.row->>'ingested_at')::timestamptz, (
               SELECT min((x.row->>'created_at')::timestamptz) FROM legacy_move.old x
               WHERE o.row->>'ingested_at' IS NULL AND x.tab IN ('fact_energy_hourly', 'fact_energy_daily', 'environmental_metrics')
                 AND x.row->>'source_file' = o.key
           )) AS written
    FROM legacy_move.old o WHERE o.tab = 'ingest_file' AND NOT o.gone
) f
CROSS JOIN legacy_move.settings s
LEFT JOIN legacy_move.source p ON p.folded = substring(f.base FROM '^' || repeat('[0-9a-f]', 24))
LEFT JOIN legacy_move.source e ON e.folded = f.device
LEFT JOIN legacy_move.handle n ON f.device ~ '^\d{1,9}$' AND n.old_id = CASE WHEN f.device ~ '^\d{1,9}$' THEN f.device::int END
    AND n.register = CASE WHEN f.written <= s.epoch_low THEN 'device' WHEN coalesce(f.written, 'infinity') >= s.epoch_high THEN 'generic_device' END
LEFT JOIN LATERAL (
    SELECT m.folded FROM legacy_move.map m
    WHERE m.kind = 'batch' AND m.value IN (f.file::text, lower(f.name), f.device)
    ORDER BY array_position(ARRAY[f.file::text, lower(f.name), f.device], m.value) LIMIT 1
) m ON true
ON CONFLICT (file) DO UPDATE SET source = excluded.source, via = excluded.via, written = excluded.written
WHERE (b.source, b.via, b.written) IS DISTINCT FROM (excluded.source, excluded.via, excluded.written)
RETURNING b.file
