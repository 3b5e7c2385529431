-- How fresh each source was at $1 (an instant, or null for now). $2 ids or null, $3 client or null.
SELECT
    datasource_id,
    external_id,
    name,
    client,
    timezone,
    dataset,
    state,
    last_reading,
    last_loaded_at,
    age_seconds,
    step_seconds,
    delivery_seconds,
    due_at
FROM source_freshness(coalesce($1::timestamptz, now()))
WHERE ($2::int[] IS NULL OR datasource_id = ANY ($2::int[])) AND ($3::text IS NULL OR client = $3)
ORDER BY array_position(ARRAY['late', 'fresh', 'never', 'unexpected'], state), due_at, external_id, dataset
