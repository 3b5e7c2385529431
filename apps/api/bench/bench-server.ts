// The benchmark's own PostgreSQL with the settings that users get, and its data: meters with 10,000 hours each. Measures nothing.
import { openPool, type Pool } from '@cei-inoe/shared/database';
import { findEmbeddedBinaries } from '@cei-inoe/shared/embedded/binaries';
import { startTestServer, TEMPLATE } from '@cei-inoe/shared/testing/server';

/** Those of the embedded server (packages/shared/src/embedded.ts) instead of those for tests. */
const SETTINGS = {
  ...{ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
  ...{ max_connections: '60', shared_buffers: '256MB', maintenance_work_mem: '128MB', work_mem: '32MB' },
  ...{ max_wal_size: '2GB', checkpoint_completion_target: '0.9', timezone: 'UTC' },
} as const;

const HOURS_EACH = 10_000;
export const FIRST_HOUR = '2025-01-01T00:00Z';

export interface BenchServer {
  readonly url: string;
  readonly pool: Pool;
  readonly version: string;
  /** Rows of all meters, and of those of the client `some`. */
  readonly rows: number;
  readonly someRows: number;
  /** These have the ids from 1 to this. */
  readonly someMeters: number;
  stop(): Promise<void>;
}

/** @param meters of client `all` or `some`: the first fifth */
export async function startBenchServer(meters: number): Promise<BenchServer> {
  const server = await startTestServer(await findEmbeddedBinaries(), SETTINGS);
  let pool: Pool | undefined;
  const stop = async () => {
    await pool?.end();
    await server.stop();
  };
  try {
    const url = server.url.replace(/\/[^/]*$/, `/${TEMPLATE}`);
    pool = openPool(url, { applicationName: 'cei-bench', max: 2 });
    const some = Math.floor(meters / 5);
    await fill(pool, meters, some);
    const { rows } = await pool.query<{ version: string }>("SELECT current_setting('server_version') AS version");
    const version = rows[0]?.version ?? '';
    return { url, pool, version, rows: meters * HOURS_EACH, someRows: some * HOURS_EACH, someMeters: some, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** As the loader leaves it: rows by meter and time, months summed, and vacuumed as autovacuum does it some minutes later. */
async function fill(pool: Pool, meters: number, some: number): Promise<void> {
  await pool.query(
    `INSERT INTO datasource (external_id, source_category, data_type, timezone, client)
     SELECT 'meter-' || n, 'device', 'energy', 'Asia/Nicosia', CASE WHEN n <= $2 THEN 'some' ELSE 'others' END
     FROM generate_series(1, $1::int) AS n`,
    [meters, some],
  );
  await pool.query(
    `WITH batch AS (
       INSERT INTO ingest_batch (batch_id, source_type, status, dataset)
       VALUES (gen_random_uuid(), 'file', 'completed', 'energy_hourly') RETURNING batch_id)
     INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id, source_row)
     SELECT d.id, $1::timestamptz + n * interval '1 hour', round((n * 7 + d.id * 13) % 9973)::float8 / 1000, batch_id, n + 2
     FROM datasource AS d, batch, generate_series(0, $2::int - 1) AS n
     ORDER BY d.id, n`,
    [FIRST_HOUR, HOURS_EACH],
  );
  await pool.query("SELECT refresh_energy_months(id, '-infinity', 'infinity') FROM datasource");
  await pool.query('VACUUM (ANALYZE)');
}
