-- The rows that must stand in dairy_production, by the verifier's own reading.
, last_write AS (
    SELECT DISTINCT ON (moment) moment, file_id FROM (
        SELECT (transformed_data->>'production_date')::date AS moment, file_id, created_at, staging_id FROM {staging_dairy_production}
        WHERE loaded_to_final AND is_valid AND file_id IS NOT NULL AND jsonb_typeof(transformed_data) = 'object'
    ) s ORDER BY moment, created_at DESC, staging_id DESC
), owned AS (
    SELECT f.id, f.production_date, {cleaned}, coalesce(o.since, f.ingested_at) AS since,
           coalesce(o.folded, CASE WHEN coalesce(w.file_id, f.source_file) IS NULL THEN $4::jsonb->'rows'->>'dairy_production' END) AS folded
    FROM (SELECT * FROM {dairy_production} WHERE production_date >= '4000-01-01 BC' AND production_date < '10000-01-01') f LEFT JOIN last_write w ON w.moment = f.production_date LEFT JOIN owners o ON o.file_id = coalesce(w.file_id, f.source_file)
)
SELECT DISTINCT ON (folded, production_date) folded, production_date::timestamp AT TIME ZONE 'UTC' AS at, production_date AS day, concat_ws('|', {said}) AS said,
       day_production_per_cow_kg::numeric AS amount
FROM owned WHERE folded IS NOT NULL AND NOT 'NaN'::numeric IN ({filled}) AND production_date::timestamp AT TIME ZONE 'UTC' < $6::timestamptz
ORDER BY folded, production_date, since DESC NULLS LAST, id DESC
