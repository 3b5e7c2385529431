// Takes a file in: bytes to the archive, a pending batch to the queue. From then on nothing depends on where the file lay.
import type { Archive } from '@cei-inoe/shared/archive';
import { makeBatchId } from '@cei-inoe/shared/batch-id';
import type { SourceType } from '@cei-inoe/shared/batches';
import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { writeJsonb } from '@cei-inoe/shared/jsonb';
import type { BatchContext, ClaimedBatch } from '../model/batch.ts';
import { type ReceivedFile, receiveFile } from '../stages/source/receive-file.ts';

export interface Registration {
  readonly path: string;
  readonly name: string;
  readonly sourceType: SourceType;
  readonly context: BatchContext;
  readonly dryRun: boolean;
  readonly datasourceId: number | null;
  readonly maxBytes: number;
  readonly submittedBy: string | null;
  /** The bytes, where they may have been received before. */
  readonly receive?: () => Promise<ReceivedFile>;
  /** Only for dropped files, which come into the queue one after the other. */
  readonly drop?: {
    /** Run when its turn has come. */
    readonly onTurn: (connection: Connection) => Promise<void>;
    /** Run after the row is written and before it is visible: moves the original out of the way. */
    readonly beforeCommit: (batchId: string, received: ReceivedFile) => Promise<void>;
  };
}

const INSERT = `
  INSERT INTO ingest_batch (batch_id, datasource_id, source_type, source_name, file_sha256, size_bytes, context, status, dry_run,
    submitted_by, claimed_by, attempt, created_at, heartbeat_at, started_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, clock_timestamp(), CASE WHEN $11::text IS NULL THEN NULL ELSE clock_timestamp() END,
    CASE WHEN $11::text IS NULL THEN NULL ELSE clock_timestamp() END)
  RETURNING created_at`;

/**
 * Archives the file and writes its batch: pending, or already claimed by `claimedBy`.
 * @throws Fault file_* when it cannot be taken in; nothing is left behind then
 */
export async function registerFile(
  pool: Pool,
  archive: Archive,
  registration: Registration,
  claimedBy: string | null = null,
): Promise<ClaimedBatch> {
  const { path, maxBytes, receive = () => receiveFile(archive, path, maxBytes) } = registration;
  const received = await receive();
  try {
    return await inTransaction(pool, async (connection) => {
      if (registration.drop !== undefined) await takeTurn(connection);
      await registration.drop?.onTurn(connection);
      return keepAndInsert(connection, archive, { ...registration, batchId: makeBatchId() }, received, claimedBy);
    });
  } catch (error) {
    await archive.discard(received);
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
  registration: Omit<Registration, 'drop'> & { readonly batchId: string },
): Promise<void> {
  const received = await receiveFile(archive, registration.path, registration.maxBytes);
  try {
    await keepAndInsert(connection, archive, registration, received, null);
  } catch (error) {
    await archive.discard(received);
    throw error;
  }
}

async function keepAndInsert(
  connection: Connection,
  archive: Archive,
  registration: Registration & { readonly batchId: string },
  received: ReceivedFile,
  claimedBy: string | null,
): Promise<ClaimedBatch> {
  // A purge removes bytes that no batch refers to; it takes the same lock.
  await connection.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [received.sha256]);
  await archive.keep(received);
  const { batchId } = registration;
  const attempt = claimedBy === null ? 0 : 1;
  const { rows } = await connection.query<{ created_at: Date }>(INSERT, [
    batchId,
    registration.datasourceId,
    registration.sourceType,
    registration.name,
    received.sha256,
    received.sizeBytes,
    writeJsonb(registration.context),
    claimedBy === null ? 'pending' : 'processing',
    registration.dryRun,
    registration.submittedBy,
    claimedBy,
    attempt,
  ]);
  const createdAt = rows[0]?.created_at;
  await registration.drop?.beforeCommit(batchId, received);
  if (createdAt === undefined) throw new Fault('internal', 'The batch row was not written.');
  return {
    batchId,
    attempt,
    claimedBy: claimedBy ?? '',
    sourceType: registration.sourceType,
    sourceName: registration.name,
    sha256: received.sha256,
    sizeBytes: received.sizeBytes,
    datasourceId: registration.datasourceId,
    dryRun: registration.dryRun,
    context: registration.context,
    createdAt,
  };
}
