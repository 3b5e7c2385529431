// Asks the database short questions on a connection of its own, so that a busy pool cannot make it look dead. Never waits long.
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import pg from 'pg';

export interface Probe {
  /** Runs one short query. @throws Fault that says why the database does not answer, within about two seconds */
  ask<T extends pg.QueryResultRow>(sql: string): Promise<T[]>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 1_500;

/** Makes a probe; it connects when first asked, and anew after every failure. */
export function openProbe(url: string): Probe {
  let connected: Promise<pg.Client> | null = null;
  const forget = (client: pg.Client) => {
    connected = null;
    client.end().catch(() => undefined);
  };
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'cei-api-probe',
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', () => forget(client));
    client.on('end', () => {
      connected = null;
    });
    await client.connect();
    return client;
  };
  const ask = async <T extends pg.QueryResultRow>(sql: string): Promise<T[]> => {
    connected ??= connect();
    const attempt = connected;
    try {
      return (await (await attempt).query<T>(sql)).rows;
    } catch (error) {
      if (connected === attempt) connected = null;
      attempt.then(forget, () => undefined);
      throw nameTimeout(error);
    }
  };
  return {
    ask,
    close: async () => {
      const client = await connected?.catch(() => null);
      await client?.end().catch(() => undefined);
    },
  };
}

/** pg says "Query read timeout" and "timeout expired" without a code. */
function nameTimeout(error: unknown): Fault {
  if (error instanceof Error && /timeout/i.test(error.message)) {
    return new Fault('database_unreachable', `No answer within ${TIMEOUT_MS} ms.`, { cause: error });
  }
  return makeFault(error);
}
