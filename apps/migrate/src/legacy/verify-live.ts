// Verifies beside a writer: on one snapshot of the old database, to which the new one is brought first. Changes only what a catch-up changes.
import { inTransaction } from '@cei-inoe/shared/database';
import { catchUpOn } from './catch-up.ts';
import type { Queryable } from './old-side.ts';
import { follow, type Work } from './run.ts';
import { settleAll } from './settle-all.ts';
import { type Verification, verifyMove } from './verify.ts';
import { readDecisions, readSettings } from './workroom.ts';

const KEYS = 20_000;

/**
 * A change and its key in the queue are one transaction of the writer. Once every key that a snapshot sees is applied as the snapshot sees
 * its row, both sides must therefore say the same, whatever is written meanwhile. The cutover checks once more under its lock.
 */
export async function verifyLive(work: Work): Promise<Verification> {
  const { target, old, probe } = work;
  const { phase } = await readSettings(target);
  const verifyOn = async (source: Queryable) =>
    await verifyMove({ target, source, old, tables: probe.tables, decisions: await readDecisions(target) });
  if (phase !== 'copied' && phase !== 'copying') return await verifyOn(old.pool);
  await follow(work);
  return await inTransaction(old.pool, async (snapshot) => {
    await snapshot.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await bringTo(snapshot, work);
    return await verifyOn(snapshot);
  });
}

/** Keys that were taken come again where this dies before the snapshot's end; applying them twice changes nothing. */
async function bringTo(snapshot: Queryable, { target, old, choices, pace }: Work): Promise<void> {
  let taken = 0;
  do {
    taken = await inTransaction(target, (connection) => catchUpOn(snapshot, connection, old, KEYS));
  } while (taken > 0);
  await settleAll(target, choices, pace.chunkSize(), (step, done) => pace.onChunk(step, done, 0, done));
}
