// One lock per content of a file, so that the same bytes are not taken in twice, or removed while they come in. Locks no table.
import type { Connection } from '@cei-inoe/shared/database';

/** Waits for the lock on the bytes `sha256`; held to the end of the transaction. */
export async function lockBytes(connection: Connection, sha256: string): Promise<void> {
  await connection.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [sha256]);
}
