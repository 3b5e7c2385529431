-- The two old views of devices. The other twelve answer under their own names in the product's schema.
CREATE VIEW compat.device_energy AS
SELECT id, device_id, alias AS display_name, client, metadata->>'name' AS name, NULL::text AS device_token FROM compat.generic_device WHERE device_type = 'energy';
CREATE VIEW compat.device_weather AS
SELECT id, device_id, alias AS display_name, client, description, status, timezone, metadata->>'location' AS location
FROM compat.generic_device WHERE device_type = 'weather'
