// Parks the old tables, views and functions in the schema `legacy` of their own database, in one transaction. Copies nothing.
import { inTransaction } from '@cei-inoe/shared/database';
import { quoteName } from '@cei-inoe/shared/sql';
import { OWN_VIEWS, SAME_VIEWS } from './compat.ts';
import { setSearchPath } from './cutover.ts';
import { withLockRetries } from './lock-retries.ts';
import { makeOldSide, type OldSide, PARKED } from './old-side.ts';
import { OLD_TABLES } from './tables.ts';

const FUNCTIONS = ['cleanup_staging_data', 'update_generic_device_timestamp'];

/** Moves what is the old system's out of `public`; the sequences and indexes come along. @throws Fault legacy_blocked */
export async function parkOldTables(old: OldSide, oldRole: string | undefined): Promise<OldSide> {
  if (old.schema === PARKED) return old;
  await withLockRetries('the old tables', () =>
    inTransaction(old.pool, async (connection) => {
      await connection.query("SET LOCAL lock_timeout = '500ms'");
      await connection.query(`CREATE SCHEMA IF NOT EXISTS ${quoteName(PARKED)}`);
      const names = [...OLD_TABLES.map(({ name }) => name), 'flyway_schema_history', ...SAME_VIEWS, ...OWN_VIEWS];
      const { rows } = await connection.query<{ kind: string; name: string }>(
        `SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, relname AS name FROM pg_class
         WHERE relnamespace = to_regnamespace($1) AND relname = ANY ($2) AND relkind IN ('r', 'p', 'v') ORDER BY relkind, relname`,
        [old.schema, names],
      );
      for (const { kind, name } of rows) {
        await connection.query(`ALTER ${kind} ${old.table(name)} SET SCHEMA ${quoteName(PARKED)}`);
      }
      const { rows: functions } = await connection.query<{ signature: string }>(
        `SELECT oid::regprocedure::text AS signature FROM pg_proc WHERE pronamespace = to_regnamespace($1) AND proname = ANY ($2)`,
        [old.schema, FUNCTIONS],
      );
      for (const { signature } of functions)
        await connection.query(`ALTER FUNCTION ${signature} SET SCHEMA ${quoteName(PARKED)}`);
      if (oldRole === undefined) return;
      await setSearchPath(connection, oldRole, PARKED);
      await connection.query(`GRANT USAGE ON SCHEMA ${quoteName(PARKED)} TO ${quoteName(oldRole)}`);
    }),
  );
  return makeOldSide(old.pool, PARKED, true);
}
