-- Milk per kg of feed: as the robot reports it, and computed from the milk and the feed of the same day.
WITH {source}, {herd}
SELECT local_day_start(production_date, zone) AS time, name || ', as reported' AS metric, feed_efficiency AS "kg/kg"
FROM herd
WHERE feed_efficiency IS NOT NULL
UNION ALL
SELECT local_day_start(production_date, zone), name || ', milk ÷ feed', day_production_per_cow_kg / fed_per_cow_total_kg
FROM herd
WHERE day_production_per_cow_kg IS NOT NULL AND fed_per_cow_total_kg > 0
ORDER BY 1, 2
