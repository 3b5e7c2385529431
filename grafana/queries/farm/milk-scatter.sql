-- Each point is a local day of a farm with all its hours.
WITH {farm}
SELECT client AS "Farm", to_char(day, 'YYYY-MM-DD') AS "Day", kg AS "Milk (kg)", kwh AS "Energy (kWh)"
FROM farm
ORDER BY 1, 2
