// Puts sources, batches and readings into a test database with plain SQL, past the code under test.
import { randomUUID } from 'node:crypto';
import type { Pool } from '@cei-inoe/shared/database';

/** @returns the new datasource's id */
export async function addSource(
  pool: Pool,
  externalId: string,
  options: { timezone?: string | null; client?: string; dataType?: string; status?: string } = {},
): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO datasource (external_id, source_category, data_type, timezone, client, status)
     VALUES ($1, 'device', $2, $3, $4, $5) RETURNING id`,
    [
      externalId,
      options.dataType ?? 'energy',
      options.timezone === undefined ? 'Asia/Nicosia' : options.timezone,
      options.client ?? null,
      options.status ?? 'online',
    ],
  );
  return rows[0]!.id;
}

/** @returns the id of a completed batch of `sources` */
export async function addBatch(
  pool: Pool,
  sources: number[],
  columns: Record<string, string | number | boolean> = {},
): Promise<string> {
  const row: Record<string, unknown> = {
    batch_id: randomUUID(),
    source_type: 'file',
    status: 'completed',
    dataset: 'energy_hourly',
    datasource_id: sources.length === 1 ? sources[0] : null,
    ...columns,
  };
  const names = Object.keys(row);
  await pool.query(
    `INSERT INTO ingest_batch (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
    Object.values(row),
  );
  for (const id of sources) {
    await pool.query('INSERT INTO ingest_batch_datasource (batch_id, datasource_id) VALUES ($1, $2)', [
      row.batch_id,
      id,
    ]);
  }
  return String(row.batch_id);
}

/** Hourly readings from `from` (inclusive) to `to` (exclusive); their values count 0, 1, 2, … */
export async function addHours(pool: Pool, source: number, batchId: string, from: string, to: string): Promise<void> {
  await pool.query(
    `INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id, source_row)
     SELECT $1, ts, row_number() OVER (ORDER BY ts) - 1, $2, 1 + row_number() OVER (ORDER BY ts)
     FROM generate_series($3::timestamptz, $4::timestamptz - interval '1 hour', '1 hour') AS ts`,
    [source, batchId, from, to],
  );
}

/** Sums the months anew after readings were put in or taken out past the loader. */
export async function sumMonths(pool: Pool): Promise<void> {
  await pool.query("SELECT refresh_energy_months(id, '-infinity', 'infinity') FROM datasource");
}

/** Daily readings, likewise. */
export async function addDays(pool: Pool, source: number, batchId: string, from: string, to: string): Promise<void> {
  await pool.query(
    `INSERT INTO fact_energy_daily (datasource_id, ts, energy_kwh, batch_id)
     SELECT $1, day::date, 1, $2 FROM generate_series($3::timestamp, $4::timestamp - interval '1 day', '1 day') AS day`,
    [source, batchId, from, to],
  );
}
