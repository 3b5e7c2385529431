-- Which id space the readings of each file use, where its name says whose they are and the two registers disagree. {old}: the old schema.
-- low: the last file that reads right only with device.id; high: the first that reads right only with generic_device.id.
WITH registers AS (
    SELECT lower(btrim(g.device_id)) AS folded, d.id AS old_id, g.id AS new_id
    FROM {old}.generic_device g JOIN {old}.device d ON lower(btrim(d.device_id)) = lower(btrim(g.device_id))
    WHERE d.id <> g.id
), used AS (
    SELECT DISTINCT source_file AS file, device_id AS id FROM {old}.fact_energy_hourly WHERE source_file IS NOT NULL
    UNION SELECT DISTINCT source_file, device_id FROM {old}.fact_energy_daily WHERE source_file IS NOT NULL
    UNION SELECT file_id, CASE WHEN device_id ~ '^\d{1,9}$' THEN device_id::int END FROM {old}.ingest_file WHERE device_id ~ '^\d{1,9}$'
)
SELECT max(f.ingested_at) FILTER (WHERE u.id = r.old_id) AS low, min(f.ingested_at) FILTER (WHERE u.id = r.new_id) AS high,
       count(*) FILTER (WHERE u.id = r.old_id)::int AS old_files, count(*) FILTER (WHERE u.id = r.new_id)::int AS new_files
FROM used u
JOIN {old}.ingest_file f ON f.file_id = u.file
JOIN registers r ON r.folded = substring(regexp_replace(lower(f.file_name), '^.*[/\\]', '') FROM '^' || repeat('[0-9a-f]', 24))
WHERE f.ingested_at IS NOT NULL AND u.id IN (r.old_id, r.new_id)
