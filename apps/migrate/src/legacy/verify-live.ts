// Verifies beside a writer: on one snapshot of the old database, to which the new one is brought first. Changes only what a catch-up changes.
import { inTransaction } from '@cei-inoe/shared/database';
import { catchUpOn } from './catch-up.ts';
import { bringGone } from './gone-staging.ts';
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
  const isOpen = phase === 'copied' || phase === 'copying';
  if (isOpen) await follow(work);
  return await inTransaction(old.pool, async (snapshot) => {
    await snapshot.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    if (isOpen) await bringTo(snapshot, work);
    await bringGone(target, snapshot);
    const decisions = await readDecisions(target);
    return await verifyMove({ target, source: snapshot, old, tables: probe.tables, decisions });
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
