// In the test: what must hold after a crash, asked of the database and the folders alone.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Change, type DroppedFile, formatHour, type Readings } from './kinds.ts';
import { type Lane, listPlaces } from './lane.ts';

export class Broken extends Error {}
const insist = (holds: boolean, message: string): void => {
  if (!holds) throw new Broken(message);
};
const same = (what: string, found: unknown, wanted: unknown): void =>
  insist(
    JSON.stringify(found) === JSON.stringify(wanted),
    `${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`,
  );

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const READINGS = `
  SELECT to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"') AS at, energy_kwh AS kwh, b.source_name AS file, source_row AS line
  FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id LEFT JOIN ingest_batch b USING (batch_id)
  WHERE d.external_id = $1 ORDER BY ts`;

const writeReadings = (readings: Readings): string =>
  [...readings]
    .sort(([a], [b]) => a - b)
    .map(([hour, { kwh, file, line }]) => `${formatHour(hour)} ${kwh} ${file} ${line}`)
    .join('\n');

async function readReadings(lane: Lane, meter: string): Promise<string> {
  const rows = await lane.query<{ at: string; kwh: number; file: string; line: number }>(READINGS, [meter]);
  return rows.map(({ at, kwh, file, line }) => `${at} ${kwh} ${file} ${line}`).join('\n');
}

/** The months of every meter are those that its readings have. */
const WRONG_MONTHS = `
  WITH wanted AS (
    SELECT datasource_id, date_trunc('month', ts AT TIME ZONE 'UTC')::date AS month, count(*)::int AS received, sum(energy_kwh) AS kwh,
           min(energy_kwh) AS low, max(energy_kwh) AS high
    FROM fact_energy_hourly WHERE datasource_id = $1 GROUP BY 1, 2
  ), stored AS (
    SELECT datasource_id, month, received, energy_kwh, energy_kwh_min, energy_kwh_max FROM fact_energy_hourly_month WHERE datasource_id = $1
  )
  (TABLE wanted EXCEPT TABLE stored) UNION ALL (TABLE stored EXCEPT TABLE wanted)`;

/** Right after the crash: all of the load is visible or nothing, and the file's bytes are somewhere. */
export async function verifyCrashed(lane: Lane, change: Change): Promise<void> {
  const found = await readReadings(lane, change.meter);
  const whole = [change.before, change.after, change.between ?? change.before].some(
    (each) => writeReadings(each) === found,
  );
  insist(whole, `part of a batch is visible:\n${found.slice(0, 2_000)}`);
  if (change.file === undefined) return;
  const places = await listPlaces(lane.dir, ['incoming', 'processed', 'rejected', 'spool']);
  const texts = await Promise.all(places.map((path) => readFile(path)));
  insist(
    texts.some((bytes, at) => bytes.equals(change.file!.content) && !places[at]!.endsWith('.part')),
    `the file is nowhere: ${places.join(' ')}`,
  );
}

export interface Allowance {
  /** Codes with which the load may have been reported failed. */
  readonly failures?: readonly string[];
}

/** At rest again. Returns whether the change was made; false where it was reported failed. */
export async function verifyRest(lane: Lane, change: Change, allowance: Allowance = {}): Promise<boolean> {
  const { meter, earlier, file, operation } = change;
  if (earlier !== undefined) await verifyFile(lane, change, earlier, {});
  const failed =
    (file !== undefined && (await verifyFile(lane, change, file, allowance))) ||
    (operation !== undefined && (await verifyOperation(lane, operation, allowance)));
  await verifyReadings(lane, meter, failed ? change.before : change.after);
  await verifySessions(lane);
  return !failed;
}

/** The readings of the meter, with their lines and files, and its months. */
export async function verifyReadings(lane: Lane, meter: string, readings: Readings): Promise<void> {
  const found = await readReadings(lane, meter);
  const wanted = writeReadings(readings);
  insist(found === wanted, `readings:\n${found.slice(0, 2_000)}\ninstead of\n${wanted.slice(0, 2_000)}`);
  const [source] = await lane.query<{ id: number }>('SELECT id FROM datasource WHERE external_id = $1', [meter]);
  same('months', await lane.query(WRONG_MONTHS, [source!.id]), []);
}

interface BatchRow {
  readonly batch_id: string;
  readonly status: string;
  readonly file_sha256: string;
  readonly error: { code: string } | null;
  readonly counts: object;
  readonly refused: number[];
  readonly history: number;
  readonly extents: number;
  readonly checks: number;
  readonly timings: number;
  readonly delivered: string;
}

const BATCH = `
  SELECT b.batch_id, b.status, b.file_sha256, b.error, b.context ->> 'delivered' AS delivered,
    json_build_object('read', records_read, 'inserted', records_inserted, 'updated', records_updated, 'unchanged', records_unchanged,
      'skipped', records_skipped, 'rejected', records_rejected) AS counts,
    ARRAY(SELECT line::int FROM ingest_rejection r WHERE r.batch_id = b.batch_id ORDER BY line) AS refused,
    (SELECT count(*)::int FROM fact_energy_hourly_history h WHERE h.closed_by = b.batch_id) AS history,
    (SELECT count(*)::int FROM ingest_batch_datasource e WHERE e.batch_id = b.batch_id) AS extents,
    (SELECT count(*)::int FROM data_quality_check q WHERE q.batch_id = b.batch_id AND check_type = 'file') AS checks,
    (SELECT count(*)::int FROM pipeline_execution p WHERE p.batch_id = b.batch_id) AS timings
  FROM ingest_batch b WHERE source_name = $1`;

