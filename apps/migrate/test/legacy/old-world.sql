-- A small old database, all of it invented. Meters A, B, C: device 1, 2, 3; generic_device 3, 1, 2 (V008 at 2026-01-28 16:00Z permuted them).
INSERT INTO flyway_schema_history VALUES (8, '008', 'device table refactor', 'SQL', 'V008__x.sql', 1, 'ocei', '2026-01-28 16:00:00', 5, true);
INSERT INTO device (id, device_id, device_token, device_name, client, alias) VALUES
    (1, 'aaaaaaaaaaaaaaaaaaaaaaaa', 'token-a', 'meter a', 'Farm', 'A'), (2, 'bbbbbbbbbbbbbbbbbbbbbbbb', 'token-b', 'meter b', 'Farm', 'B'),
    (3, 'cccccccccccccccccccccccc', 'token-c', 'meter c', 'Farm', 'C'), (4, 'dddddddddddddddddddddddd', 'token-d', 'only in device', NULL, NULL);
INSERT INTO generic_device (id, device_id, device_type, alias, client, timezone, metadata) VALUES
    (3, 'aaaaaaaaaaaaaaaaaaaaaaaa', 'energy', 'A renamed', 'Farm', 'UTC', '{"name": "meter a", "device_token": "token-a-new"}'),
    (1, 'bbbbbbbbbbbbbbbbbbbbbbbb', 'energy', '', 'Unknown', 'Asia/Nicosia', '{}'), (2, 'cccccccccccccccccccccccc', 'energy', 'C', 'Farm', 'GMT+2', '{}'),
    (4, 'AAAAAAAAAAAAAAAAAAAAAAAA', 'energy', 'A renamed', 'Farm', 'UTC', '{}'), (5, 'station-1', 'weather', 'Barn', 'Farm', 'Cyprus/Nicosia', '{"external_id": "11", "location": "Barn"}'),
    (6, 'station-2', 'weather', 'Roof', 'Farm', '', '{"external_id": "12"}'), (7, 'robot-1', 'dairy', 'Robot', 'Farm', 'Asia/Nicosia', '{}'),
    (8, 'robot-2', 'dairy', 'Robot 2', 'Farm', 'Asia/Nicosia', '{}');
INSERT INTO ingest_file (file_id, file_name, device_id, granularity, start_date, end_date, sha256, ingested_at, validation_status, pipeline_version) VALUES
    ('00000000-0000-4000-8000-000000000001', 'aaaaaaaaaaaaaaaaaaaaaaaa-hourly.csv', 'aaaaaaaaaaaaaaaaaaaaaaaa', 'hourly', '2025-03-29', '2025-03-30', repeat('1', 64), '2025-12-20 08:00Z', NULL, '1.0'),
    ('00000000-0000-4000-8000-000000000002', 'bbbbbbbbbbbbbbbbbbbbbbbb-hourly.csv', 'bbbbbbbbbbbbbbbbbbbbbbbb', 'hourly', '2025-03-29', '2025-03-30', repeat('2', 64), '2025-12-20 08:01Z', NULL, '1.0'),
    ('00000000-0000-4000-8000-000000000003', 'cccccccccccccccccccccccc-resend.csv', '2', 'Hourly', '2026-02-20', '2026-02-10', upper(repeat('c', 64)), '2026-02-10 08:00Z', 'Success', '3.0'),
    ('00000000-0000-4000-8000-000000000004', 'aaaaaaaaaaaaaaaaaaaaaaaa-pm.csv', '1', 'hourly', '2026-01-26', '2026-01-26', repeat('4', 64), '2026-01-27 08:00Z', 'passed', '2.0'),
    ('00000000-0000-4000-8000-000000000005', 'bbbbbbbbbbbbbbbbbbbbbbbb-lost.csv', '1', 'hourly', '2026-02-08', '2026-02-08', repeat('5', 64), '2026-02-09 08:00Z', 'passed', '3.0'),
    ('00000000-0000-4000-8000-000000000006', 'weather.csv', 'environmental_metrics', 'raw', NULL, NULL, 'not hex', '2025-12-21 08:00Z', 'weird', '1.0'),
    ('00000000-0000-4000-8000-000000000007', 'https://api.example/11/', '5', 'hourly', NULL, NULL, repeat('7', 64), '2026-02-11 08:00Z', 'passed', '3.0'),
    ('00000000-0000-4000-8000-000000000008', 'https://api.example/12/', '6', '', NULL, NULL, repeat('8', 64), '2026-02-11 08:05Z', 'passed', '3.0'),
    ('00000000-0000-4000-8000-000000000009', 'robot-1.xlsx', '7', 'daily', NULL, NULL, repeat('9', 64), '2026-02-11 09:00Z', 'passed', '3.0'),
    ('00000000-0000-4000-8000-00000000000a', 'robot-2.xlsx', '8', 'daily', NULL, NULL, repeat('a', 64), '2026-02-11 09:05Z', 'failed', '3.0'),
    ('00000000-0000-4000-8000-00000000000b', 'odd.csv', 'None', 'daily', NULL, NULL, repeat('b', 64), '2026-02-11 10:00Z', NULL, '2.0'),
    ('00000000-0000-4000-8000-00000000000c', 'odd2.csv', '9999', 'daily', NULL, NULL, repeat('d', 64), '2026-02-11 10:00Z', NULL, '2.0');
