// Whether PostgreSQL cleans up behind the loads: autovacuum, dead rows, statistics for its planner, bloat. Reads only.
import type { Pool } from '@cei-inoe/shared/database';
import { readSql } from '@cei-inoe/shared/sql';
import { type Check, expectNone } from './check.ts';

export interface TableState {
  readonly name: string;
  readonly live: number;
  readonly dead: number;
  readonly never_analysed: boolean;
  readonly opted_out: boolean;
  readonly bytes: number;
  readonly needed: number | null;
}

export interface ServerState {
  readonly autovacuum: string;
  /** Counts of rows are what autovacuum goes by. */
  readonly track_counts: string;
  /** Transactions since the oldest row was frozen; at two thousand million the server stops. */
  readonly xid_age: number;
  /** Loads have been there for an hour: autovacuum has had its time. */
  readonly settled: boolean;
}

const SERVER = `
  SELECT current_setting('autovacuum') AS autovacuum, current_setting('track_counts') AS track_counts,
    (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()) AS xid_age,
    EXISTS (SELECT FROM ingest_batch WHERE applied_at < now() - interval '1 hour') AS settled`;

const MOST_XIDS = 1_000_000_000;
const DEAD_ROWS = 10_000;
const DEAD_SHARE = 0.3;
const SMALL_ROWS = 10_000;
const BLOAT_BYTES = 64 * 1024 ** 2;
const BLOAT_TIMES = 3;

const mib = (bytes: number): string => `${Math.round(bytes / 1024 ** 2).toLocaleString('en-US')} MiB`;
const rows = (count: number): string => count.toLocaleString('en-US');

export async function checkVacuum(pool: Pool): Promise<Check[]> {
  const [server] = (await pool.query<ServerState>(SERVER)).rows;
  if (server === undefined) throw new Error('the server answered nothing');
  const { rows: tables } = await pool.query<TableState>(readSql('checks/vacuum.sql'));
  return judgeTables(server, tables);
}

/** What the numbers mean. Each table that is named comes with the number that it is named for. */
export function judgeTables(server: ServerState, tables: readonly TableState[]): Check[] {
  return [judgeAutovacuum(server, tables), judgeDead(tables), judgeStatistics(server, tables), judgeBloat(tables)];
}

function judgeAutovacuum(server: ServerState, tables: readonly TableState[]): Check {
  const wrong = [
    ...(server.autovacuum === 'on' ? [] : ['autovacuum is off']),
    ...(server.track_counts === 'on' ? [] : ['track_counts is off, so that autovacuum sees nothing to do']),
    ...tables.filter((each) => each.opted_out).map(({ name }) => `${name} is taken out of it`),
    ...(server.xid_age > MOST_XIDS ? [`the oldest rows are ${rows(server.xid_age)} transactions old`] : []),
  ];
  const remedy =
    'ALTER SYSTEM SET autovacuum = on; ALTER TABLE … RESET (autovacuum_enabled); SELECT pg_reload_conf(); then VACUUM (FREEZE) what is old.';
  return expectNone('autovacuum', wrong, 'on', remedy);
}

function judgeDead(tables: readonly TableState[]): Check {
  const wrong = tables
    .filter(({ live, dead }) => dead > DEAD_ROWS && dead > DEAD_SHARE * live)
    .map(({ name, live, dead }) => `${name} has ${rows(dead)} dead rows beside ${rows(live)}`);
  const remedy =
    'VACUUM (ANALYZE) what is named. If they come again, look for a transaction that never ends (pg_stat_activity, the oldest xact_start).';
  return expectNone('dead rows', wrong, 'few', remedy);
}

function judgeStatistics({ settled }: ServerState, tables: readonly TableState[]): Check {
  const wrong = tables
    .filter(({ never_analysed: never, live }) => settled && never && live > SMALL_ROWS)
    .map(({ name, live }) => `${name} (${rows(live)} rows) was never analysed`);
  return expectNone('statistics', wrong, 'there', 'ANALYZE what is named: queries are planned blindly until then.');
}

function judgeBloat(tables: readonly TableState[]): Check {
  const wrong = tables
    .filter(({ bytes, needed }) => needed !== null && bytes > BLOAT_BYTES && bytes > BLOAT_TIMES * needed)
    .map(({ name, bytes, needed }) => `${name} takes ${mib(bytes)} for about ${mib(needed ?? 0)} of rows`);
  const remedy =
    'New rows will fill the room. To give it back at once: VACUUM (FULL, ANALYZE) what is named, in a quiet hour, as nobody can read the table meanwhile.';
  return expectNone('bloat', wrong, 'none to speak of', remedy);
}
