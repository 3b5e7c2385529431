// What the tests of backups share: the commands as a user runs them, and a database with awkward values in it.
import { join } from 'node:path';
import { type CommandResult, runCli, type TestDatabase } from '@cei-inoe/shared/testing';

const CLI = 'apps/migrate/src/backup/cli.ts';

export interface Place {
  readonly url: string;
  readonly dir: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs `pnpm backup`, `backup:verify` or `restore`. */
export const run = ({ url, dir, env = {} }: Place, args: readonly string[]): Promise<CommandResult> =>
  runCli(CLI, args, { env: { DATABASE_URL: url, DATA_DIR: join(dir, 'data'), MAPPINGS_DIR: undefined, ...env } });

export const ingestor = ({ url, dir, env = {} }: Place, args: readonly string[]): Promise<CommandResult> =>
  runCli('apps/ingestor/src/cli.ts', args, { env: { DATABASE_URL: url, DATA_DIR: join(dir, 'data'), ...env } });

/** Values that are easily lost on the way: shortest floats, texts that look like COPY's own marks, infinite times, NULL beside ''. */
export const AWKWARD = `
  INSERT INTO datasource (id, external_id, source_category, data_type, name, alias, timezone, metadata) VALUES
    (7, 'meter-7', 'device', 'energy', E'tab\\there\\nline \\\\N \\\\.', '', 'Asia/Nicosia', '{"ü": ["\\u2028", 1e400, null], "x\\\\y": "\\n"}'),
    (8, 'meter-8', 'device', 'energy', NULL, E'\\\\.', NULL, '{}');
  SELECT setval('datasource_id_seq', 41);
  INSERT INTO datasource_secret VALUES (7, 'token', 's3cret');
  DO $$ BEGIN
    -- Databases of older versions have them not.
    IF to_regclass('retention') IS NOT NULL THEN
      INSERT INTO retention VALUES ('history', '2024-03-01 02:03:04.567891Z', '2024-04-01Z', NULL, 3);
      INSERT INTO pruned_file VALUES (repeat('cd', 32), 5, '2024-04-01Z', '2024-04-01 00:00:01Z');
    END IF;
  END $$;
  INSERT INTO ingest_batch (batch_id, datasource_id, dataset, source_type, source_name, status, applied_at, context) VALUES
    ('01920000-0000-7000-8000-000000000001', 7, 'energy_hourly', 'file', E'a\\r\\nb.csv', 'completed', '2026-01-01 00:00:00.123456+00', '{"a": 0.1}');
  INSERT INTO ingest_batch (batch_id, source_type, duplicate_of, status) VALUES ('01910000-0000-7000-8000-000000000002', 'file', '01920000-0000-7000-8000-000000000001', 'duplicate');
  INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id, source_row)
    SELECT 7, '2025-01-01Z'::timestamptz + make_interval(hours => h), h * 0.1::float8 / 3, '01920000-0000-7000-8000-000000000001', h FROM generate_series(0, 999) h;
  INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id) VALUES
    (8, '2025-01-01 00:00:00.000001Z', '-0', '01920000-0000-7000-8000-000000000001'), (8, '0044-03-15 BC', '5e-324', '01920000-0000-7000-8000-000000000001'),
    (8, 'infinity', 1.7976931348623157e308, '01920000-0000-7000-8000-000000000001');
  -- Rows of many sizes: COPY fills pages with them in another order than it reads them.
  INSERT INTO ingest_rejection (batch_id, rejection_no, raw, errors)
    SELECT '01920000-0000-7000-8000-000000000001', n, jsonb_build_object('x', (SELECT string_agg(md5(n::text || i), '') FROM generate_series(1, n * 37 % 59) i)), '[]'
    FROM generate_series(1, 500) n;
  INSERT INTO fact_energy_hourly_history (datasource_id, ts, energy_kwh, batch_id, valid_from, valid_to, closed_by, reason)
    VALUES (7, '2025-01-01Z', 9, '01920000-0000-7000-8000-000000000001', '2026-01-01Z', '2026-01-02Z', '01920000-0000-7000-8000-000000000001', 'update')`;

/** Every table of the schema with its rows as one print, by a way that shares nothing with COPY: text of rows, sorted, hashed by the server. */
export async function printTables(database: Pick<TestDatabase, 'pool'>): Promise<Record<string, string>> {
  const { rows } = await database.pool.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
  );
  const prints: Record<string, string> = {};
  for (const { name } of rows) {
    const { rows: found } = await database.pool.query<{ print: string }>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C")), '') AS print FROM "${name}" t`,
    );
    prints[name] = found[0]?.print ?? '';
  }
  return prints;
}
