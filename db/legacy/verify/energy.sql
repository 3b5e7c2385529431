-- The rows that must stand in the new table of {table}, by the verifier's own reading: folded source, instant, local day, value.
, last_write AS (
    SELECT DISTINCT ON (device, moment) device, moment, file_id FROM (
        SELECT (transformed_data->>'device_id') AS device, {staged_moment} AS moment, file_id, created_at, staging_id
        FROM {staging} WHERE loaded_to_final AND is_valid AND file_id IS NOT NULL AND jsonb_typeof(transformed_data) = 'object'
    ) s ORDER BY device, moment, created_at DESC, staging_id DESC
), owned AS (
    SELECT f.energy_id, f.ts::timestamp AS wall, f.energy_kwh, coalesce(o.since, f.created_at) AS since, coalesce(o.folded,
        (SELECT n.folded FROM names n WHERE n.id = f.device_id
            AND n.era = CASE WHEN f.created_at <= $1::timestamptz THEN 'old' WHEN f.created_at >= $2::timestamptz THEN 'new'
                WHEN (SELECT count(DISTINCT folded) = 1 AND count(*) = 2 FROM names WHERE id = f.device_id) THEN 'new' END)) AS folded
    FROM (SELECT * FROM {table} WHERE ts >= '4000-01-01 BC' AND ts < '10000-01-01') f
    LEFT JOIN last_write w ON w.device = f.device_id::text AND w.moment = f.ts::timestamp
    LEFT JOIN owners o ON o.file_id = coalesce(w.file_id, f.source_file)
), instants AS (
    SELECT w.*, {instant} AS at, {exists} AS is_there FROM owned w WHERE folded IS NOT NULL
), sound AS (
    SELECT * FROM instants
    WHERE energy_kwh >= 0 AND energy_kwh < 'Infinity' AND at < $6::timestamptz AND (is_there OR $5::jsonb->>'nonexistent' = 'shift')
), standing AS (
    SELECT DISTINCT ON (folded, at) * FROM sound ORDER BY folded, at, since DESC NULLS LAST, energy_id DESC
), days AS (
    SELECT *, {collapsed} AS is_collapsed FROM standing
)
SELECT folded, CASE WHEN is_collapsed AND $5::jsonb->>'ampm' = 'shift' AND wall::time < '12:00' THEN (wall + interval '12 hours') AT TIME ZONE ($3::jsonb->>folded) ELSE at END AS at,
       -- The text of a float is exact, where its cast to numeric keeps fifteen digits; 0 makes -0 a 0.
       wall::date AS day, (energy_kwh + 0)::text AS said, energy_kwh::numeric AS amount
FROM days WHERE NOT is_collapsed OR $5::jsonb->>'ampm' <> 'reject'
