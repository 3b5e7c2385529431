-- Each point is a local day of a farm with all its hours; the temperature is the mean of its stations.
WITH {source}, {day},
station AS (
    SELECT s.client, d.id, (m."timestamp" AT TIME ZONE s.zone)::date AS day, avg(m.temperature) AS mean
    FROM (SELECT client, min(zone) AS zone, min(since) AS since, max(until) AS until FROM source GROUP BY client) s
    JOIN datasource d ON coalesce(d.client, '–') = s.client AND d.data_type = 'weather'
    JOIN environmental_metrics m ON m.datasource_id = d.id AND m."timestamp" >= s.since AND m."timestamp" < s.until
    GROUP BY 1, 2, 3
),
both_of_day AS (
    SELECT client, day, kwh, whole, NULL::float8 AS degrees FROM day
    UNION ALL
    SELECT client, day, NULL, NULL, mean FROM station
)
SELECT client AS "Farm", to_char(day, 'YYYY-MM-DD') AS "Day", avg(degrees) AS "Temperature (°C)", sum(kwh::numeric)::float8 AS "Energy (kWh)"
FROM both_of_day
GROUP BY client, day
HAVING bool_and(whole) AND count(degrees) > 0
ORDER BY 1, 2