/** Returns whether it was reported failed although it could have been loaded. */
async function verifyFile(lane: Lane, change: Change, file: DroppedFile, allowance: Allowance): Promise<boolean> {
  const batches = await lane.query<BatchRow>(BATCH, [file.name]);
  const [batch] = batches;
  const failed = batch?.status === 'failed' && (allowance.failures?.includes(batch.error?.code ?? '') ?? false);
  const status = failed ? 'failed' : file.status;
  const found = batches.map((each) => each.status);
  insist(
    found.join() === (status === 'no batch' ? '' : status),
    `batches: ${found.join()} instead of ${status}: ${JSON.stringify(batch?.error)}`,
  );
  if (batch !== undefined) await verifyArchive(lane, batch, file);
  if (status === 'completed') verifyCompleted(batch!, change, file);
  await verifyPlaces(lane, file, status, failed ? allowance.failures! : [file.code ?? ''], failed);
  return failed && file.status !== 'failed';
}

function verifyCompleted(batch: BatchRow, change: Change, { counts, refused = [] }: DroppedFile): void {
  same('counts', batch.counts, counts);
  same('refused lines', batch.refused, refused);
  same('history', batch.history, counts?.updated);
  same('extents, checks, timings', [batch.extents, batch.checks, batch.timings], [1, 1, 1]);
  insist(change.after.size > 0, 'a completed load has readings');
}

async function verifyArchive(lane: Lane, batch: BatchRow, file: DroppedFile): Promise<void> {
  const sha256 = hash(file.content);
  same('sha256', batch.file_sha256, sha256);
  same('archived', hash(await readFile(join(lane.dir, 'archive', sha256.slice(0, 2), sha256))), sha256);
}

/** The file lies in one place, under its name with a short id, with its report where it could not be loaded. */
async function verifyPlaces(
  lane: Lane,
  file: DroppedFile,
  status: string,
  codes: readonly string[],
  mayLeaveRejects: boolean,
): Promise<void> {
  const stem = file.name.replace(/\.\w+$/, '');
  const places = await listPlaces(lane.dir, ['incoming', 'processed', 'rejected', 'spool']);
  const mine = places
    .map((path) => path.slice(lane.dir.length + 1))
    .filter((path) => basename(path).startsWith(`${stem}.`));
  const loaded = status === 'completed' || status === 'duplicate';
  const rejects = mine.filter((path) => path.endsWith('.rejects.csv'));
  const reports = mine.filter((path) => path.endsWith('.error.json'));
  const originals = mine.filter((path) => !rejects.includes(path) && !reports.includes(path));
  same(
    'copies of the file',
    originals.map((path) => path.split('/')[0]),
    [loaded ? 'processed' : 'rejected'],
  );
  insist(
    (await readFile(join(lane.dir, originals[0]!))).equals(file.content),
    'the file that was moved on has other bytes',
  );
  same('reports', reports, loaded ? [] : [`${originals[0]}.error.json`]);
  for (const path of reports) {
    const { error } = JSON.parse(await readFile(join(lane.dir, path), 'utf8')) as { error: { code: string } };
    insist(codes.includes(error.code), `${path} says ${error.code}`);
  }
  const wanted = loaded && (file.refused ?? []).length > 0 ? 1 : 0;
  insist(
    rejects.length === wanted || (mayLeaveRejects && rejects.length <= 1),
    `files of refused rows: ${rejects.join(' ')}`,
  );
  for (const path of rejects) {
    const lines = (await readFile(join(lane.dir, path), 'utf8')).trimEnd().split('\n').slice(1);
    same(
      'lines of refused rows',
      lines.map((line) => Number(line.split(',').at(2))),
      file.refused,
    );
  }
}

async function verifyOperation(
  lane: Lane,
  operation: NonNullable<Change['operation']>,
  allowance: Allowance,
): Promise<boolean> {
  const [row] = await lane.query<{ status: string; operation: string; code: string | null; batch: string }>(
    `SELECT o.status, o.operation, o.result ->> 'code' AS code, b.status AS batch
     FROM batch_operation o JOIN ingest_batch b USING (batch_id) WHERE b.source_name = $1 ORDER BY o.id DESC LIMIT 1`,
    [operation.of],
  );
  const failed = row?.status === 'failed' && (allowance.failures?.includes(row.code ?? '') ?? false);
  const done = operation.name === 'undo' ? 'undone' : 'completed';
  const before = operation.name === 'undo' ? 'completed' : 'undone';
  same(
    'operation',
    { ...row, code: null },
    { status: failed ? 'failed' : 'completed', operation: operation.name, code: null, batch: failed ? before : done },
  );
  return failed;
}

/** One worker and three spare connections: that is the pool. A transaction may be open for a moment, never for long. */
async function verifySessions(lane: Lane): Promise<void> {
  const sessions = await lane.query<{ state: string; query: string; idle: boolean }>(
    `SELECT state, left(query, 80) AS query, state LIKE 'idle in transaction%' AND clock_timestamp() - state_change > interval '1 second' AS idle
     FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'cei-ingestor'`,
  );
  insist(sessions.length <= 4, `${sessions.length} sessions`);
  same(
    'sessions idle in transaction',
    sessions.filter((each) => each.idle),
    [],
  );
}
