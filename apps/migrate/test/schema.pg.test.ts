// What the tables themselves refuse and compute, whoever writes to them.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as words from '@cei-inoe/shared/batches';
import { DATASET_NAMES, DATASETS } from '@cei-inoe/shared/datasets';
import { createDatabase, findServerUrl, ROOT, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NAMES } from './support.ts';

const VIEWS_DIR = join(ROOT, 'db/views');
const HISTORIES = DATASET_NAMES.map((name) => `${DATASETS[name].table}_history`);

/** What dashboards know of batches. */
const NEW_VIEWS = ['v_batch_log', 'v_batch_reasons', 'v_batch_sources', 'v_batch_stages'];

/** Names, order and types of the old views' columns. */
const OLD_VIEWS: Record<string, string> = {
  v_air_quality_analysis:
    'measurement_date date, avg_pm10 numeric, max_pm10 numeric, avg_pm2p5 numeric, max_pm2p5 numeric, pm10_quality text, pm2p5_quality text',
  v_dairy_production_daily:
    'production_date date, day_production_per_cow_kg numeric(10,2), number_of_animals integer, average_lactation_days integer, fed_per_cow_total_kg numeric(10,2), fed_per_cow_water_kg numeric(10,2), feed_efficiency numeric(10,4), rumination_minutes integer, total_daily_production_kg numeric, calculated_feed_efficiency numeric',
  v_data_quality_summary:
    'dataset text, check_type text, total_checks bigint, passed_checks bigint, failed_checks bigint, pass_rate numeric, last_check timestamp with time zone',
  v_energy_daily:
    'device_token text, client text, alias text, ts timestamp without time zone, energy_kwh double precision, granularity text',
  v_energy_hourly:
    'device_token text, client text, alias text, ts timestamp without time zone, energy_kwh double precision, granularity text',
  v_energy_monthly:
    'device_token text, client text, alias text, month date, total_energy_kwh double precision, data_points bigint',
  v_environmental_metrics_daily:
    'measurement_date date, avg_atm_pressure numeric, min_atm_pressure numeric, max_atm_pressure numeric, avg_noise_level_db numeric, max_noise_level_db numeric, avg_temperature numeric, min_temperature numeric, max_temperature numeric, avg_humidity numeric, avg_pm10 numeric, max_pm10 numeric, avg_wind_speed numeric, max_wind_speed numeric, avg_pm2p5 numeric, max_pm2p5 numeric, record_count bigint',
  v_environmental_summary:
    'month date, record_count bigint, avg_atm_pressure numeric, avg_noise_db numeric, avg_temperature numeric, avg_humidity numeric, avg_pm10 numeric, max_pm10 numeric, avg_wind_speed numeric, avg_pm2p5 numeric, max_pm2p5 numeric',
  v_feed_efficiency_analysis:
    'production_date date, feed_efficiency numeric(10,4), fed_per_cow_total_kg numeric(10,2), day_production_per_cow_kg numeric(10,2), rumination_minutes integer, number_of_animals integer, average_lactation_days integer',
  v_pipeline_health:
    'pipeline_name text, stage text, status text, execution_count bigint, avg_duration_seconds numeric, total_records_in bigint, total_records_out bigint, total_records_lost bigint, last_execution timestamp with time zone',
  v_production_summary:
    'month date, days_recorded bigint, avg_production_per_cow_kg numeric, max_production_per_cow_kg numeric, min_production_per_cow_kg numeric, avg_animals numeric, avg_lactation_days numeric, avg_feed_efficiency numeric, avg_rumination_minutes numeric',
  v_source_comparison:
    'dataset text, source_type text, record_count bigint, earliest_record timestamp with time zone, latest_record timestamp with time zone, unique_devices bigint',
};

