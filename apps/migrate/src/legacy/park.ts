// Parks the old tables, views and functions in the schema `legacy` of their own database, in one transaction. Copies nothing.
import { type Connection, inTransaction } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { quoteName } from '@cei-inoe/shared/sql';
import { setSearchPath } from './cutover.ts';
import { withLockRetries } from './lock-retries.ts';
import { OLD_FUNCTIONS, OLD_RELATIONS } from './old-objects.ts';
import { makeOldSide, type OldSide, PARKED } from './old-side.ts';

/** Moves what is the old system's out of `public`; the sequences and indexes come along. @throws Fault legacy_blocked, legacy_in_the_way */
export async function parkOldTables(old: OldSide, oldRole: string | undefined): Promise<OldSide> {
  if (old.schema === PARKED) return old;
  await withLockRetries('the old tables', () =>
    inTransaction(old.pool, async (connection) => {
      await connection.query("SET LOCAL lock_timeout = '500ms'");
      await assertNothingInTheWay(connection, old.schema);
      await connection.query(`CREATE SCHEMA IF NOT EXISTS ${quoteName(PARKED)}`);
      const { rows } = await connection.query<{ kind: string; name: string }>(
        `SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, relname AS name FROM pg_class
         WHERE relnamespace = to_regnamespace($1) AND relname = ANY ($2) AND relkind IN ('r', 'p', 'v') ORDER BY relkind, relname`,
        [old.schema, OLD_RELATIONS],
      );
      for (const { kind, name } of rows) {
        await connection.query(`ALTER ${kind} ${old.table(name)} SET SCHEMA ${quoteName(PARKED)}`);
      }
      const { rows: functions } = await connection.query<{ signature: string }>(
        `SELECT oid::regprocedure::text AS signature FROM pg_proc WHERE pronamespace = to_regnamespace($1) AND proname = ANY ($2)`,
        [old.schema, OLD_FUNCTIONS],
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

/** The migrations take a schema that holds nothing; noticed here, before the running old system loses its place. */
async function assertNothingInTheWay(connection: Connection, schema: string): Promise<void> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> ALL ($2)
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1 LIMIT 20`,
    [schema, OLD_RELATIONS],
  );
  if (rows.length > 0) throw new Fault('legacy_in_the_way', `${rows.map(({ name }) => name).join(', ')}.`);
}
