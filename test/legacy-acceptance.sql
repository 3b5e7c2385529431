-- 12,000 hours of three meters after V008, so that a run takes long enough to be killed in the middle; among them the hour
-- of 31 March 2024 that does not exist, three times.
INSERT INTO fact_energy_hourly (device_id, ts, energy_kwh, created_at)
SELECT d, h, extract(epoch FROM h)::bigint / 3600 % 97 / 8.0, '2026-02-12 08:00Z'
FROM generate_series(1, 3) d, generate_series('2024-01-01'::timestamp, '2024-01-01'::timestamp + interval '3999 hours', '1 hour') h
