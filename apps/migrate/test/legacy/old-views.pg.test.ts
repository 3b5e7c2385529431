// What old SQL is answered after the move, held against what the old views answered: sample rows of each, and every difference by its reason.
import { readFileSync } from 'node:fs';
import { findServerUrl } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/legacy/commands.ts';
import { cutover } from '../../src/legacy/switch-commands.ts';
import { type Move, OLD_WORLD, openMove } from './support.ts';

/** Rows that say more than those of the small world: a farm's feed, a station's air, checks and runs of today. */
const MORE = `
  INSERT INTO dairy_production (production_date, day_production_per_cow_kg, number_of_animals, average_lactation_days, fed_per_cow_total_kg, feed_efficiency, rumination_minutes, source_file, ingested_at)
    VALUES ('2026-03-01', 30.25, 61, 170, 22.5, 1.3444, 500, '00000000-0000-4000-8000-000000000009', '2026-03-02Z'), ('2026-03-02', 31, 60, 171, 0, 0, 510, '00000000-0000-4000-8000-000000000009', '2026-03-02Z');
  INSERT INTO environmental_metrics ("timestamp", temperature, pm10, pm2p5, source_file, created_at, source_type, ingestion_method)
    VALUES ('2026-03-01 10:00Z', 20.5, 41, 12.5, '00000000-0000-4000-8000-000000000007', '2026-03-02Z', 'api', 'json'), ('2026-03-01 11:00Z', 21.5, 45, 10, '00000000-0000-4000-8000-000000000007', '2026-03-02Z', 'api', 'json');
  INSERT INTO fact_energy_daily (device_id, ts, energy_kwh, created_at) VALUES (7, '2026-03-01', 10, '2026-03-02Z'), (7, '2026-03-02', 11.5, '2026-03-02Z');
  INSERT INTO device (id, device_id, device_token, client, alias) VALUES (7, 'robot-1', 't7', 'Farm', 'Robot');
  INSERT INTO pipeline_execution (file_id, pipeline_name, stage, started_at, status, completed_at, records_in, records_out)
    VALUES ('00000000-0000-4000-8000-000000000009', 'dairy', 'load', now() - interval '1 hour', 'success', now() - interval '59 minutes', 10, 9);
  INSERT INTO data_quality_checks (file_id, dataset, check_type, check_name, passed, checked_at) VALUES ('00000000-0000-4000-8000-000000000009', 'dairy_production', 'range', 'x', true, now()), ('00000000-0000-4000-8000-000000000009', 'dairy_production', 'range', 'y', false, now())`;

const SAMPLES: readonly (readonly [view: string, sample: string])[] = [
  ['v_environmental_metrics_daily', "measurement_date IN ('2026-03-01', '2026-02-11')"],
  ['v_environmental_summary', "month = '2026-03-01'"],
  ['v_air_quality_analysis', "measurement_date = '2026-03-01'"],
  ['v_dairy_production_daily', "production_date >= '2026-03-01'"],
  ['v_feed_efficiency_analysis', "production_date >= '2026-03-01'"],
  ['v_production_summary', "month = '2026-03-01'"],
  ['device_weather', "device_id = 'robot-1' OR device_id = 'station-1'"],
];

