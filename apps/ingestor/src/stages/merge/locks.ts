// The locks that give all loads of a source one order, to the end of the transaction. Undo, redo and purge take the same ones.
import type { Connection } from '@cei-inoe/shared/database';
import type { Dataset } from '@cei-inoe/shared/datasets';
import { Fault } from '@cei-inoe/shared/errors';

/** Second key of the dataset's own lock. Ids of datasources begin at 1. */
const WHOLE_DATASET = 0;

/** Takes the dataset's lock shared and the sources' exclusively, in ascending order; for `'all'` the dataset's exclusively. */
export async function lockSources(
  connection: Connection,
  dataset: Dataset,
  sources: readonly number[] | 'all',
): Promise<void> {
  if (sources === 'all') {
    await connection.query('SELECT pg_advisory_xact_lock($1, $2)', [dataset.lockClass, WHOLE_DATASET]);
    return;
  }
  const [first, ...others] = [...new Set(sources)].sort((a, b) => a - b);
  // Most loads are of one source. The columns of a row are made from left to right.
  if (first === undefined) {
    await connection.query('SELECT pg_advisory_xact_lock_shared($1, $2)', [dataset.lockClass, WHOLE_DATASET]);
    return;
  }
  await connection.query('SELECT pg_advisory_xact_lock_shared($1, $2), pg_advisory_xact_lock($1, $3)', [
    dataset.lockClass,
    WHOLE_DATASET,
    first,
  ]);
  for (const id of others) {
    await connection.query('SELECT pg_advisory_xact_lock($1, $2)', [dataset.lockClass, id]);
  }
}

/**
 * Proves what the row-level foreign keys would prove: that the parents are there and stay there until the commit. Their zones stay, too: changing
 * one locks the row against this. Returns the zones.
 */
export async function holdParents(
  connection: Connection,
  sources: readonly number[],
): Promise<Map<number, string | null>> {
  const wanted = [...new Set(sources)];
  const { rows } = await connection.query<{ id: number; timezone: string | null }>(
    'SELECT id, timezone FROM datasource WHERE id = ANY($1::int[]) ORDER BY id FOR KEY SHARE',
    [wanted],
  );
  if (rows.length !== wanted.length)
    throw new Fault('datasource_unknown', 'The datasource was removed while its file was read.');
  return new Map(rows.map((row) => [row.id, row.timezone]));
}

/** @throws Fault zone_changed when the zone is no longer that of `source`: the file has to be identified anew */
export async function holdSource(
  connection: Connection,
  source: { readonly id: number; readonly zone: string | null },
): Promise<void> {
  const zones = await holdParents(connection, [source.id]);
  if (zones.get(source.id) !== source.zone) throw new Fault('zone_changed');
}

/** Holds every datasource, before a file is read whose records name theirs. */
export async function holdAllParents(connection: Connection): Promise<void> {
  await connection.query('SELECT 1 FROM datasource ORDER BY id FOR KEY SHARE');
}

/** The order number and the instant at which the batch takes effect: taken under the locks, so that both grow with the commits of a source. */
export async function drawAppliedSeq(connection: Connection): Promise<{ appliedSeq: string; appliedAt: string }> {
  const { rows } = await connection.query<{ seq: string; at: string }>(
    "SELECT nextval('ingest_applied_seq')::text AS seq, clock_timestamp()::text AS at",
  );
  return { appliedSeq: rows[0]?.seq ?? '0', appliedAt: rows[0]?.at ?? '' };
}

/** What the role of a connection may do; it is asked once. */
const trusted = new WeakMap<Connection, boolean>();
let warned = false;

async function maySkipChecks(connection: Connection): Promise<boolean> {
  const known = trusted.get(connection);
  if (known !== undefined) return known;
  const { rows } = await connection.query<{ may: boolean }>(
    "SELECT has_parameter_privilege(current_user, 'session_replication_role', 'SET') AS may",
  );
  const may = rows[0]?.may === true;
  trusted.set(connection, may);
  return may;
}

export interface Unchecked {
  /** Told once where the role may not switch the checks off. */
  readonly warn: (message: string) => void;
  /** A savepoint around what is written; the caller rolls back to it. */
  readonly savepoint?: string;
}

/**
 * Runs `write` without row-level foreign key checks where the role may switch them off; the locks above prove the same.
 * Only for writes to facts and their history.
 */
export async function withoutRowChecks<T>(
  connection: Connection,
  write: () => Promise<T>,
  { warn, savepoint }: Unchecked,
): Promise<T> {
  const may = await maySkipChecks(connection);
  if (!may && !warned) {
    warned = true;
    warn(
      'The database role may not set session_replication_role: loads check foreign keys row by row, which is slower.',
    );
  }
  const run = async (...statements: readonly (string | false)[]) => {
    const sql = statements.filter((each) => each !== false).join('; ');
    if (sql !== '') await connection.query(sql);
  };
  const named = savepoint !== undefined;
  await run(named && `SAVEPOINT ${savepoint}`, may && 'SET LOCAL session_replication_role = replica');
  const result = await write();
  await run(may && 'SET LOCAL session_replication_role = origin', named && `RELEASE SAVEPOINT ${savepoint}`);
  return result;
}
