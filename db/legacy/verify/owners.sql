-- The verifier's own reading of whose a file is, straight from the old tables; shares nothing with what the copier runs. Begins a WITH list.
-- $1 and $2: the epoch's bounds. $3: zones by folded external id. $4: the map: {"batch": {...}, "rows": {...}}. $5: policies.
WITH names AS (
    SELECT lower(btrim(device_id)) AS folded, id, 'old' AS era FROM {device} UNION ALL SELECT lower(btrim(device_id)), id, 'new' FROM {generic_device}
), files AS (
    SELECT f.file_id, split_part(reverse(lower(f.file_name)), '/', 1) AS eman, lower(btrim(f.device_id)) AS said, lower(f.file_name) AS full_name,
           coalesce(f.ingested_at, least((SELECT min(created_at) FROM {fact_energy_hourly} WHERE source_file = f.file_id),
               (SELECT min(created_at) FROM {fact_energy_daily} WHERE source_file = f.file_id), (SELECT min(created_at) FROM {environmental_metrics} WHERE source_file = f.file_id))) AS since
    FROM {ingest_file} f
), owners AS (
    SELECT file_id, since, coalesce(
        (SELECT folded FROM names WHERE folded = left(reverse(eman), 24) AND length(folded) = 24 AND translate(folded, '0123456789abcdef', '') = '' LIMIT 1),
        (SELECT folded FROM names WHERE folded = said LIMIT 1),
        (SELECT folded FROM names WHERE translate(said, '0123456789', '') = '' AND said <> '' AND length(said) < 10 AND id::text = ltrim(said, '0')
            AND era = CASE WHEN since <= $1::timestamptz THEN 'old' WHEN since IS NULL OR since >= $2::timestamptz THEN 'new' END),
        $4::jsonb->'batch'->>file_id::text, $4::jsonb->'batch'->>full_name, $4::jsonb->'batch'->>said) AS folded
    FROM files
)
