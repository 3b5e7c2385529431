// Takes a file in: bytes to the archive, a pending batch to the queue. From then on nothing depends on where the file lay.
import type { Archive } from '@cei-inoe/shared/archive';
import { makeBatchId } from '@cei-inoe/shared/batch-id';
import type { SourceType } from '@cei-inoe/shared/batches';
import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import { prepareSql } from '@cei-inoe/shared/sql';
import type { BatchContext, ClaimedBatch } from '../model/batch.ts';
import { type ReceivedFile, receiveFile } from '../stages/source/receive-file.ts';

export interface Registration {
  readonly path: string;
  readonly name: string;
  readonly sourceType: SourceType;
  readonly context: BatchContext;
  readonly dryRun: boolean;
  readonly datasourceId: number | null;
  readonly submittedBy: string | null;
}

/** A file whose bytes have been received, and the id that its batch has or will have. */
export interface Arrival extends Registration {
  readonly batchId: string;
  readonly received: ReceivedFile;
}

/** Dropped files come into the queue in turns, one after the other or several together. */
export interface Turn {
  /** Run when the turn has come. */
  readonly onTurn: (connection: Connection) => Promise<void>;
  /** Run after the rows are written and before they are visible: moves the originals out of the way. */
  readonly beforeCommit: () => Promise<void>;
}

export const makeArrival = (registration: Registration, received: ReceivedFile): Arrival => ({
  ...registration,
  batchId: makeBatchId(),
  received,
});

/**
 * Archives the file and writes its batch: pending, or already claimed by `claimedBy`.
 * @throws Fault file_* when it cannot be taken in; nothing is left behind then
 */
export async function registerFile(
  pool: Pool,
  archive: Archive,
  registration: Registration & { readonly maxBytes: number },
  claimedBy: string | null = null,
): Promise<ClaimedBatch> {
  const received = await receiveFile(archive, registration.path, registration.maxBytes);
  try {
    return await inTransaction(pool, async (connection) => {
      const [batch] = await keepAndInsert(connection, archive, [makeArrival(registration, received)], claimedBy);
      if (batch === undefined) throw new Fault('internal', 'The batch row was not written.');
      return batch;
    });
  } catch (error) {
    await archive.discard(received);
    throw error;
  }
}

/** Writes the batches of dropped files, in this order, all or none, when it is their turn. What was received of them is gone if it throws. */
export async function registerDropped(
  pool: Pool,
  archive: Archive,
  arrivals: readonly Arrival[],
  turn: Turn,
): Promise<void> {
  try {
    await inTransaction(pool, async (connection) => {
      await takeTurn(connection);
      await turn.onTurn(connection);
      await keepAndInsert(connection, archive, arrivals, null);
      await turn.beforeCommit();
    });
  } catch (error) {
    for (const { received } of arrivals) await archive.discard(received);
    throw error;
  }
}

/** Waits until no other dropped file is being registered: none is claimed before an older one is there to be seen. */
export async function takeTurn(connection: Connection): Promise<void> {
  await connection.query("SELECT pg_advisory_xact_lock(hashtextextended('cei registration', 0))");
}

/** Writes the batch of a file that lies where it will stay until it is loaded. In the caller's transaction, in its turn. */
export async function registerHeld(
  connection: Connection,
  archive: Archive,
  registration: Registration & { readonly batchId: string; readonly maxBytes: number },
): Promise<void> {
  const received = await receiveFile(archive, registration.path, registration.maxBytes);
  try {
    await keepAndInsert(connection, archive, [{ ...registration, received }], null);
  } catch (error) {
    await archive.discard(received);
    throw error;
  }
}

async function keepAndInsert(
  connection: Connection,
  archive: Archive,
  arrivals: readonly Arrival[],
  claimedBy: string | null,
): Promise<ClaimedBatch[]> {
  const hashes = arrivals.map(({ received }) => received.sha256);
  // A purge removes bytes that no batch refers to; it takes the same locks.
  await connection.query(prepareSql('queue/lock-bytes.sql', [[...new Set(hashes)].sort()]));
  for (const { received } of arrivals) await archive.keep(received);
  const attempt = claimedBy === null ? 0 : 1;
  const { rows } = await connection.query<{ created_at: Date }>(
    prepareSql('queue/register.sql', [
      arrivals.map((each) => each.batchId),
      arrivals.map((each) => each.datasourceId),
      arrivals.map((each) => each.sourceType),
      arrivals.map((each) => each.name),
      hashes,
      arrivals.map((each) => each.received.sizeBytes),
      arrivals.map((each) => writeJsonb(each.context)),
      claimedBy === null ? 'pending' : 'processing',
      arrivals.map((each) => each.dryRun),
      arrivals.map((each) => each.submittedBy),
      claimedBy,
      attempt,
    ]),
  );
  if (rows.length !== arrivals.length) throw new Fault('internal', 'Not every batch row was written.');
  return arrivals.map((each, at) => ({
    batchId: each.batchId,
    attempt,
    claimedBy: claimedBy ?? '',
    sourceType: each.sourceType,
    sourceName: each.name,
    sha256: each.received.sha256,
    sizeBytes: each.received.sizeBytes,
    datasourceId: each.datasourceId,
    dryRun: each.dryRun,
    context: each.context,
    createdAt: (rows[at] as { created_at: Date }).created_at,
  }));
}
