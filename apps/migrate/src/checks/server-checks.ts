// Looks at the database server as the services need it: version, clock, settings, rights, and what is stuck. Changes nothing.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from '@cei-inoe/shared/database';
import { type Check, expectNone, fail, pass } from './check.ts';

const OLDEST = 150_000;
const MOST_SECONDS_APART = 2;
const ARCHIVE_SAMPLE = 1_000;

interface ServerRow {
  readonly number: number;
  readonly name: string;
  readonly encoding: string;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly max_connections: number;
  readonly in_recovery: boolean;
}

export async function checkVersion(pool: Pool): Promise<Check> {
  const { rows } = await pool.query<Pick<ServerRow, 'number' | 'name'>>(
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name",
  );
  const { number = 0, name = '' } = rows[0] ?? {};
  return number >= OLDEST ? pass('postgres', name) : fail('postgres', name, 'Move to PostgreSQL 15 or newer.');
}

export async function checkSettings(pool: Pool): Promise<Check> {
  const { rows } = await pool.query<ServerRow>(
    `SELECT getdatabaseencoding() AS encoding,
       current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
       current_setting('max_connections')::int AS max_connections, pg_is_in_recovery() AS in_recovery`,
  );
  const [server] = rows;
  if (server === undefined) throw new Error('the server answered nothing');
  const wrong = [
    ...(server.encoding === 'UTF8' ? [] : [`the encoding is ${server.encoding} and not UTF8`]),
    ...(server.fsync === 'on' ? [] : ['fsync is off: a power cut destroys the database']),
    ...(server.full_page_writes === 'on' ? [] : ['full_page_writes is off: a power cut may destroy pages']),
    ...(server.max_connections >= 30
      ? []
      : [`max_connections is ${server.max_connections}; the services take up to 25`]),
    ...(server.in_recovery ? ['it is a standby, which takes no writes'] : []),
  ];
  const remedy = 'Change it in postgresql.conf, or make the database anew.';
  return expectNone('settings', wrong, `UTF8, ${server.max_connections} connections`, remedy);
}

/** Half the time that the question took may be a difference that is none. */
export async function checkClock(pool: Pool): Promise<Check> {
  const before = Date.now();
  const { rows } = await pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const after = Date.now();
  const apart = Math.abs((rows[0]?.now.getTime() ?? 0) - (before + after) / 2) / 1_000 - (after - before) / 2_000;
  const detail = `${Math.max(apart, 0).toFixed(1)} s apart from that of the database`;
  if (apart <= MOST_SECONDS_APART) return pass('clock', detail);
  return fail('clock', detail, 'Let both machines take their time from a server (NTP).');
}

export async function checkRights(pool: Pool): Promise<Check> {
  const { rows } = await pool.query<{ wrong: string }>(
    `SELECT format('%s on %s', privilege, name) AS wrong
     FROM unnest(ARRAY['datasource', 'ingest_batch', 'fact_energy_hourly', 'environmental_metrics', 'dairy_production']) AS name,
       unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
     WHERE NOT has_table_privilege(current_user, name, privilege)
     UNION ALL SELECT 'SET session_replication_role' WHERE NOT has_parameter_privilege(current_user, 'session_replication_role', 'SET')`,
  );
  const user = (await pool.query<{ name: string }>('SELECT current_user AS name')).rows[0]?.name ?? '';
  const wrong = rows.map((row) => row.wrong);
  return expectNone(
    'rights',
    wrong,
    `${user} may read and write`,
    `Grant ${user} the role cei_ingestor (docs/deploy.md).`,
  );
}

/** Work that waits although nobody is at it, and work that died. */
export async function checkQueue(pool: Pool): Promise<Check> {
  const { rows } = await pool.query<{ old: number; dead: number; failed: number }>(
    `SELECT count(*) FILTER (WHERE status = 'pending' AND created_at < now() - interval '15 minutes')::int AS old,
       count(*) FILTER (WHERE status = 'processing' AND heartbeat_at < now() - interval '10 minutes')::int AS dead,
       count(*) FILTER (WHERE status = 'failed' AND completed_at > now() - interval '1 day')::int AS failed
     FROM ingest_batch`,
  );
  const { old = 0, dead = 0, failed = 0 } = rows[0] ?? {};
  const wrong = [
    ...(old > 0 ? [`${old} wait for over 15 minutes`] : []),
    ...(dead > 0 ? [`${dead} were begun by a worker that is silent`] : []),
  ];
  const remedy = 'Look whether the ingestor runs, and at its log; `pnpm batches list --status pending` lists them.';
  return expectNone('queue', wrong, `nothing is stuck; ${failed} failed since yesterday`, remedy);
}

/** Undo and replay read the files again. The youngest are looked for. */
export async function checkArchive(pool: Pool, dataDir: string): Promise<Check> {
  const { rows } = await pool.query<{ sha256: string }>(
    `SELECT file_sha256 AS sha256 FROM ingest_batch b WHERE status = 'completed' AND file_sha256 IS NOT NULL AND source_type <> 'legacy'
       AND NOT EXISTS (SELECT FROM pruned_file p WHERE p.file_sha256 = b.file_sha256)
     ORDER BY created_at DESC LIMIT ${ARCHIVE_SAMPLE}`,
  );
  const missing: string[] = [];
  for (const { sha256 } of rows) {
    await access(join(dataDir, 'archive', sha256.slice(0, 2), sha256)).catch(() =>
      missing.push(`${sha256.slice(0, 12)}…`),
    );
  }
  const remedy =
    'Bring archive/ back from a backup (docs/backup.md): without these files their loads cannot be undone or replayed.';
  return expectNone('archive', missing, `the files of the last ${rows.length} loads are there`, remedy);
}
