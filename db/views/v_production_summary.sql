-- Milk and feed per month over all farms together, as in the old view, newest first; days_recorded counts rows (farm days).
CREATE OR REPLACE VIEW "v_production_summary" AS
SELECT
    date_trunc('month', production_date::timestamp)::date AS month,
    count(*) AS days_recorded,
    round(avg(day_production_per_cow_kg::numeric), 2) AS avg_production_per_cow_kg,
    round(max(day_production_per_cow_kg::numeric), 2) AS max_production_per_cow_kg,
    round(min(day_production_per_cow_kg::numeric), 2) AS min_production_per_cow_kg,
    round(avg(number_of_animals), 0) AS avg_animals,
    round(avg(average_lactation_days::numeric), 1) AS avg_lactation_days,
    round(avg(feed_efficiency::numeric), 4) AS avg_feed_efficiency,
    round(avg(rumination_minutes::numeric), 1) AS avg_rumination_minutes
FROM dairy_production
GROUP BY 1
ORDER BY 1 DESC;
