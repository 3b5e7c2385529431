-- A row per farm and local day, newest first, with the day's total and the efficiency computed from what the row shows.
CREATE OR REPLACE VIEW "v_dairy_production_daily" AS
SELECT
    production_date,
    day_production_per_cow_kg::numeric(10, 2) AS day_production_per_cow_kg,
    number_of_animals,
    average_lactation_days::integer AS average_lactation_days,
    fed_per_cow_total_kg::numeric(10, 2) AS fed_per_cow_total_kg,
    fed_per_cow_water_kg::numeric(10, 2) AS fed_per_cow_water_kg,
    feed_efficiency::numeric(10, 4) AS feed_efficiency,
    rumination_minutes::integer AS rumination_minutes,
    day_production_per_cow_kg::numeric(10, 2) * number_of_animals AS total_daily_production_kg,
    CASE WHEN fed_per_cow_total_kg::numeric(10, 2) > 0
         THEN round(day_production_per_cow_kg::numeric(10, 2) / fed_per_cow_total_kg::numeric(10, 2), 4) END AS calculated_feed_efficiency
FROM dairy_production
ORDER BY production_date DESC, datasource_id;
