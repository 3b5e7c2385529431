// What the views answer, against values worked out by hand.
import { randomUUID } from 'node:crypto';
import { createDatabase, findServerUrl, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

describe.skipIf(findServerUrl() === '')('the views', () => {
  let database: TestDatabase;
  const query = async (sql: string) => (await database.pool.query(sql)).rows;

  beforeAll(async () => {
    database = await createDatabase();
    const batch = randomUUID();
    await query(`
      INSERT INTO datasource (id, external_id, source_category, data_type, timezone, client, alias) VALUES
        (901, 'meter', 'device', 'energy', 'Asia/Nicosia', 'Farm', 'Main'), (902, 'nowhere', 'device', 'energy', NULL, 'Farm', 'Other');
      INSERT INTO ingest_batch (batch_id, source_type, pipeline_name, applied_at) VALUES ('${batch}', 'file', 'energy', now());
      -- Both hours of the autumn night in Cyprus: 03:00 summer time and 03:00 standard time.
      INSERT INTO fact_energy_hourly VALUES (901, '2025-10-26T00:00:00Z', 1, '${batch}'), (901, '2025-10-26T01:00:00Z', 2, '${batch}'),
        (902, '2025-10-26T01:00:00Z', 4, '${batch}');
      INSERT INTO fact_energy_daily VALUES (901, '2025-01-31', 1.5, '${batch}'), (901, '2025-02-01', 2, '${batch}'), (901, '2025-02-28', 3, '${batch}');
      -- 23:30 in Cyprus, then half past midnight of the next day and month; the third without PM10.
      INSERT INTO environmental_metrics (datasource_id, "timestamp", temperature, pm10, pm2p5, batch_id) VALUES
        (901, '2025-01-31T21:30:00Z', 10, 120.004, 12, '${batch}'), (901, '2025-01-31T22:30:00Z', 20, NULL, 35.5, '${batch}'),
        (901, '2025-02-01T10:00:00Z', 21.005, NULL, NULL, '${batch}');
      INSERT INTO dairy_production (datasource_id, production_date, day_production_per_cow_kg, number_of_animals, average_lactation_days, fed_per_cow_total_kg, feed_efficiency, batch_id) VALUES
        (901, '2025-03-01', 30.25, 100, 150.4, 24, 1.26, '${batch}'), (902, '2025-03-01', 20, 51, NULL, 0, NULL, '${batch}');
      INSERT INTO pipeline_execution (batch_id, stage, status, started_at, completed_at, records_in, records_out) VALUES
        ('${batch}', 'copy', 'completed', now() - interval '3 seconds', now(), 10, 8),
        ('${batch}', 'copy', 'completed', now() - interval '8 days', now() - interval '8 days', 99, 99);
      INSERT INTO data_quality_check (batch_id, dataset, check_type, check_name, passed) VALUES
        ('${batch}', 'energy_hourly', 'range', 'a', true), ('${batch}', 'energy_hourly', 'range', 'b', false), ('${batch}', 'energy_hourly', 'range', 'c', true)`);
  });
  afterAll(() => database.drop());

  test('hours are shown by the clock on the wall, and both of an autumn night are there', async () => {
    expect(
      await query(
        'SELECT alias, ts::text, energy_kwh, device_token, granularity FROM v_energy_hourly ORDER BY energy_kwh',
      ),
    ).toEqual([
      { alias: 'Main', ts: '2025-10-26 03:00:00', energy_kwh: 1, device_token: null, granularity: 'hourly' },
      { alias: 'Main', ts: '2025-10-26 03:00:00', energy_kwh: 2, device_token: null, granularity: 'hourly' },
      { alias: 'Other', ts: '2025-10-26 01:00:00', energy_kwh: 4, device_token: null, granularity: 'hourly' },
    ]);
  });

  test('months sum local days', async () => {
    expect(
      await query('SELECT month::text, total_energy_kwh, data_points FROM v_energy_monthly ORDER BY month'),
    ).toEqual([
      { month: '2025-01-01', total_energy_kwh: 1.5, data_points: '1' },
      { month: '2025-02-01', total_energy_kwh: 5, data_points: '2' },
    ]);
    expect(await query('SELECT ts::text FROM v_energy_daily ORDER BY ts LIMIT 1')).toEqual([
      { ts: '2025-01-31 00:00:00' },
    ]);
  });

  test('a reading after local midnight belongs to the new day', async () => {
    const sql =
      'SELECT measurement_date::text AS day, avg_temperature, max_temperature, record_count FROM v_environmental_metrics_daily';
    expect(await query(sql)).toEqual([
      // (20 + 21.005) / 2 = 20.5025
      { day: '2025-02-01', avg_temperature: '20.50', max_temperature: '21.01', record_count: '2' },
      { day: '2025-01-31', avg_temperature: '10.00', max_temperature: '10.00', record_count: '1' },
    ]);
    expect(await query('SELECT month::text, record_count FROM v_environmental_summary')).toEqual([
      { month: '2025-02-01', record_count: '2' },
      { month: '2025-01-01', record_count: '1' },
    ]);
  });

  test('classes go by the mean as measured, and a day without a mean has none', async () => {
    const sql =
      'SELECT measurement_date::text AS day, avg_pm10, pm10_quality, avg_pm2p5, pm2p5_quality FROM v_air_quality_analysis';
    expect(await query(sql)).toEqual([
      { day: '2025-02-01', avg_pm10: null, pm10_quality: null, avg_pm2p5: '35.50', pm2p5_quality: 'Poor' },
      { day: '2025-01-31', avg_pm10: '120.00', pm10_quality: 'Poor', avg_pm2p5: '12.00', pm2p5_quality: 'Good' },
    ]);
  });

  test('milk is totalled per farm and averaged per month', async () => {
    expect(
      await query(
        'SELECT total_daily_production_kg AS total, calculated_feed_efficiency AS efficiency, average_lactation_days AS days FROM v_dairy_production_daily',
      ),
    ).toEqual([
      { total: '3025.00', efficiency: '1.2604', days: 150 },
      { total: '1020.00', efficiency: null, days: null },
    ]);
    expect(await query('SELECT feed_efficiency FROM v_feed_efficiency_analysis')).toEqual([
      { feed_efficiency: '1.2600' },
    ]);
    // (30.25 + 20) / 2 = 25.125 and (100 + 51) / 2 = 75.5
    expect(
      await query(
        'SELECT days_recorded, avg_production_per_cow_kg, avg_animals, avg_lactation_days FROM v_production_summary',
      ),
    ).toEqual([
      { days_recorded: '2', avg_production_per_cow_kg: '25.13', avg_animals: '76', avg_lactation_days: '150.4' },
    ]);
  });

  test('health and quality look back seven days', async () => {
    expect(
      await query(
        'SELECT pipeline_name, stage, execution_count, avg_duration_seconds, total_records_in, total_records_lost FROM v_pipeline_health',
      ),
    ).toEqual([
      {
        pipeline_name: 'energy',
        stage: 'copy',
        execution_count: '1',
        avg_duration_seconds: '3.00',
        total_records_in: '10',
        total_records_lost: '2',
      },
    ]);
    expect(
      await query('SELECT total_checks, passed_checks, failed_checks, pass_rate FROM v_data_quality_summary'),
    ).toEqual([{ total_checks: '3', passed_checks: '2', failed_checks: '1', pass_rate: '66.67' }]);
  });

  test('sources are compared per dataset; a local day counts from its midnight', async () => {
    expect(
      await query(
        'SELECT dataset, source_type, record_count, unique_devices, earliest_record FROM v_source_comparison ORDER BY 1',
      ),
    ).toEqual([
      {
        dataset: 'dairy_production',
        source_type: 'file',
        record_count: '2',
        unique_devices: '2',
        earliest_record: new Date('2025-02-28T22:00:00Z'),
      },
      {
        dataset: 'energy_daily',
        source_type: 'file',
        record_count: '3',
        unique_devices: '1',
        earliest_record: new Date('2025-01-30T22:00:00Z'),
      },
      {
        dataset: 'energy_hourly',
        source_type: 'file',
        record_count: '3',
        unique_devices: '2',
        earliest_record: new Date('2025-10-26T00:00:00Z'),
      },
      {
        dataset: 'environmental_metrics',
        source_type: 'file',
        record_count: '3',
        unique_devices: '1',
        earliest_record: new Date('2025-01-31T21:30:00Z'),
      },
    ]);
  });
});
