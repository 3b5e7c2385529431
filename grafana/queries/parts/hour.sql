-- Hourly readings by the hour of the local clock.
hour AS (
    -- Energy by hour: the instant at which the hour of the local clock began, so that an autumn night keeps both of its hours.
    SELECT s.id, s.name, s.client, s.zone, h.started, (h.started AT TIME ZONE s.zone)::date AS day, sum(f.energy_kwh::numeric)::float8 AS kwh
    FROM source s
    JOIN fact_energy_hourly f ON f.datasource_id = s.id AND f.ts >= s.since AND f.ts < s.until
    CROSS JOIN LATERAL (
        SELECT f.ts - (f.ts AT TIME ZONE s.zone - date_trunc('hour', f.ts AT TIME ZONE s.zone)) AS started
    ) h
    GROUP BY s.id, s.name, s.client, s.zone, h.started
)
