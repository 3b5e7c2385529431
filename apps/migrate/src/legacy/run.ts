// `run`: places, captures, copies, decides, writes and catches up, until the new database says what the old one says. Can be killed at any point.
import { createHash } from 'node:crypto';
import { inTransaction, type Pool } from '@cei-inoe/shared/database';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { startCapture } from './capture.ts';
import { catchUp } from './catch-up.ts';
import { type Choices, storeChoices } from './choices.ts';
import { markAll } from './decide.ts';
import type { OldSide } from './old-side.ts';
import type { Pace } from './pace.ts';
import type { Probe } from './probe.ts';
import { readChunk, storeRows } from './pull.ts';
import { settleAll } from './settle-all.ts';
import { OLD_TABLES, type OldTable } from './tables.ts';
import { createWorkroom, hasWorkroom, readSettings, setPhase, storeDecisions } from './workroom.ts';
import { assertTargetFree, type OldFiles, writeTallies } from './write-target.ts';

export interface Work {
  readonly target: Pool;
  readonly old: OldSide;
  readonly probe: Probe;
  readonly choices: Choices;
  readonly pace: Pace;
}

/** @throws Fault legacy_phase after a cutover, legacy_target_taken, legacy_rights, legacy_blocked, schema_missing, legacy_source_lost */
export async function runMove(work: Work): Promise<void> {
  try {
    await copyAndFollow(work);
  } catch (thrown) {
    throw await explainLoss(work.target, thrown);
  }
}

const LOST = /^database_(unreachable|missing|auth_failed)$/;

/** Where the new database still answers, it is the old one that was lost. */
async function explainLoss(target: Pool, thrown: unknown): Promise<unknown> {
  const fault = makeFault(thrown);
  if (!LOST.test(fault.code)) return thrown;
  const answers = await target.query('SELECT 1').then(
    () => true,
    () => false,
  );
  return answers ? new Fault('legacy_source_lost', fault.message, { cause: thrown }) : thrown;
}

async function copyAndFollow(work: Work): Promise<void> {
  const { target, old, probe, choices, pace } = work;
  const files = await listOldFiles(old);
  await assertTargetFree(target, files);
  await openMove(work, files.ids);
  await startCapture(old, probe.tables);
  for (const table of OLD_TABLES.filter(({ name }) => probe.tables.includes(name))) await copyTable(work, table);
  await target.query('ANALYZE legacy_move.old, legacy_move.todo');
  await follow(work);
  await inTransaction(target, async (connection) => {
    await writeTallies(connection);
    await setPhase(connection, 'copied');
  });
  await target.query(
    'ANALYZE fact_energy_hourly, fact_energy_daily, environmental_metrics, dairy_production, ingest_batch',
  );
  pace.finish(choices.recover ? 'copied, with what staging still holds' : 'copied');
}

/** Makes the workroom, or takes up the one that is there where it belongs to the same old database. */
async function openMove({ target, old, probe, choices }: Work, files: readonly string[]): Promise<void> {
  const identity = await readIdentity(old);
  await inTransaction(target, async (connection) => {
    if (!(await hasWorkroom(connection))) {
      await createWorkroom(connection);
      const source = JSON.stringify({ park: old.park, schema: old.schema, identity });
      // The same old database again, after a move that was finished: its readings without a file have their batch already.
      await connection.query(
        `UPDATE legacy_move.settings SET source = $1,
           was_moved = EXISTS (SELECT FROM ingest_batch b WHERE b.source_type = 'legacy' AND b.batch_id = ANY ($2::uuid[])),
           no_batch = coalesce((SELECT min(b.batch_id::text)::uuid FROM ingest_batch b
             WHERE b.source_name = 'legacy:no-batch' AND b.context->'legacy'->>'database' = $3), no_batch)`,
        [source, files, identity],
      );
    }
    const { phase, source } = await readSettings(connection);
    assertIdentity(source.identity, identity);
    if (phase === 'cut_over' || phase === 'finished') {
      throw new Fault('legacy_phase', 'The switch was made already; `rollback` comes before another run.');
    }
    const isOther = await storeDecisions(connection, probe, choices.map, choices);
    const marks =
      "INSERT INTO legacy_move.todo SELECT tab, key FROM legacy_move.old WHERE tab IN ('device', 'generic_device', 'ingest_file')";
    // Registers are merged anew in every run, as the map may say something else now.
    await connection.query(`${marks} ON CONFLICT DO NOTHING`);
    await storeChoices(connection, choices);
    if (isOther) await markAll(connection);
    await setPhase(connection, 'copying');
  });
}

