// The commands of `pnpm migrate:legacy` that switch and clean up, one function each: prints, and returns the exit code.
import { join } from 'node:path';
import { inTransaction } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { readSql } from '@cei-inoe/shared/sql';
import { archiveOldTables, dropOldTables } from './archive-old.ts';
import { keepReadOnly, stopCapture } from './capture.ts';
import { openWork } from './commands.ts';
import { type Context, withMoveLock } from './context.ts';
import { cutOver, rollBack } from './cutover.ts';
import { withLockRetries } from './lock-retries.ts';
import { stopReverse } from './reverse.ts';
import type { Work } from './run.ts';
import { verifyLive } from './verify-live.ts';
import { readSettings } from './workroom.ts';

const DEFAULT_REVERSE_DAYS = 14;

/** Verifies before the switch: green or no further; and once more after it, when nobody writes any longer. */
export async function cutover(context: Context): Promise<number> {
  return await withMoveLock(context, async () => {
    const work = await openWork(context);
    const { phase } = await readSettings(context.target);
    if (phase === 'copied') await assertVerified(work);
    const reverseDays = context.flags.reverseDays ?? DEFAULT_REVERSE_DAYS;
    const { waitedMs } = await cutOver(work, { reverseDays, oldRole: context.flags.oldRole });
    if (context.flags.json)
      context.print(JSON.stringify({ phase: 'cut_over', waited_ms: waitedMs, reverse_days: reverseDays }));
    context.say(
      `cut over: writers waited ${waitedMs} ms; the old tables are read-only; changes are kept for a rollback for ${reverseDays} days`,
    );
    context.say(
      `verified after the switch: ${await assertVerified(work, 'After the switch; `rollback` takes it back:')} checks agree`,
    );
    return 0;
  });
}

/** @returns how many checks agree. @throws Fault legacy_differs */
async function assertVerified(work: Work, when?: string): Promise<number> {
  const { passed, checks } = await verifyLive(work);
  if (passed) return checks.length;
  const errors = checks.filter((check) => !check.passed).map(({ name, detail }) => ({ field: name, message: detail }));
  throw new Fault('legacy_differs', when, { errors });
}

export async function rollback(context: Context): Promise<number> {
  return await withMoveLock(context, async () => {
    const { acceptOverflow, oldRole } = context.flags;
    const done = await rollBack(await openWork(context), { acceptOverflow: acceptOverflow === true, oldRole });
    if (context.flags.json) context.print(JSON.stringify({ phase: 'rolled_back', ...done }));
    context.say(
      `rolled back: ${done.replayed} readings replayed into the old tables, ${done.overflow} kept in rollback_overflow`,
    );
    return 0;
  });
}

/** Archives the old tables, and drops them where they were parked here; in a database of their own they stay, and refuse writers. */
export async function finish(context: Context): Promise<number> {
  return await withMoveLock(context, async () => {
    const { phase, reverse_until } = await readSettings(context.target);
    if (phase !== 'cut_over')
      throw new Fault('legacy_phase', `The phase is ${phase}: \`cutover\` comes before finish.`);
    const isOn = reverse_until !== null && reverse_until > new Date() && context.flags.endReverse !== true;
    if (isOn) {
      throw new Fault(
        'legacy_phase',
        `A rollback is possible until ${reverse_until.toISOString()}; --end-reverse gives that up.`,
      );
    }
    if (context.flags.yes !== true)
      throw new Fault('usage', 'finish drops the old tables after archiving them; say `finish --yes`.');
    const work = await openWork(context);
    const dir = context.flags.report ?? join(context.dataDir, 'legacy-move');
    const archived = await archiveOldTables(work.old, work.probe.tables, dir);
    const dropped = work.old.park;
    if (!dropped) await keepReadOnly(work.old, work.probe.tables);
    // At once: were the old tables gone and the workroom not, neither finish nor anything else could go on from there.
    await withLockRetries('the old or the new tables', () =>
      inTransaction(context.target, async (connection) => {
        await connection.query("SET LOCAL lock_timeout = '500ms'");
        await stopReverse(connection);
        if (dropped) await dropOldTables(connection, work.old);
        await connection.query('DROP SCHEMA legacy_move CASCADE');
      }),
    );
    if (context.flags.json) context.print(JSON.stringify({ phase: 'finished', archived, dropped }));
    const end = dropped ? 'the old tables are dropped' : 'the old database stays read-only, for you to drop';
    context.say(`finished: ${archived.rows} rows archived in ${archived.path}; ${end}`);
    return 0;
  });
}

/** Gives a move up before the switch: takes everything off the old side again; readings that were copied stay only if asked for by a new run. */
export async function abort(context: Context): Promise<number> {
  return await withMoveLock(context, async () => {
    const { phase, was_moved: wasMoved } = await readSettings(context.target);
    if (phase === 'cut_over') throw new Fault('legacy_phase', 'The switch was made: `rollback` comes before abort.');
    const { probe } = await openWork(context);
    // What an earlier move of the same files brought here stays, and its old tables stay read-only.
    await (wasMoved ? keepReadOnly : stopCapture)(context.old, probe.tables);
    const removed = wasMoved ? 0 : await removeCopied(context);
    await withLockRetries('the new tables', () =>
      inTransaction(context.target, async (connection) => {
        await connection.query("SET LOCAL lock_timeout = '500ms'");
        await stopReverse(connection);
        await connection.query('DROP SCHEMA legacy_move CASCADE');
      }),
    );
    if (context.flags.json) context.print(JSON.stringify({ phase: 'aborted', removed }));
    // Their names in `public` are the new tables' now.
    const end = context.old.park
      ? `the old tables stay in the schema ${context.old.schema}, as the new ones have their names in public`
      : 'the old database is as before';
    context.say(`aborted: ${removed} copied readings removed; ${end}`);
    return 0;
  });
}

/** What this move wrote, and the sources it made that nothing else has come to use. */
async function removeCopied({ target }: Context): Promise<number> {
  let removed = 0;
  for (const table of ['fact_energy_hourly', 'fact_energy_daily', 'environmental_metrics', 'dairy_production']) {
    removed += (await target.query(`DELETE FROM ${table} WHERE batch_id IN (${OWN_BATCHES})`)).rowCount ?? 0;
  }
  await target.query(
    "SELECT refresh_energy_months(datasource_id, '-infinity', 'infinity') FROM legacy_move.source WHERE datasource_id IS NOT NULL",
  );
  await target.query(
    "DELETE FROM pipeline_execution WHERE id IN (SELECT id FROM legacy_move.log_id WHERE tab = 'pipeline_execution')",
  );
  await target.query(
    "DELETE FROM data_quality_check WHERE id IN (SELECT id FROM legacy_move.log_id WHERE tab = 'data_quality_checks')",
  );
  await target.query(`DELETE FROM ingest_batch WHERE batch_id IN (${OWN_BATCHES})`);
  await target.query(readSql('legacy/remove-sources.sql'));
  return removed;
}

const OWN_BATCHES =
  "SELECT b.batch_id FROM ingest_batch b JOIN legacy_move.own_batch USING (batch_id) WHERE b.source_type = 'legacy'";
