-- Batches of the chosen sources.
batch AS (
    -- Batches of the chosen sources, and those that belong to no single source; dry runs are none.
    SELECT b.*, {zone} AS zone
    FROM v_batch_log b
    LEFT JOIN datasource d ON d.id = b.datasource_id
    WHERE NOT b.dry_run
        AND (d.id IS NULL OR coalesce(d.client, '–') IN (${client:sqlstring}) AND d.id::text IN (${source:sqlstring}))
)