/** What comes after a run is done to the old database that the run copied, and to no other. @throws Fault legacy_phase */
export async function assertSameOld(target: Pool, old: OldSide): Promise<void> {
  const { source } = await readSettings(target);
  assertIdentity(source.identity, await readIdentity(old));
}

function assertIdentity(stored: unknown, found: string): void {
  if (stored === found) return;
  throw new Fault(
    'legacy_phase',
    'The move under way is from another old database: name that one; `abort` with its name ends the move.',
  );
}

/** Names a database for ever: its server's identifier, its own oid and name. Two servers set up alike share the last two. */
async function readIdentity(old: OldSide): Promise<string> {
  const { rows } = await old.pool.query<{ identity: string }>(
    `SELECT (pg_control_system()).system_identifier || '/' || oid || '/' || datname AS identity
     FROM pg_database WHERE datname = current_database()`,
  );
  return createHash('sha256')
    .update(rows[0]?.identity ?? '')
    .digest('hex')
    .slice(0, 16);
}

async function listOldFiles(old: OldSide): Promise<OldFiles> {
  const { rows } = await old.pool.query<{ id: string; sha: string | null }>(
    `SELECT file_id::text AS id, lower(sha256) AS sha FROM ${old.table('ingest_file')}`,
  );
  return { ids: rows.map(({ id }) => id), hashes: rows.map(({ sha }) => sha).filter((sha) => sha !== null) };
}

interface Progress {
  readonly last_key: string | null;
  readonly copied: number;
  readonly done: boolean;
}

/** Copies what is not copied yet, a transaction per chunk that also writes how far it is. */
async function copyTable({ target, old, pace }: Work, table: OldTable): Promise<void> {
  const { rows } = await target.query<Progress>(
    'SELECT last_key, copied::int AS copied, done FROM legacy_move.progress WHERE tab = $1',
    [table.name],
  );
  let { last_key: last, copied, done } = rows[0] ?? { last_key: null, copied: 0, done: false };
  const total = done ? copied : await countRows(old, table.name);
  // The old side reads the next chunk while the new side stores this one.
  let next = done ? undefined : readAhead(old, table, last, pace.chunkSize());
  while (next !== undefined) {
    const chunk = await next;
    last = chunk.last ?? last;
    copied += chunk.count;
    done = chunk.count === 0;
    next = done ? undefined : readAhead(old, table, last, pace.chunkSize());
    await inTransaction(target, async (connection) => {
      await storeRows(connection, table, chunk.rows);
      await connection.query(
        `INSERT INTO legacy_move.progress AS p (tab, last_key, copied, total, done) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tab) DO UPDATE SET last_key = $2, copied = $3, total = $4, done = $5`,
        [table.name, last, copied, total, done],
      );
    });
    await pace.onChunk(table.name, copied, total, chunk.count);
  }
}

/** Its failure is met when it is awaited, or never, where storing failed before. */
function readAhead(...args: Parameters<typeof readChunk>): ReturnType<typeof readChunk> {
  const chunk = readChunk(...args);
  chunk.catch(() => undefined);
  return chunk;
}

async function countRows(old: OldSide, name: string): Promise<number> {
  const { rows } = await old.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${old.table(name)}`);
  return rows[0]?.n ?? 0;
}

const ROUNDS = 20;
/** So few keys are what a writer changes while we look; the cutover takes them under its lock. */
const NEAR = 100;

/** Settles what is marked and catches up with the queue until hardly anything is left in it: a writer that never rests is left to the cutover. */
export async function follow({ target, old, choices, pace }: Omit<Work, 'probe'>): Promise<void> {
  let written = 0;
  const settle = () =>
    settleAll(target, choices, pace.chunkSize(), async (step, done) => {
      written += done;
      await pace.onChunk(step, written, 0, done);
    });
  await settle();
  for (let round = 0; round < ROUNDS; round++) {
    const taken = await catchUp(target, old, pace.chunkSize());
    if (taken > 0) await settle();
    if (taken < Math.min(NEAR, pace.chunkSize())) return;
    await pace.onChunk('catch-up', taken, 0, taken);
  }
}
