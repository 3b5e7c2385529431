-- The last reading and the last load of each source; the latest of all first. Due: one and a half deliveries and two steps after the last reading.
WITH {fresh},
newest AS (
    SELECT DISTINCT ON (p.datasource_id, p.dataset) p.datasource_id, p.dataset, b.source_name
    FROM v_batch_sources p
    JOIN v_batch_log b ON b.batch_id = p.batch_id
    ORDER BY p.datasource_id, p.dataset, p.completed_at DESC
)
SELECT
    f.name AS "Datasource",
    f.client AS "Client",
    f.dataset AS "Dataset",
    f.state AS "State",
    f.last_reading AS "Last reading",
    f.age_seconds AS "Age",
    f.due_at AS "Next due",
    n.source_name AS "Last file",
    f.last_loaded_at AS "Loaded",
    extract(epoch FROM now() - f.last_loaded_at)::float8 AS "Loaded ago"
FROM fresh f
LEFT JOIN newest n ON n.datasource_id = f.datasource_id AND n.dataset = f.dataset
ORDER BY array_position(ARRAY['late', 'fresh', 'never', 'unexpected'], f.state), f.due_at, f.name
