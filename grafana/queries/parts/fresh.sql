-- Freshness of the chosen sources.
fresh AS (
    -- As it was at the end of the time range, or is now.
    SELECT f.*
    FROM source_freshness(least(now(), $__timeTo()::timestamptz)) f
    WHERE coalesce(f.client, '–') IN (${client:sqlstring}) AND f.datasource_id::text IN (${source:sqlstring})
)
