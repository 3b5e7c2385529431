-- The sources that a dashboard shows.
source AS (
    -- The chosen sources, with the whole local days that the time range touches, and the instants at which those begin and end.
    SELECT
        span.*,
        local_day_start(span.first_day, span.zone) AS since,
        local_day_start(span.last_day + 1, span.zone) AS until
    FROM (
        SELECT
            d.id,
            coalesce(d.alias, d.name, d.external_id) AS name,
            coalesce(d.client, '–') AS client,
            z.zone,
            z.zone = coalesce(d.timezone, 'UTC') AS own_zone,
            {first_day} AS first_day,
            {last_day} AS last_day
        FROM datasource d
        CROSS JOIN LATERAL (SELECT {zone} AS zone) z
        WHERE d.data_type IN ({types})
            AND coalesce(d.client, '–') IN (${client:sqlstring})
            AND {chosen}
    ) span
)
