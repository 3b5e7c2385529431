// Opens connections to PostgreSQL and runs transactions on them. Knows no table.
import pg from 'pg';
import { Fault, makeFault } from './errors.ts';

export type Pool = pg.Pool;
export type Connection = pg.PoolClient;

export interface PoolOptions {
  /** Shown in pg_stat_activity: `cei-api`, `cei-ingestor`, … */
  readonly applicationName: string;
  readonly max?: number;
  /** How long to wait for a free connection. */
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  /** Settings of every session, such as `{ jit: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Makes a pool; it connects when first used. Sessions are in UTC and write times in ISO, so that no result depends on the server's settings. */
export function openPool(url: string, options: PoolOptions): Pool {
  const { address, given } = takeOptions(url);
  const pool = new pg.Pool({
    connectionString: address,
    application_name: options.applicationName,
    max: options.max ?? 4,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: 30_000,
    options: [given, ...Object.entries({ TimeZone: 'UTC', DateStyle: 'ISO', ...options.settings }).map(writeSetting)]
      .join(' ')
      .trim(),
    ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs }),
  });
  // An idle connection that the server closes must not end the process; the next query gets a new one.
  pool.on('error', () => undefined);
  return pool;
}

const writeSetting = ([name, value]: readonly [string, string]): string => `-c ${name}=${value}`;

/** The driver would take the `options` of an address instead of ours, and times would be read and written in whatever zone the server has. */
function takeOptions(url: string): { readonly address: string; readonly given: string } {
  const [, before = url, query = ''] = /^([^?]*)\?(.*)$/s.exec(url) ?? [];
  const parameters = new URLSearchParams(query);
  const given = parameters.getAll('options').join(' ');
  if (given === '') return { address: url, given };
  parameters.delete('options');
  return { address: parameters.size === 0 ? before : `${before}?${parameters}`, given };
}

export interface TransactionOptions {
  /** After so long without a statement (`'60s'`) the server ends the session: a client that hangs must hold no locks for ever. */
  readonly idleTimeout?: `${number}s`;
}

/**
 * Runs `work` in one transaction on a connection of its own. Commits when it returns, rolls back when it throws;
 * a connection that cannot roll back is destroyed, so that nothing stays idle in transaction.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (connection: Connection) => Promise<T>,
  { idleTimeout }: TransactionOptions = {},
): Promise<T> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  // Without a listener a connection that dies between two queries would end the process.
  const onError = (error: Error) => {
    broken = error;
  };
  connection.on('error', onError);
  try {
    await connection.query(
      idleTimeout === undefined ? 'BEGIN' : `BEGIN; SET LOCAL idle_in_transaction_session_timeout = '${idleTimeout}'`,
    );
    const result = await work(connection);
    await connection.query('COMMIT');
    return result;
  } catch (thrown) {
    await connection.query('ROLLBACK').catch((error: Error) => {
      broken = error;
    });
    throw broken === undefined ? thrown : explainBroken(thrown, broken);
  } finally {
    connection.off('error', onError);
    connection.release(broken);
  }
}

/** Whatever a dead connection made of the work, what happened is that the connection died; what has a meaning of its own keeps it. */
function explainBroken(thrown: unknown, broken: Error): unknown {
  return makeFault(thrown).code === 'internal'
    ? new Fault('database_unreachable', broken.message, { cause: thrown })
    : thrown;
}

/**
 * Connects once and asks for the server's version number (180004 for 18.4).
 * @throws Fault database_unreachable, database_auth_failed, database_missing
 */
export async function probeServer(pool: Pool): Promise<number> {
  try {
    const { rows } = await pool.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    return rows[0]?.version ?? 0;
  } catch (error) {
    throw makeFault(error);
  }
}
