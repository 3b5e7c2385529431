-- Days of the chosen herds.
herd AS (
    SELECT s.id, s.name, s.client, s.zone, p.*, p.day_production_per_cow_kg * p.number_of_animals AS milk_kg
    FROM source s
    JOIN dairy_production p ON p.datasource_id = s.id AND p.production_date BETWEEN s.first_day AND s.last_day
)
