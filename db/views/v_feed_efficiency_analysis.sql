-- The farm days whose feed efficiency is known and positive, newest first.
CREATE OR REPLACE VIEW "v_feed_efficiency_analysis" AS
SELECT
    production_date,
    feed_efficiency::numeric(10, 4) AS feed_efficiency,
    fed_per_cow_total_kg::numeric(10, 2) AS fed_per_cow_total_kg,
    day_production_per_cow_kg::numeric(10, 2) AS day_production_per_cow_kg,
    rumination_minutes::integer AS rumination_minutes,
    number_of_animals,
    average_lactation_days::integer AS average_lactation_days
FROM dairy_production
WHERE feed_efficiency > 0
ORDER BY production_date DESC, datasource_id;
