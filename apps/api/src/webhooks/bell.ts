// Listens (LISTEN) for word that there is something to deliver, on a connection of its own. Where it fails, the courier's own round finds it.
import { WEBHOOK_CHANNEL } from '@cei-inoe/shared/webhooks';
import pg from 'pg';

export interface Bell {
  /** Connects where it is not connected; never throws. */
  ensure(): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 5_000;

/** @param onRing called for each word, and after each connecting, as some may have been missed */
export function openBell(databaseUrl: string, onRing: () => void): Bell {
  let client: pg.Client | undefined;
  let isClosed = false;

  function drop(dead: pg.Client): void {
    if (client === dead) client = undefined;
    dead.end().catch(() => undefined);
  }
  async function connect(): Promise<void> {
    const fresh = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'cei-api-webhooks',
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      keepAlive: true,
    });
    client = fresh;
    fresh.on('error', () => drop(fresh));
    fresh.on('end', () => drop(fresh));
    fresh.on('notification', onRing);
    try {
      await fresh.connect();
      await fresh.query(`LISTEN ${WEBHOOK_CHANNEL}`);
      onRing();
    } catch {
      drop(fresh);
    }
  }
  return {
    async ensure() {
      if (client === undefined && !isClosed) await connect();
    },
    async close() {
      isClosed = true;
      const last = client;
      client = undefined;
      await last?.end().catch(() => undefined);
    },
  };
}
