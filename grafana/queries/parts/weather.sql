-- Readings of the chosen stations.
weather AS (
    SELECT s.id, s.name, s.client, s.zone, m.*, (m."timestamp" AT TIME ZONE s.zone)::date AS day,
        m."timestamp" - (m."timestamp" AT TIME ZONE s.zone - date_trunc('hour', m."timestamp" AT TIME ZONE s.zone)) AS hour
    FROM source s
    JOIN environmental_metrics m ON m.datasource_id = s.id AND m."timestamp" >= s.since AND m."timestamp" < s.until
)
