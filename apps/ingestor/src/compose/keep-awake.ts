// Keeps a transaction from being taken for a dead one while its process reads a file and asks the server nothing.
import type { Connection } from '@cei-inoe/shared/database';

/** Well below the idle_in_transaction_session_timeout of loads and operations. */
const EVERY_MS = 10_000;

/** Runs `work` and asks the server something now and then meanwhile. */
export async function keepAwake<T>(connection: Connection, work: () => Promise<T>, everyMs = EVERY_MS): Promise<T> {
  const beat = setInterval(() => {
    // What is wrong with the connection, the next real question will say.
    connection.query('SELECT 1').catch(() => undefined);
  }, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
