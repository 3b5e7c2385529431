-- The rows that must stand in environmental_metrics, by the verifier's own reading.
, last_write AS (
    SELECT DISTINCT ON (moment) moment, file_id FROM (
        SELECT (transformed_data->>'timestamp')::timestamptz AS moment, file_id, created_at, staging_id FROM {staging_environmental_metrics}
        WHERE loaded_to_final AND is_valid AND file_id IS NOT NULL AND jsonb_typeof(transformed_data) = 'object'
    ) s ORDER BY moment, created_at DESC, staging_id DESC
), owned AS (
    SELECT f.*, coalesce(o.since, f.created_at) AS since,
           coalesce(o.folded, CASE WHEN coalesce(w.file_id, f.source_file) IS NULL THEN $4::jsonb->'rows'->>'environmental_metrics' END) AS folded,
           coalesce(f.source_type, '') <> 'api' AND coalesce(f.ingestion_method, '') NOT IN ('json', 'streaming') AND coalesce(f.source_api_endpoint, '') !~* '^https?://'
               AND $5::jsonb->>'weather_csv' = 'local' AS is_clock
    FROM (SELECT * FROM {environmental_metrics} WHERE isfinite("timestamp")) f LEFT JOIN last_write w ON w.moment = f.timestamp LEFT JOIN owners o ON o.file_id = coalesce(w.file_id, f.source_file)
), instants AS (
    SELECT w.*, timestamp AT TIME ZONE 'UTC' AS wall, $3::jsonb->>folded AS zone FROM owned w WHERE folded IS NOT NULL
), placed AS (
    SELECT i.*, CASE WHEN NOT is_clock THEN timestamp WHEN $5::jsonb->>'autumn' = 'first' AND (wall AT TIME ZONE zone - interval '1 hour') AT TIME ZONE zone = wall
        THEN wall AT TIME ZONE zone - interval '1 hour' ELSE wall AT TIME ZONE zone END AS at FROM instants i WHERE NOT is_clock OR zone IS NOT NULL
), said AS (
    SELECT p.*, concat_ws('|', {said}) AS said FROM placed p
    WHERE num_nonnulls({measures}) > 0 AND NOT 'NaN'::numeric IN ({filled}) AND at < $6::timestamptz
      AND (NOT is_clock OR (wall AT TIME ZONE zone) AT TIME ZONE zone = wall OR $5::jsonb->>'nonexistent' = 'shift')
)
SELECT DISTINCT ON (folded, at) folded, at, (at AT TIME ZONE 'UTC')::date AS day, said, temperature::numeric AS amount
FROM said ORDER BY folded, at, since DESC NULLS LAST, id DESC
