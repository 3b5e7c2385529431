// Copies rows of the old tables, whole and unread, into the workroom: in chunks by key, and again by key where the queue names them.
import type { OldSide, Queryable } from './old-side.ts';
import type { OldTable } from './tables.ts';

export interface Chunk {
  readonly rows: number;
  readonly lastKey: string | null;
}

/** The rows after `lastKey`, oldest key first, as one JSON text. */
export async function readChunk(old: OldSide, { name, key, keyType }: OldTable, lastKey: string | null, limit: number) {
  const after = lastKey === null ? '' : `WHERE t.${key} > $2::${keyType}`;
  const { rows } = await old.pool.query<{ rows: string; count: number; last: string | null }>(
    `SELECT coalesce(jsonb_agg(c.row), '[]')::text AS rows, count(*)::int AS count, (array_agg(c.key ORDER BY c.place DESC))[1] AS last
     FROM (SELECT to_jsonb(t) AS row, t.${key}::text AS key, row_number() OVER (ORDER BY t.${key}) AS place
           FROM ${old.table(name)} t ${after} ORDER BY t.${key} LIMIT $1) c`,
    lastKey === null ? [limit] : [limit, lastKey],
  );
  return rows[0] ?? { rows: '[]', count: 0, last: null };
}

/** The rows of these keys as they are now; a key without a row is gone. Runs on the connection that took the keys from the queue. */
export async function readRows(
  source: Queryable,
  old: OldSide,
  { name, key, keyType }: OldTable,
  keys: readonly string[],
) {
  const { rows } = await source.query<{ rows: string; found: string[] | null }>(
    `SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')::text AS rows, array_agg(t.${key}::text) AS found
     FROM ${old.table(name)} t WHERE t.${key} = ANY ($1::${keyType}[])`,
    [keys],
  );
  return { rows: rows[0]?.rows ?? '[]', found: new Set(rows[0]?.found ?? []) };
}

/** Stores rows given as one JSON text and marks them to be decided. A row that is there already is replaced. */
export async function storeRows(target: Queryable, { name, key }: OldTable, rows: string): Promise<void> {
  await target.query(
    `WITH given AS (SELECT e.row->>$2 AS key, e.row FROM jsonb_array_elements($3::jsonb) AS e(row)),
     stored AS (
       INSERT INTO legacy_move.old AS o (tab, key, "row") SELECT $1, key, row FROM given
       ON CONFLICT (tab, key) DO UPDATE SET "row" = excluded."row", gone = false
       WHERE o."row" IS DISTINCT FROM excluded."row" OR o.gone RETURNING o.key)
     INSERT INTO legacy_move.todo SELECT $1, key FROM stored ON CONFLICT DO NOTHING`,
    [name, key, rows],
  );
}

/** What vanished at the source vanishes here; staging rows stay as evidence, marked. */
export async function dropRows(target: Queryable, { name, kind }: OldTable, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  if (kind === 'staging') {
    await target.query('UPDATE legacy_move.old SET gone = true WHERE tab = $1 AND key = ANY ($2)', [name, keys]);
    return;
  }
  await target.query('DELETE FROM legacy_move.old WHERE tab = $1 AND key = ANY ($2)', [name, keys]);
  await target.query('INSERT INTO legacy_move.todo SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING', [name, keys]);
}