-- Era 1, ids of device. A (device 1) on a spring day: 02:00 is there, 03:00 is not, 04:00 is.
INSERT INTO fact_energy_hourly (energy_id, device_id, ts, energy_kwh, source_file, created_at) VALUES
    (1, 1, '2025-03-30 02:00', 1.1, '00000000-0000-4000-8000-000000000001', '2025-12-20 08:00Z'), (2, 1, '2025-03-30 03:00', 1.2, '00000000-0000-4000-8000-000000000001', '2025-12-20 08:00Z'),
    (3, 1, '2025-03-30 04:00', 1.3, '00000000-0000-4000-8000-000000000001', '2025-12-20 08:00Z'), (4, 1, '2025-10-26 03:00', 1.4, '00000000-0000-4000-8000-000000000001', '2025-12-20 08:00Z'),
    (5, 2, '2025-03-30 02:00', 2.1, '00000000-0000-4000-8000-000000000002', '2025-12-20 08:01Z'),
    -- Written by B (device 2), then overwritten by the re-sent file of C (generic_device 2): lineage still says B.
    (6, 2, '2025-03-30 05:00', 3.5, '00000000-0000-4000-8000-000000000002', '2025-12-20 08:01Z'),
    -- C's own reading of an hour in both eras: as device 3 without a file, and as generic_device 2 from the re-sent file, which is later.
    (7, 3, '2025-12-01 00:00', 3.6, NULL, '2026-01-10 08:00Z'), (8, 2, '2025-12-01 00:00', 3.7, '00000000-0000-4000-8000-000000000003', '2026-02-10 08:00Z'),
    -- After V008, without a file.
    (9, 3, '2026-02-12 00:00', 1.5, NULL, '2026-02-12 08:00Z'), (10, 3, '2026-02-12 01:00', 'NaN', NULL, '2026-02-12 08:00Z'), (11, 3, '2026-02-12 02:00', 'Infinity', NULL, '2026-02-12 08:00Z'),
    (12, 3, '2026-02-12 03:00', -1, NULL, '2026-02-12 08:00Z'), (13, 3, '2999-01-01 00:00', 1, NULL, '2026-02-12 08:00Z'), (14, 3, '2026-02-12 04:30:17', 0.1, NULL, '2026-02-12 08:00Z'),
    (15, 3, '2026-02-12 05:00', 0.2, NULL, '2026-02-12 08:00Z');
-- A day whose afternoon overwrote its morning: 1 to 12 only, with the values of 13 to 23 and of noon.
INSERT INTO fact_energy_hourly (energy_id, device_id, ts, energy_kwh, source_file, created_at)
SELECT 100 + h, 1, '2026-01-26'::timestamp + make_interval(hours => h), CASE h WHEN 12 THEN 12 ELSE 12 + h END, '00000000-0000-4000-8000-000000000004', '2026-01-27 08:00Z' FROM generate_series(1, 12) h;
INSERT INTO staging_energy_hourly (file_id, row_number, raw_data, transformed_data, is_valid, loaded_to_final, created_at)
SELECT '00000000-0000-4000-8000-000000000004', h + 1, jsonb_build_object('Date and Time', to_char('2026-01-26'::timestamp + make_interval(hours => h), 'FMMM/FMDD/YYYY FMHH12:MI:SS AM'), 'Hourly', h::text),
       jsonb_build_object('ts', to_char('2026-01-26'::timestamp + make_interval(hours => CASE h % 12 WHEN 0 THEN 12 ELSE h % 12 END), 'YYYY-MM-DD HH24:MI:SS'), 'device_id', 1, 'energy_kwh', h), true, true, '2026-01-27 08:00Z'
FROM generate_series(0, 23) h;
INSERT INTO staging_energy_hourly (file_id, row_number, raw_data, transformed_data, validation_errors, is_valid, loaded_to_final, created_at) VALUES
    ('00000000-0000-4000-8000-000000000003', 1, '{"Hourly": "3,5"}', '{"ts": "2025-03-30 05:00:00", "device_id": 2, "energy_kwh": 3.5}', NULL, true, true, '2026-02-10 08:00Z'),
    ('00000000-0000-4000-8000-000000000005', 1, '{"Hourly": "8"}', '{"ts": "2026-02-08 00:00:00", "device_id": 1, "energy_kwh": 8}', NULL, true, false, '2026-02-09 08:00Z'),
    ('00000000-0000-4000-8000-000000000005', 2, '{"Hourly": "n/a"}', NULL, '{"errors": [{"field": "energy_kwh", "value": null, "message": "no number"}], "is_valid": false}', false, false, '2026-02-09 08:00Z');
