// Asks the database short questions on a connection of its own, so that a busy pool cannot make it look dead. Never waits long.
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import pg from 'pg';

export interface Probe {
  /** Runs one short query. @throws Fault that says why the database does not answer, within two timeouts */
  ask<T extends pg.QueryResultRow>(sql: string): Promise<T[]>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 1_000;

/** Makes a probe; it connects when first asked, and anew after every failure. */
export function openProbe(url: string): Probe {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'cei-api-probe',
    max: 1,
    // Also of those who wait for another's question to be answered.
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    idleTimeoutMillis: 0,
    keepAlive: true,
  });
  // Without a listener a connection that dies between two questions would end the process; the pool makes another.
  pool.on('error', () => undefined);
  return {
    ask: async <T extends pg.QueryResultRow>(sql: string) => {
      try {
        return (await pool.query<T>(sql)).rows;
      } catch (error) {
        throw nameTimeout(error);
      }
    },
    close: () => pool.end(),
  };
}

/** pg says "Query read timeout" and "timeout exceeded when trying to connect" without a code. */
function nameTimeout(error: unknown): Fault {
  if (error instanceof Error && /timeout/i.test(error.message)) {
    return new Fault('database_unreachable', `No answer within ${TIMEOUT_MS} ms.`, { cause: error });
  }
  return makeFault(error);
}