describe.skipIf(findServerUrl() === '')('the schema', () => {
  let database: TestDatabase;
  let source: number;
  let batch: string;
  const query = async (sql: string, values: unknown[] = []) => (await database.pool.query(sql, values)).rows;
  /** SQLSTATE and message of what a statement is refused with. */
  const refusal = (sql: string, values: unknown[] = []) =>
    database.pool.query(sql, values).then(
      () => 'accepted',
      (error: Error & { code: string }) => `${error.code} ${error.message}`,
    );
  const addSource = async (timezone: string | null) => {
    const sql =
      "INSERT INTO datasource (external_id, source_category, data_type, timezone) VALUES ($1, 'device', 'energy', $2) RETURNING id";
    return (await query(sql, [randomUUID(), timezone]))[0].id as number;
  };

  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    source = await addSource('Asia/Nicosia');
    batch = randomUUID();
    await query("INSERT INTO ingest_batch (batch_id, source_type) VALUES ($1, 'file')", [batch]);
  });

  test.each([
    ['ingest_batch_status_check', words.BATCH_STATUSES],
    ['ingest_batch_source_type_check', words.SOURCE_TYPES],
    ['ingest_batch_validation_status_check', words.VALIDATION_STATUSES],
    ['ingest_batch_dataset_check', DATASET_NAMES],
    ['data_quality_check_dataset_check', DATASET_NAMES],
    ['datasource_source_category_check', words.SOURCE_CATEGORIES],
    ['datasource_data_type_check', words.DATA_TYPES],
    ['datasource_status_check', words.DATASOURCE_STATUSES],
  ])('%s has the words that the code has', async (name, list) => {
    const [row] = await query('SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = $1', [name]);
    expect([...(row.text as string).matchAll(/'([^']*)'/g)].map((match) => match[1])).toEqual([...list]);
  });

  test.each(DATASET_NAMES)('%s has the columns that the code has, and so has its history', async (name) => {
    const { table, time, timeKind, measures } = DATASETS[name];
    const types = { float: 'double precision', integer: 'integer' };
    const expected = [
      'datasource_id integer not null',
      `${time} ${timeKind === 'day' ? 'date' : 'timestamp(6) with time zone'} not null`,
      ...measures.map((one) => `${one.name} ${types[one.type]}${one.required ? ' not null' : ''}`),
      'batch_id uuid not null',
      'source_row integer',
      'quality smallint not null',
    ];
    const list = async (relation: string) =>
      (
        await query(
          `SELECT attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END AS line
           FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
          [relation],
        )
      ).map((row) => row.line);
    expect(await list(table)).toEqual(expected);
    expect(await list(`${table}_history`)).toEqual([
      ...expected,
      'valid_from timestamp(6) with time zone not null',
      'valid_to timestamp(6) with time zone not null',
      'closed_by uuid not null',
      'reason text not null',
    ]);
  });

  const measures = DATASET_NAMES.flatMap((name) =>
    DATASETS[name].measures.filter((one) => one.type === 'float').map((one) => [name, one.name] as const),
  );
  test.each(measures)('%s refuses a %s that is no number', async (name, column) => {
    const { table, time } = DATASETS[name];
    const insert = `INSERT INTO ${table} (datasource_id, ${time}, ${column}, batch_id) VALUES ($1, '2025-01-01', $2, $3)`;
    for (const value of ['NaN', 'Infinity', '-Infinity']) {
      expect(await refusal(insert, [source, value, batch])).toContain(
        `violates check constraint "${table}_finite_check"`,
      );
    }
    expect(await refusal(insert, [source, -1.5, batch])).toBe('accepted');
  });

  test('an environmental row without any measure is refused', async () => {
    const insert =
      'INSERT INTO environmental_metrics (datasource_id, "timestamp", batch_id) VALUES ($1, \'2025-01-01\', $2)';
    expect(await refusal(insert, [source, batch])).toMatch('environmental_metrics_measured_check');
  });

  test('a batch with rows, and a source with rows, cannot be deleted', async () => {
    await query("INSERT INTO fact_energy_daily VALUES ($1, '2025-01-01', 1, $2)", [source, batch]);
    expect(await refusal('DELETE FROM ingest_batch WHERE batch_id = $1', [batch])).toMatch(
      'fact_energy_daily_batch_id_fkey',
    );
    expect(await refusal('DELETE FROM datasource WHERE id = $1', [source])).toMatch(
      'fact_energy_daily_datasource_id_fkey',
    );
  });

  test('a completed batch accounts for every record; a legacy one brings what it has', async () => {
    const complete =
      "UPDATE ingest_batch SET status = 'completed', records_read = 10, records_inserted = 3, records_updated = 2, records_unchanged = 1, records_skipped = 1, records_rejected = $2 WHERE batch_id = $1";
    expect(await refusal(complete, [batch, 2])).toMatch('ingest_batch_accounting_check');
    expect(await refusal(complete, [batch, 3])).toBe('accepted');
    expect(await query('SELECT records_loaded, quality_score FROM ingest_batch WHERE batch_id = $1', [batch])).toEqual([
      { records_loaded: '5', quality_score: '70.00' },
    ]);
    await query("UPDATE ingest_batch SET source_type = 'legacy' WHERE batch_id = $1", [batch]);
    expect(await refusal(complete, [batch, 0])).toBe('accepted');
  });

  test('a batch that does not count holds no dedup key, and two cannot hold the same', async () => {
    const hold = "UPDATE ingest_batch SET dedup_key = 'k', status = $2 WHERE batch_id = $1";
    expect(await refusal(hold, [batch, 'failed'])).toMatch('ingest_batch_dedup_key_check');
    expect(await refusal(hold, [batch, 'processing'])).toBe('accepted');
    const other = randomUUID();
    const insert = "INSERT INTO ingest_batch (batch_id, source_type, dedup_key) VALUES ($1, 'file', 'k')";
    expect(await refusal(insert, [other])).toMatch('23505');
    await query('UPDATE ingest_batch SET dedup_key = NULL WHERE batch_id = $1', [batch]);
  });

  test('a batch of which nothing was read has no quality score', async () => {
    expect(await query('SELECT quality_score FROM ingest_batch WHERE batch_id = $1', [batch])).toEqual([
      { quality_score: null },
    ]);
  });

  test('external ids differ by more than case and spaces', async () => {
    const insert = "INSERT INTO datasource (external_id, source_category, data_type) VALUES ($1, 'device', 'energy')";
    const id = randomUUID();
    expect(await refusal(insert, [id])).toBe('accepted');
    expect(await refusal(insert, [` ${id.toUpperCase()} `])).toMatch('23505');
    expect(await refusal(insert, ['  '])).toMatch('23514');
  });

  test.each([
    'GMT+2',
    'Etc/GMT+2',
    'EST5EDT',
    'EET',
    'EEST',
    '<+03>-3',
    'Cyprus/Nicosia',
    'asia/nicosia',
    'localtime',
    'Factory',
    'posix/Asia/Nicosia',
    'right/Asia/Nicosia',
    '+02:00',
    '',
  ])("the zone '%s' is refused", async (zone) =>
    expect(await refusal('UPDATE datasource SET timezone = $1 WHERE id = $2', [zone, source])).toMatch(
      /^22023 zone_invalid/,
    ),
  );

  test.each(['UTC', 'Asia/Nicosia', 'America/Port-au-Prince', 'America/Argentina/Buenos_Aires'])(
    "the zone '%s' is taken",
    async (zone) => {
      await expect(addSource(zone)).resolves.toBeGreaterThan(0);
    },
  );

  test('a zone stays while the source has measurements; without a zone, a first one may come', async () => {
    const change = 'UPDATE datasource SET timezone = $1 WHERE id = $2';
    await query("INSERT INTO fact_energy_daily VALUES ($1, '2025-01-01', 1, $2)", [source, batch]);
    expect(await refusal(change, ['UTC', source])).toMatch(/^55000 zone_in_use/);
    expect(await refusal(change, [null, source])).toMatch(/^55000 zone_in_use/);
    expect(await refusal('UPDATE datasource SET timezone = timezone, name = $1 WHERE id = $2', ['n', source])).toBe(
      'accepted',
    );
    await query('DELETE FROM fact_energy_daily WHERE datasource_id = $1', [source]);
    expect(await refusal(change, ['UTC', source])).toBe('accepted');
    const unknown = await addSource(null);
    await query("INSERT INTO fact_energy_daily VALUES ($1, '2025-01-01', 1, $2)", [unknown, batch]);
    expect(await refusal(change, ['UTC', unknown])).toBe('accepted');
  });

  test('a zone cannot change under a load that has not committed yet', async () => {
    const [loader, editor] = [await database.pool.connect(), await database.pool.connect()];
    try {
      await loader.query('BEGIN');
      await loader.query('SELECT 1 FROM datasource WHERE id = $1 FOR KEY SHARE', [source]);
      await loader.query("INSERT INTO fact_energy_daily VALUES ($1, '2025-01-01', 1, $2)", [source, batch]);
      const change = editor.query("UPDATE datasource SET timezone = 'UTC' WHERE id = $1", [source]).then(
        () => 'accepted',
        (error: Error) => error.message,
      );
      await expect
        .poll(async () => (await query('SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted'))[0].n)
        .toBeGreaterThan(0);
      await loader.query('COMMIT');
      expect(await change).toMatch('zone_in_use');
    } finally {
      loader.release();
      editor.release();
    }
  });

  test('an update moves updated_at', async () => {
    await query("UPDATE datasource SET updated_at = '2020-01-01' WHERE id = $1", [source]);
    expect(
      (await query("SELECT updated_at > '2025-01-01' AS moved FROM datasource WHERE id = $1", [source]))[0],
    ).toEqual({ moved: true });
  });

  test.each(HISTORIES)('%s only grows, also in replica role, except under a purge', async (table) => {
    const connection = await database.pool.connect();
    const attempt = (sql: string) =>
      connection.query(sql).then(
        () => 'accepted',
        (error: Error & { code: string }) => `${error.code} ${error.message}`,
      );
    try {
      const fact = table.replace('_history', '');
      const { time, measures: columns } = Object.values(DATASETS).find((one) => one.table === fact)!;
      const insert = `INSERT INTO ${table} (datasource_id, ${time}, ${columns[0]!.name}, batch_id, valid_from, valid_to, closed_by, reason)
        VALUES (${source}, '2025-01-01', 1, '${batch}', now(), now(), '${batch}', 'update')`;
      for (const role of ['origin', 'replica']) {
        await connection.query(`SET session_replication_role = ${role}`);
        expect(await attempt(insert)).toBe('accepted');
        expect(await attempt(`UPDATE ${table} SET quality = 1`)).toMatch(/^55000 history_append_only/);
        expect(await attempt(`DELETE FROM ${table}`)).toMatch(/^55000 history_append_only/);
        expect(await attempt(`TRUNCATE ${table}`)).toMatch(/^55000 history_append_only/);
      }
      await connection.query("BEGIN; SET LOCAL cei.purge = 'on'");
      expect((await connection.query(`DELETE FROM ${table} WHERE datasource_id = ${source}`)).rowCount).toBe(2);
      await connection.query('ROLLBACK');
      expect(await attempt(`DELETE FROM ${table}`)).toMatch(/^55000/);
    } finally {
      await connection.query('RESET session_replication_role');
      connection.release();
    }
  });

  test.each(readdirSync(VIEWS_DIR).sort())('%s is what the last migration that speaks of it says', (file) => {
    const text = readFileSync(join(VIEWS_DIR, file), 'utf8');
    const name = /CREATE OR REPLACE VIEW "\w+"/.exec(text)?.[0] ?? text;
    const steps = NAMES.map((step) => readFileSync(join(ROOT, 'prisma/migrations', step, 'migration.sql'), 'utf8'));
    expect(steps.findLast((step) => step.includes(name))).toContain(text);
  });

  test('the views have the old names, columns and types', async () => {
    const rows = await query(
      `SELECT c.relname, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS columns
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
       WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace GROUP BY 1`,
    );
    const ours = (row: { relname: string }) => !NEW_VIEWS.includes(row.relname);
    expect(Object.fromEntries(rows.filter(ours).map((row) => [row.relname, row.columns]))).toEqual(OLD_VIEWS);
  });

  test('each role reads and writes what it is for, and no other reads secrets', async () => {
    const may = async (role: string, privilege: string) =>
      (
        await query(
          `SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
           AND has_table_privilege($1, c.oid, $2) ORDER BY 1`,
          [role, privilege],
        )
      ).map((row) => row.relname);
    const facts = DATASET_NAMES.map((name) => DATASETS[name].table);
    const open = [...facts, 'fact_energy_hourly_month', 'datasource', ...Object.keys(OLD_VIEWS), ...NEW_VIEWS];
    expect(await may('cei_grafana', 'SELECT')).toEqual(open.sort());
    expect(await may('cei_grafana', 'INSERT, UPDATE, DELETE, TRUNCATE')).toEqual([]);
    expect(await may('cei_api', 'SELECT')).not.toContain('datasource_secret');
    expect(await may('cei_ingestor', 'SELECT')).not.toContain('api_key');
    expect(await may('cei_api', 'UPDATE, DELETE')).not.toContain('audit_entry');
    expect(await may('cei_api', 'INSERT')).toEqual([
      'api_key',
      'audit_entry',
      'batch_operation',
      'datasource',
      'datasource_alias',
      'fact_energy_hourly_month',
      'idempotent_request',
      'ingest_batch',
      'webhook',
      'webhook_delivery',
    ]);
    expect(await may('cei_ingestor', 'SELECT, INSERT, UPDATE, DELETE')).not.toContain('webhook');
    expect(await may('cei_ingestor', 'SELECT')).toContain('datasource_secret');
    expect(await may('cei_ingestor', 'INSERT')).not.toContain('_prisma_migrations');
    const [row] = await query(
      "SELECT has_parameter_privilege('cei_ingestor', 'session_replication_role', 'SET') AS may",
    );
    expect(row).toEqual({ may: true });
  });

  test('db/schema/catalog.txt is what the migrations produce (`pnpm schema:dump` writes it)', async ({ skip }) => {
    const [{ version }] = await query("SELECT current_setting('server_version_num')::int / 10000 AS version");
    // Other versions print views differently.
    if (version !== 18) skip();
    const lines = (await query(readFileSync(join(ROOT, 'db/checks/catalog.sql'), 'utf8'))).map((row) => row.line);
    expect(`${lines.join('\n')}\n`.split('\n')).toEqual(
      readFileSync(join(ROOT, 'db/schema/catalog.txt'), 'utf8').split('\n'),
    );
  });
});
