// Removes the versions of readings that had ended by an instant, in short transactions. Touches no reading that stands, and no batch.
import { setTimeout as sleep } from 'node:timers/promises';
import { inTransaction, type Pool } from '@cei-inoe/shared/database';
import { DATASETS, type Dataset } from '@cei-inoe/shared/datasets';
import { quoteName, readSql } from '@cei-inoe/shared/sql';

const CHUNK = 5_000;
const TRIES = 20;
const WAIT_MS = 250;

export interface Pruned {
  /** As recorded: never before an earlier one. */
  readonly horizon: string;
  /** Earlier readings, or files. */
  readonly removed: number;
  /** Sources or files that something else held; the next run takes them. */
  readonly left: number;
}

const names = (dataset: Dataset) => ({
  history: quoteName(`${dataset.table}_history`),
  time: quoteName(dataset.time),
  type: dataset.timeKind === 'day' ? 'date' : 'timestamptz',
});

/** How many would go, and what they take up. Removes none. */
export async function countHistory(pool: Pool, horizon: string): Promise<{ rows: number; bytes: number }> {
  const sum = { rows: 0, bytes: 0 };
  for (const dataset of Object.values(DATASETS)) {
    const sql = readSql('retention/count-history.sql', names(dataset));
    const { rows } = await pool.query<{ rows: number; bytes: number }>(sql, [horizon]);
    sum.rows += rows[0]?.rows ?? 0;
    sum.bytes += rows[0]?.bytes ?? 0;
  }
  return sum;
}

/** Writes the horizon and commits it; only then removes. Cut off anywhere, it is ended by the next run. */
export async function pruneHistory(pool: Pool, wanted: string, signal?: AbortSignal): Promise<Pruned> {
  const horizon = await openRun(pool, 'history', wanted);
  const { rows: sources } = await pool.query<{ id: number }>('SELECT id FROM datasource ORDER BY id');
  let removed = 0;
  let left = 0;
  for (const dataset of Object.values(DATASETS)) {
    for (const { id } of sources) {
      const done = await pruneSource(pool, dataset, { id, horizon }, signal);
      removed += done.removed;
      left += done.left;
    }
  }
  await closeRun(pool, 'history', left);
  return { horizon, removed, left };
}

export async function openRun(pool: Pool, what: 'history' | 'archive', wanted: string): Promise<string> {
  const { rows } = await pool.query<{ horizon: string }>(readSql('retention/open-run.sql'), [what, wanted]);
  return rows[0]?.horizon ?? wanted;
}

export async function closeRun(pool: Pool, what: 'history' | 'archive', left: number): Promise<void> {
  if (left > 0) return;
  await pool.query('UPDATE retention SET completed_at = clock_timestamp() WHERE what = $1', [what]);
}

async function pruneSource(
  pool: Pool,
  dataset: Dataset,
  about: { readonly id: number; readonly horizon: string },
  signal: AbortSignal | undefined,
): Promise<{ removed: number; left: number }> {
  let after: string | null = null;
  let removed = 0;
  for (let tries = 0; tries < TRIES && signal?.aborted !== true; ) {
    const chunk: Chunk | undefined = await removeChunk(pool, dataset, { ...about, after });
    if (chunk === undefined) {
      tries++;
      await sleep(WAIT_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    tries = 0;
    removed += chunk.removed;
    if (chunk.last === null) return { removed, left: 0 };
    after = chunk.last;
  }
  return { removed, left: 1 };
}

interface Chunk {
  readonly removed: number;
  readonly last: string | null;
}

/** Returns undefined while a purge or a load of all sources has the dataset to itself. */
function removeChunk(
  pool: Pool,
  dataset: Dataset,
  { id, horizon, after }: { readonly id: number; readonly horizon: string; readonly after: string | null },
): Promise<Chunk | undefined> {
  return inTransaction(pool, async (connection) => {
    await connection.query("SET LOCAL cei.purge = 'on'");
    const { rows: locks } = await connection.query<{ got: boolean }>(
      'SELECT pg_try_advisory_xact_lock_shared($1::int, 0) AS got',
      [dataset.lockClass],
    );
    if (locks[0]?.got !== true) return undefined;
    const sql = readSql('retention/history-chunk.sql', names(dataset));
    const { rows } = await connection.query<Chunk>(sql, [horizon, id, after, CHUNK]);
    return rows[0] ?? { removed: 0, last: null };
  });
}