INSERT INTO fact_energy_daily (energy_id, device_id, ts, energy_kwh, source_file, created_at) VALUES (1, 1, '2025-03-30', 10.5, '00000000-0000-4000-8000-000000000001', '2025-12-20 08:00Z'), (2, 2, '2026-02-12', 20.5, NULL, '2026-02-12 08:00Z');
-- Weather: a file's clock stored as if it were UTC, with an hour that does not exist; and API readings, the second station's over the first's.
INSERT INTO environmental_metrics (id, "timestamp", temperature, source_file, created_at, source_type, ingestion_method, source_api_endpoint) VALUES
    (1, '2025-03-30 02:00Z', 10, '00000000-0000-4000-8000-000000000006', '2025-12-21 08:00Z', 'csv', 'batch', NULL), (2, '2025-03-30 03:10Z', 11, '00000000-0000-4000-8000-000000000006', '2025-12-21 08:00Z', 'csv', 'batch', NULL),
    (3, '2026-02-11 00:00Z', 22, '00000000-0000-4000-8000-000000000007', '2026-02-11 08:00Z', 'api', 'json', 'https://api.example/11/'), (4, '2026-02-11 01:00Z', 13, '00000000-0000-4000-8000-000000000007', '2026-02-11 08:00Z', 'api', 'json', 'https://api.example/11/');
INSERT INTO staging_environmental_metrics (file_id, row_number, raw_data, transformed_data, is_valid, loaded_to_final, created_at) VALUES
    ('00000000-0000-4000-8000-000000000007', 1, '{}', '{"timestamp": "2026-02-11 00:00:00+00:00", "temperature": 12, "source_type": "api"}', true, true, '2026-02-11 08:00Z'),
    ('00000000-0000-4000-8000-000000000008', 1, '{}', '{"timestamp": "2026-02-11 00:00:00+00:00", "temperature": 22, "source_type": "api"}', true, true, '2026-02-11 08:05Z');
-- Two farms on one day: the second over the first; and a day that nobody owns, with zeros that mean nothing.
INSERT INTO dairy_production (id, production_date, day_production_per_cow_kg, number_of_animals, average_lactation_days, rumination_minutes, source_file, ingested_at) VALUES
    (1, '2026-02-01', 28.5, 58, 0, 510, '00000000-0000-4000-8000-000000000009', '2026-02-11 09:00Z'), (2, '2026-02-02', 30, 60, 170, 0, NULL, '2026-02-11 09:00Z');
INSERT INTO staging_dairy_production (file_id, row_number, raw_data, transformed_data, is_valid, loaded_to_final, created_at) VALUES
    ('00000000-0000-4000-8000-000000000009', 1, '{}', '{"production_date": "2026-02-01", "day_production_per_cow_kg": 33.5, "number_of_animals": 120}', true, true, '2026-02-11 09:00Z'),
    ('00000000-0000-4000-8000-00000000000a', 1, '{}', '{"production_date": "2026-02-01", "day_production_per_cow_kg": 28.5, "number_of_animals": 58}', true, true, '2026-02-11 09:05Z');
INSERT INTO pipeline_execution (file_id, pipeline_name, stage, started_at, status, completed_at) VALUES
    ('00000000-0000-4000-8000-000000000003', 'energy', 'load', '2026-02-10 08:00Z', 'Success', '2026-02-10 08:01Z'), (NULL, 'energy', 'load', '2026-02-10 08:00Z', 'running', NULL), (NULL, 'energy', 'load', '2026-02-10 08:00Z', 'odd', '2026-02-10 08:01Z');
INSERT INTO data_quality_checks (file_id, dataset, check_type, check_name, passed) VALUES (NULL, 'energy_hourly', 'overall', 'x', true), (NULL, 'soil', 'overall', 'x', true);
INSERT INTO api_fetch_cursor (connector_id, endpoint_id, device_id, last_fetch_timestamp) VALUES ('airbeld', 'station-1', 'station-1', '2026-02-11 01:00Z'), ('airbeld', 'gone', 'gone', '2026-02-11 01:00Z');
SELECT setval(pg_get_serial_sequence(t, 'energy_id'), 1000) FROM unnest(ARRAY['fact_energy_hourly', 'fact_energy_daily']) t;
SELECT setval(pg_get_serial_sequence(t, 'id'), 1000) FROM unnest(ARRAY['device', 'generic_device', 'environmental_metrics', 'dairy_production']) t;