describe.runIf(findServerUrl() !== '')('each old view and sample query under compat', () => {
  let move: Move;
  beforeAll(async () => {
    move = await openMove(`${OLD_WORLD}; ${readFileSync(new URL('old-views.sql', import.meta.url), 'utf8')}; ${MORE}`);
    await move.run(run);
    await move.run(cutover);
  });
  afterAll(() => move.end());

  const ask = async (side: 'old' | 'new', sql: string) => {
    const client = await (side === 'old' ? move.old : move.target).pool.connect();
    try {
      await client.query(`SET TimeZone = 'UTC'; SET search_path = ${side === 'old' ? 'public' : 'compat, public'}`);
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.query('RESET ALL');
      client.release();
    }
  };
  const both = async (sql: string) => [await ask('old', sql), await ask('new', sql)] as const;

  it.each(SAMPLES)('%s answers as it did', async (view, sample) => {
    const [before, after] = await both(`SELECT * FROM ${view} WHERE ${sample} ORDER BY 1`);
    expect(before.length).toBeGreaterThan(0);
    const zoned = view === 'device_weather' ? { timezone: 'Asia/Nicosia' } : {};
    // Zones that were none are those that the move was told.
    expect(after).toEqual(before.map((row) => ({ ...row, ...zoned })));
  });

  it('every old view has the columns and types that it had', async () => {
    const columns = `SELECT c.relname AS view, a.attname AS name, format_type(a.atttypid, NULL) AS type FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      WHERE c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace AND (c.relname LIKE 'v\\_%' OR c.relname LIKE 'device\\_%') ORDER BY 1, a.attnum`;
    const [before, after] = await both(columns);
    const names = new Set(before.map(({ view }) => view));
    expect(names.size).toBe(14);
    const differing = after
      .filter(({ view }) => names.has(view))
      .filter((row, at) => JSON.stringify(row) !== JSON.stringify(before[at]));
    expect(differing).toEqual([]);
  });

  it('energy views differ by exactly what was re-attributed: readings are those of their meter, not of the device with its old number', async () => {
    const hours =
      "SELECT alias, ts::text AS ts, energy_kwh AS kwh FROM v_energy_hourly WHERE ts >= '2026-02-12 05:00' AND ts < '2026-02-13' ORDER BY 2";
    const [before, after] = await both(hours);
    expect(before).toEqual([{ alias: 'C', ts: '2026-02-12 05:00:00', kwh: 0.2 }]);
    expect(after.map(({ alias, kwh }) => ({ alias, kwh }))).toEqual([{ alias: 'A renamed', kwh: 0.2 }]);
    // One that has the same number in both registers did not move.
    const same =
      "SELECT client, alias, ts::date::text AS day, energy_kwh AS kwh, granularity FROM v_energy_daily WHERE alias = 'Robot' ORDER BY 3";
    const [daysBefore, daysAfter] = await both(same);
    expect(daysBefore).toHaveLength(2);
    expect(daysAfter).toEqual(daysBefore);
    const months =
      "SELECT client, alias, month::text AS month, total_energy_kwh AS kwh, data_points FROM v_energy_monthly WHERE alias = 'Robot'";
    const [monthsBefore, monthsAfter] = await both(months);
    expect(monthsBefore).toEqual([
      { client: 'Farm', alias: 'Robot', month: '2026-03-01', kwh: 21.5, data_points: '2' },
    ]);
    expect(monthsAfter).toEqual(monthsBefore);
  });

  it('a day without a mean has no class any longer, where it used to be Poor', async () => {
    const [before, after] = await both(
      "SELECT pm10_quality AS said FROM v_air_quality_analysis WHERE measurement_date = '2026-02-11'",
    );
    expect([before, after]).toEqual([[{ said: 'Poor' }], [{ said: null }]]);
  });

  it('the week of runs and checks is there', async () => {
    const health =
      "SELECT pipeline_name, stage, status, execution_count, total_records_in, total_records_out, total_records_lost FROM v_pipeline_health WHERE pipeline_name = 'dairy'";
    const [before, after] = await both(health);
    expect(after).toEqual(before);
    const quality =
      "SELECT dataset, check_type, total_checks, passed_checks, failed_checks, pass_rate::float8 FROM v_data_quality_summary WHERE check_type = 'range'";
    const [checksBefore, checksAfter] = await both(quality);
    expect(checksBefore).toHaveLength(1);
    expect(checksAfter).toEqual(checksBefore);
  });

  it('old tables show their rows: the id of the register, the naive local hour, the file', async () => {
    const sql =
      "SELECT device_id, ts::text AS ts, energy_kwh, source_file::text FROM fact_energy_hourly WHERE device_id = 3 AND ts = '2026-02-12 05:00'";
    const [before, after] = await both(sql);
    expect(before).toMatchObject([{ device_id: 3, ts: '2026-02-12 05:00:00', energy_kwh: 0.2, source_file: null }]);
    expect(after).toMatchObject([{ device_id: 3, ts: '2026-02-12 05:00:00', energy_kwh: 0.2 }]);
  });
});
