// Removes a datasource with all its data, for good. The one place of the API that deletes measurements.

import type { Archive } from '@cei-inoe/shared/archive';
import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import { DATASETS } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';
import { readSql } from '@cei-inoe/shared/sql';
import type { PurgeResult } from '../schemas/datasource.ts';
import { lockBytes } from './bytes-lock.ts';

const PURGE_TIMEOUT_MS = 600_000;
const PURGE_BATCHES = readSql('api/purge-batches.sql');

/**
 * Removes datasource `id`: its measurements and their history, the batches that only it had a part in, and their original files.
 * @throws Fault datasource_unknown, confirm_mismatch
 */
export async function purgeDatasource(
  deps: { readonly pool: Pool; readonly archive: Archive },
  id: number,
  confirm: string | undefined,
): Promise<PurgeResult> {
  const { hashes, ...result } = await inTransaction(deps.pool, async (connection) => {
    await connection.query(`SET LOCAL statement_timeout = ${PURGE_TIMEOUT_MS}; SET LOCAL cei.purge = 'on'`);
    // Loads hold these shared, so that none is under way from here on.
    for (const { lockClass } of Object.values(DATASETS)) {
      await connection.query('SELECT pg_advisory_xact_lock($1::int, 0)', [lockClass]);
    }
    const externalId = await confirmSource(connection, id, confirm);
    const measurements = await sumDeleted(connection, id, '');
    const history = await sumDeleted(connection, id, '_history');
    await connection.query('DELETE FROM fact_energy_hourly_month WHERE datasource_id = $1', [id]);
    const batches = await removeBatches(connection, id);
    await connection.query('DELETE FROM datasource WHERE id = $1', [id]);
    return { purged: true as const, id, external_id: externalId, measurements, history, ...batches };
  });
  await removeBytes(deps, hashes);
  return result;
}

async function confirmSource(connection: Connection, id: number, confirm: string | undefined): Promise<string> {
  const { rows } = await connection.query<{ external_id: string }>(
    'SELECT external_id FROM datasource WHERE id = $1 FOR UPDATE',
    [id],
  );
  const externalId = rows[0]?.external_id;
  if (externalId === undefined) throw new Fault('datasource_unknown', `There is no datasource ${id}.`);
  if (confirm === externalId) return externalId;
  const message = confirm === undefined ? 'must be given' : 'is not the external id of this datasource';
  throw new Fault('confirm_mismatch', `confirm ${message}.`, { errors: [{ field: 'confirm', message }] });
}

async function sumDeleted(connection: Connection, id: number, suffix: '' | '_history'): Promise<number> {
  let sum = 0;
  for (const { table } of Object.values(DATASETS)) {
    const { rowCount } = await connection.query(`DELETE FROM ${table}${suffix} WHERE datasource_id = $1`, [id]);
    sum += rowCount ?? 0;
  }
  return sum;
}

async function removeBatches(connection: Connection, id: number): Promise<{ batches: number; hashes: string[] }> {
  const { rows: parts } = await connection.query<{ batch_id: string }>(
    'SELECT batch_id FROM ingest_batch_datasource WHERE datasource_id = $1',
    [id],
  );
  const touched = parts.map((part) => part.batch_id);
  const { rows } = await connection.query<{ file_sha256: string | null }>(PURGE_BATCHES, [id, touched]);
  await connection.query('DELETE FROM ingest_batch_datasource WHERE datasource_id = $1', [id]);
  // Left: batches of several sources, which can hardly name one of them; the source goes, the lineage of the others stays.
  await connection.query('UPDATE ingest_batch SET datasource_id = NULL WHERE datasource_id = $1', [id]);
  return { batches: rows.length, hashes: rows.flatMap((row) => row.file_sha256 ?? []) };
}

/** After the commit, as a file cannot be rolled back; bytes that another batch speaks of stay. */
async function removeBytes(
  { pool, archive }: { pool: Pool; archive: Archive },
  hashes: readonly string[],
): Promise<void> {
  for (const sha256 of new Set(hashes)) {
    await inTransaction(pool, async (connection) => {
      await lockBytes(connection, sha256);
      const { rowCount } = await connection.query('SELECT FROM ingest_batch WHERE file_sha256 = $1 LIMIT 1', [sha256]);
      if (rowCount === 0) await archive.remove(sha256);
    });
  }
}
