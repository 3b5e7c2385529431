// Capture at the old database: puts the triggers there, takes changed keys from their queue, and takes them off again. Reads no row.
import { inTransaction } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { quoteName } from '@cei-inoe/shared/sql';
import { withLockRetries } from './lock-retries.ts';
import type { OldSide, Queryable } from './old-side.ts';
import { findOldTable } from './tables.ts';

/** A key that changed; null stands for the whole table (TRUNCATE). */
export interface ChangedKey {
  readonly tab: string;
  readonly key: string | null;
}

/**
 * Puts the triggers on; each table for itself, so that no writer waits longer than one short lock.
 * CREATE TRIGGER waits for open writers, so that no change is missed between capture and the first chunk.
 * @throws Fault legacy_rights, legacy_blocked
 */
export async function startCapture(old: OldSide, tables: readonly string[]): Promise<void> {
  await guardRights(() => old.pool.query(old.sql('capture-schema.sql')));
  const captured = await listCaptured(old);
  // Those that have their triggers keep them: a second run needs no lock.
  for (const name of tables.filter((one) => !captured.has(one))) {
    await guardRights(() =>
      withLockRetries(name, () =>
        inTransaction(old.pool, async (connection) => {
          await connection.query("SET LOCAL lock_timeout = '500ms'");
          await connection.query(
            old.sql('capture.sql', {
              name,
              fn: quoteName(`queue_${name}`),
              table: old.table(name),
              key: quoteName(findOldTable(name).key),
            }),
          );
        }),
      ),
    );
  }
}

async function listCaptured(old: OldSide): Promise<Set<string>> {
  const { rows } = await old.pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = to_regnamespace($1) AND t.tgenabled = 'A'
       AND t.tgname IN ('legacy_capture_insert', 'legacy_capture_update', 'legacy_capture_delete', 'legacy_capture_truncate')
     GROUP BY 1 HAVING count(*) = 4`,
    [old.schema],
  );
  return new Set(rows.map(({ name }) => name));
}

const CAPTURING = ['insert', 'update', 'delete', 'truncate'] as const;
const REFUSING = ['read_only', 'no_truncate'] as const;

/** Takes everything off that the move put on the old database. */
export async function stopCapture(old: OldSide, tables: readonly string[]): Promise<void> {
  await dropTriggers(old, tables, [...CAPTURING, ...REFUSING]);
  await old.pool.query('DROP SCHEMA IF EXISTS legacy_capture CASCADE');
}

/** Takes off what notes changes, and leaves what refuses them: nobody reads any longer what an old ingestor would write there. */
export async function keepReadOnly(old: OldSide, tables: readonly string[]): Promise<void> {
  await dropTriggers(old, tables, CAPTURING);
  await old.pool.query('DROP TABLE IF EXISTS legacy_capture.queue');
}

async function dropTriggers(old: OldSide, tables: readonly string[], triggers: readonly string[]): Promise<void> {
  for (const name of tables) {
    await withLockRetries(name, () =>
      inTransaction(old.pool, async (connection) => {
        await connection.query("SET LOCAL lock_timeout = '500ms'");
        for (const trigger of triggers)
          await connection.query(`DROP TRIGGER IF EXISTS legacy_capture_${trigger} ON ${old.table(name)}`);
      }),
    );
  }
}

/** Takes up to `limit` keys from the queue, in the caller's transaction: a delete that returns, as no watermark can be trusted. */
export async function takeKeys(source: Queryable, limit: number): Promise<ChangedKey[]> {
  const { rows } = await source.query<ChangedKey>(
    `DELETE FROM legacy_capture.queue WHERE ctid = ANY (ARRAY(SELECT ctid FROM legacy_capture.queue LIMIT $1 FOR UPDATE SKIP LOCKED))
     RETURNING tab, key`,
    [limit],
  );
  return rows;
}

export async function countQueue(source: Queryable): Promise<number> {
  const { rows } = await source.query<{ n: number }>('SELECT count(*)::int AS n FROM legacy_capture.queue');
  return rows[0]?.n ?? 0;
}

async function guardRights<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    throw new Fault('legacy_rights', error instanceof Error ? `${error.message}.` : undefined, { cause: error });
  }
}
