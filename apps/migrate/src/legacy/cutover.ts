// `cutover` and `rollback`: switch from the old tables to the new ones and back. Both are one transaction on each side, and can be run again.
import { type Connection, inTransaction } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { quoteName } from '@cei-inoe/shared/sql';
import { catchUpOn } from './catch-up.ts';
import { createCompat } from './compat.ts';
import { withLockRetries } from './lock-retries.ts';
import type { OldSide } from './old-side.ts';
import { pauseReverse, replayReverse, startReverse } from './reverse.ts';
import { follow, type Work } from './run.ts';
import { settleOn } from './settle-all.ts';
import { readSettings, setPhase } from './workroom.ts';
import { writeTallies } from './write-target.ts';

export interface Switched {
  /** How long writers of the old tables may have waited. */
  readonly waitedMs: number;
}

export interface CutoverOptions {
  readonly reverseDays: number;
  /** The role of the old ingestor, whose search_path follows the data where the old tables were parked. */
  readonly oldRole: string | undefined;
}

const LOCK_TIMEOUT = '500ms';

/** @throws Fault legacy_phase, legacy_blocked, legacy_differs */
export async function cutOver(work: Work, options: CutoverOptions): Promise<Switched> {
  const { target, old, probe } = work;
  const { phase } = await readSettings(target);
  if (phase !== 'copied' && phase !== 'cut_over') {
    throw new Fault('legacy_phase', `The phase is ${phase}: \`run\` comes before the cutover.`);
  }
  await follow(work);
  await createCompat(target);
  let waitedMs = 0;
  await withLockRetries('the old or the new tables', () =>
    inTransaction(old.pool, async (source) => {
      await source.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      const sinceMs = Date.now();
      // Writers wait from here; readers never do.
      await source.query(`LOCK TABLE ${listTables(old, probe.tables)} IN SHARE ROW EXCLUSIVE MODE`);
      await inTransaction(target, (connection) => drainAndSwitch(source, connection, work, options));
      await switchOldSide(source, old, probe.tables, options.oldRole);
      waitedMs = Date.now() - sinceMs;
    }),
  );
  await inTransaction(target, writeTallies);
  return { waitedMs };
}

const listTables = (old: OldSide, tables: readonly string[]): string =>
  tables.map((name) => old.table(name)).join(', ');

async function drainAndSwitch(
  source: Connection,
  target: Connection,
  { old, probe, choices }: Work,
  options: CutoverOptions,
): Promise<void> {
  await target.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
  while ((await catchUpOn(source, target, old, 20_000)) > 0);
  await settleOn(target, choices);
  await assertSameCounts(source, target, old, probe.tables);
  await startReverse(target);
  await target.query(
    `UPDATE legacy_move.settings SET phase = 'cut_over', cut_over_at = coalesce(cut_over_at, now()), reverse_until = now() + make_interval(days => $1)`,
    [options.reverseDays],
  );
}

/** The last check, under the lock: nothing is missing and nothing too much. */
async function assertSameCounts(
  source: Connection,
  target: Connection,
  old: OldSide,
  tables: readonly string[],
): Promise<void> {
  const { rows } = await target.query<{ tab: string; n: number }>(
    'SELECT tab, count(*)::int AS n FROM legacy_move.ledger WHERE NOT gone AND outcome IS NOT NULL GROUP BY tab',
  );
  const ledger = new Map(rows.map(({ tab, n }) => [tab, n]));
  const union = tables
    .map((name) => `SELECT '${name}' AS tab, count(*)::int AS n FROM ${old.table(name)}`)
    .join(' UNION ALL ');
  const { rows: there } = await source.query<{ tab: string; n: number }>(union);
  const errors = there
    .filter(({ tab, n }) => n !== (ledger.get(tab) ?? 0))
    .map(({ tab, n }) => ({ field: tab, message: `${n} rows there, ${ledger.get(tab) ?? 0} accounted for` }));
  if (errors.length > 0) throw new Fault('legacy_differs', 'At the last check:', { errors });
}

async function switchOldSide(
  source: Connection,
  old: OldSide,
  tables: readonly string[],
  oldRole: string | undefined,
): Promise<void> {
  for (const name of tables) await source.query(old.sql('read-only.sql', { table: old.table(name) }));
  if (!old.park || oldRole === undefined) return;
  await setSearchPath(source, oldRole, 'compat, public');
  // Rights to write end in the triggers' sentence; without them it would be a bare "permission denied".
  await source.query(`GRANT USAGE ON SCHEMA compat TO ${quoteName(oldRole)}`);
  await source.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA compat TO ${quoteName(oldRole)}`);
}

/** Sessions that are open already keep their path; the old ingestor is started anew. */
export async function setSearchPath(source: Connection, oldRole: string | undefined, path: string): Promise<void> {
  if (oldRole === undefined) return;
  const { rows } = await source.query<{ name: string; me: string }>(
    'SELECT current_database() AS name, current_user AS me',
  );
  if (rows[0]?.me === oldRole) {
    throw new Fault(
      'usage',
      `The old and the new services share the role ${oldRole}: give the new ones a role of their own.`,
    );
  }
  await source.query(
    `ALTER ROLE ${quoteName(oldRole)} IN DATABASE ${quoteName(rows[0]?.name ?? '')} SET search_path = ${path}`,
  );
}

export interface RollbackOptions {
  readonly acceptOverflow: boolean;
  readonly oldRole: string | undefined;
}

export interface RolledBack {
  readonly replayed: number;
  readonly overflow: number;
}

/**
 * Replays what the new system wrote since the cutover into the old tables, and makes those writable again.
 * @throws Fault legacy_phase, legacy_overflow, legacy_blocked
 */
export async function rollBack({ target, old, probe }: Work, options: RollbackOptions): Promise<RolledBack> {
  const { phase } = await readSettings(target);
  if (phase !== 'cut_over') throw new Fault('legacy_phase', `The phase is ${phase}: there is no cutover to take back.`);
  return await withLockRetries('the old or the new tables', () =>
    inTransaction(target, async (connection) => {
      await connection.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      await connection.query(
        'LOCK TABLE fact_energy_hourly, fact_energy_daily, environmental_metrics, dairy_production IN SHARE ROW EXCLUSIVE MODE',
      );
      return await inTransaction(old.pool, async (source) => {
        await source.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
        const done = await replayReverse(source, connection, old, probe.tables);
        if (done.overflow > 0 && !options.acceptOverflow) {
          throw new Fault('legacy_overflow', `${done.overflow} readings.`, { facts: { overflow: done.overflow } });
        }
        // Dropping them would wait for readers, and keep all others waiting behind; the next cutover puts them on again.
        for (const name of probe.tables) {
          const triggers = 'DISABLE TRIGGER legacy_capture_read_only, DISABLE TRIGGER legacy_capture_no_truncate';
          await source.query(`ALTER TABLE ${old.table(name)} ${triggers}`);
        }
        if (old.park) await setSearchPath(source, options.oldRole, old.schema);
        await pauseReverse(connection);
        await setPhase(connection, 'rolled_back');
        return done;
      });
    }),
  );
}
