// The old database: where it is, and how its tables are named in SQL. Decides nothing.
import { type Connection, openPool, type Pool } from '@cei-inoe/shared/database';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { fillSql, quoteName, readSql } from '@cei-inoe/shared/sql';

/** What queries run on: a pool or one of its connections. */
export type Queryable = Pool | Connection;

/** How the user said where the old database is. */
export interface Place {
  readonly sourceUrl: string | undefined;
  /** The old tables stand in the target database itself, and are or will be moved into the schema `legacy`. */
  readonly park: boolean;
}

export interface OldSide {
  readonly pool: Pool;
  readonly schema: string;
  readonly park: boolean;
  /** The text of `db/legacy/<path>` with {old} filled in, and whatever else it needs. */
  sql(path: string, parts?: Readonly<Record<string, string>>): string;
  table(name: string): string;
  close(): Promise<void>;
}

/** Sets of rows take milliseconds here; compiling their big queries would take seconds each. */
export const SESSION = { jit: 'off', work_mem: '64MB' } as const;

export const PARKED = 'legacy';
const HOME = 'public';

/** @throws Fault usage where neither or both places are given */
export function checkPlace({ sourceUrl, park }: Place): void {
  if ((sourceUrl === undefined) === !park) {
    throw new Fault(
      'usage',
      'Say where the old tables are: either --source-url URL, or --park for this very database.',
    );
  }
  if (sourceUrl !== undefined && !/^postgres(ql)?:\/\//.test(sourceUrl)) {
    throw new Fault('usage', '--source-url must look like postgres://user:password@host:5432/name.');
  }
}

/** Opens the old database. @throws Fault database_unreachable and its like, naming the old side */
export async function openOldSide(place: Place, targetUrl: string): Promise<OldSide> {
  checkPlace(place);
  const pool = openPool(place.sourceUrl ?? targetUrl, { applicationName: 'cei-legacy', max: 3, settings: SESSION });
  try {
    const schema = place.park && (await hasSchema(pool, PARKED)) ? PARKED : HOME;
    return makeOldSide(pool, schema, place.park);
  } catch (error) {
    await pool.end();
    const fault = makeFault(error);
    throw new Fault(fault.code, `The old database: ${fault.message}`, { cause: error });
  }
}

export function makeOldSide(pool: Pool, schema: string, park: boolean): OldSide {
  const old = quoteName(schema);
  return {
    pool,
    schema,
    park,
    sql: (path, parts = {}) => fillSql(readSql(`legacy/${path}`), { old, ...parts }),
    table: (name) => `${old}.${quoteName(name)}`,
    close: () => pool.end(),
  };
}

async function hasSchema(pool: Pool, name: string): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(
    "SELECT to_regclass(format('%I.ingest_file', $1::text)) IS NOT NULL AS found",
    [name],
  );
  return rows[0]?.found === true;
}
