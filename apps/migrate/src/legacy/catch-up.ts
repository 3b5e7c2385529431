// Catches up with the old database: takes changed keys from the queue there, reads their rows again, and stores what they are now.
import { inTransaction, type Pool } from '@cei-inoe/shared/database';
import { type ChangedKey, takeKeys } from './capture.ts';
import type { OldSide, Queryable } from './old-side.ts';
import { dropRows, readRows, storeRows } from './pull.ts';
import { findOldTable } from './tables.ts';

/**
 * Takes up to `limit` keys and stores their rows. The target commits first: if this process dies between the two commits, the keys come
 * again, and reading a row twice changes nothing.
 * @returns how many keys were taken
 */
export async function catchUp(target: Pool, old: OldSide, limit: number): Promise<number> {
  return await inTransaction(old.pool, (source) =>
    // A row read after its key was taken is at least as new as the change that queued it.
    inTransaction(target, (connection) => catchUpOn(source, connection, old, limit)),
  );
}

/** The same on two connections whose transactions are the caller's. */
export async function catchUpOn(source: Queryable, target: Queryable, old: OldSide, limit: number): Promise<number> {
  const taken = await takeKeys(source, limit);
  for (const [tab, keys] of groupByTable(taken)) {
    await refreshRows(
      source,
      target,
      old,
      tab,
      keys.includes(null) ? await listAllKeys(target, tab, keys) : onlyKeys(keys),
    );
  }
  return taken.length;
}

async function refreshRows(
  source: Queryable,
  target: Queryable,
  old: OldSide,
  tab: string,
  keys: readonly string[],
): Promise<void> {
  const table = findOldTable(tab);
  for (let at = 0; at < keys.length; at += CHUNK) {
    const some = keys.slice(at, at + CHUNK);
    const { rows, found } = await readRows(source, old, table, some);
    await storeRows(target, table, rows);
    await dropRows(
      target,
      table,
      some.filter((key) => !found.has(key)),
    );
  }
}

const CHUNK = 5_000;

function groupByTable(taken: readonly ChangedKey[]): Map<string, (string | null)[]> {
  const groups = new Map<string, (string | null)[]>();
  for (const { tab, key } of taken) {
    const keys = groups.get(tab);
    if (keys === undefined) groups.set(tab, [key]);
    else keys.push(key);
  }
  return groups;
}

const onlyKeys = (keys: readonly (string | null)[]): string[] => [...new Set(keys.filter((key) => key !== null))];

/** After a TRUNCATE every row we have is in question. */
async function listAllKeys(target: Queryable, tab: string, keys: readonly (string | null)[]): Promise<string[]> {
  const { rows } = await target.query<{ key: string }>('SELECT key FROM legacy_move.old WHERE tab = $1 AND NOT gone', [
    tab,
  ]);
  return [...new Set([...onlyKeys(keys), ...rows.map(({ key }) => key)])];
}
