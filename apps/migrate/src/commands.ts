// The commands of `pnpm migrate`, one function each: takes the context, prints, and returns the exit code.
import { Fault } from '@cei-inoe/shared/errors';
import { type Applied, applyMigrations } from './apply.ts';
import { compareBaseline, listBaseline, recordBaseline } from './baseline.ts';
import { type Context, type Database, hasDatabase, withDatabase, withLockedDatabase } from './context.ts';
import { assertSound, type Entry, findTrouble, listPending, readHistory } from './history.ts';
import { DROP_EVERYTHING, printBaseline, printDown, printFresh, printUp } from './print-sql.ts';
import { type DownOptions, listUndoable, undoMigrations } from './undo.ts';

const PENDING_EXIT = 3;

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;

/** The SQL without the newline that `print` adds. */
const printSql = (context: Context, sql: string): void => context.print(sql.trimEnd());

function reportDone(context: Context, key: 'applied' | 'undone', done: readonly Applied[]): void {
  if (context.options.json) context.print(JSON.stringify({ [key]: done }));
}

/** Applies what is pending; a line per migration. */
export async function runUp(context: Context): Promise<number> {
  if (context.options.sql) return runUpSql(context);
  // Most runs have nothing to do, and need no lock to see it.
  const isCurrent = await withDatabase(context, async ({ history }) => {
    assertSound(history);
    return listPending(history, context.migrations).length === 0;
  });
  if (isCurrent) sayCurrent(context);
  else await withLockedDatabase(context, (database) => applyPending(context, database));
  return 0;
}

async function runUpSql(context: Context): Promise<number> {
  const pending = hasDatabase(context)
    ? await withDatabase(context, async ({ history }) => {
        assertSound(history);
        return listPending(history, context.migrations);
      })
    : context.migrations;
  printSql(context, printUp(pending));
  return 0;
}

function sayCurrent(context: Context): void {
  context.say(`up to date: ${count(context.migrations.length, 'migration')} applied`);
  reportDone(context, 'applied', []);
}

async function applyPending(context: Context, { url, pool, history }: Database): Promise<void> {
  assertSound(history);
  const pending = listPending(history, context.migrations);
  if (pending.length === 0) return sayCurrent(context);
  const onApplied = ({ name, ms }: Applied) => context.say(`applied ${name} (${ms} ms)`);
  const done = await applyMigrations(url, pool, context.migrations, pending, onApplied);
  const ms = done.reduce((sum, one) => sum + one.ms, 0);
  context.say(`${count(done.length, 'migration')} applied in ${ms} ms`);
  reportDone(context, 'applied', done);
}

const describeEntry = ({ name, state, appliedAt }: Entry): string =>
  `${state.padEnd(8)} ${name}${appliedAt === null ? '' : `  ${appliedAt.toISOString()}`}`;

const reportEntry = (entry: Entry) => ({
  name: entry.name,
  state: entry.state,
  applied_at: entry.appliedAt?.toISOString() ?? null,
  recorded_checksum: entry.recorded,
  checksum: entry.checksum,
});

/** Shows each migration's state. Exit 0 up to date, 3 pending, 4 trouble. */
export async function runStatus(context: Context): Promise<number> {
  const history = await withDatabase(context, async (database) => database.history);
  const trouble = findTrouble(history);
  const pending = history.entries.filter((entry) => entry.state === 'pending').length;
  if (context.options.json) {
    const migrations = history.entries.map(reportEntry);
    const status = trouble === undefined ? (pending > 0 ? 'pending' : 'up_to_date') : 'trouble';
    context.print(JSON.stringify({ status, pending, trouble: trouble?.code ?? null, migrations }));
  } else for (const entry of history.entries) context.print(describeEntry(entry));
  // With --json the fault is part of the data already; its text is for people.
  if (trouble !== undefined) throw new Fault(trouble.code, trouble.message, { ...trouble, facts: { reported: true } });
  context.say(pending > 0 ? `${count(pending, 'migration')} pending: run \`pnpm migrate\`` : 'up to date');
  return pending > 0 ? PENDING_EXIT : 0;
}

/** Takes the last migrations back. */
export async function runDown(context: Context, options: DownOptions): Promise<number> {
  const choose = ({ history }: Database) => {
    assertSound(history);
    // Printing loses nothing.
    const allowDataLoss = options.allowDataLoss || context.options.sql === true;
    return listUndoable(history, context.migrations, { ...options, allowDataLoss });
  };
  if (context.options.sql) {
    printSql(context, printDown(await withDatabase(context, async (database) => choose(database))));
    return 0;
  }
  await withLockedDatabase(context, async (database) => {
    const onUndone = ({ name, ms }: Applied) => context.say(`undone ${name} (${ms} ms)`);
    const done = await undoMigrations(database.pool, choose(database), onUndone);
    context.say(done.length === 0 ? 'nothing to take back' : `${count(done.length, 'migration')} taken back`);
    reportDone(context, 'undone', done);
  });
  return 0;
}

/** Records the migrations up to `name` as applied, after comparing the catalog. */
export async function runBaseline(context: Context, name: string): Promise<number> {
  await withLockedDatabase(context, async ({ url, pool, history }) => {
    // That it has tables and no history is what a baseline is for.
    assertSound({ ...history, strangers: [] });
    const chosen = listBaseline(history, context.migrations, name);
    if (chosen.length > 0) await compareBaseline(url, pool, context.migrations, name);
    if (context.options.sql) return printSql(context, printBaseline(chosen));
    if (chosen.length > 0) await recordBaseline(pool, chosen);
    for (const migration of chosen) context.say(`recorded ${migration.name}`);
    if (chosen.length === 0) context.say(`${name} is recorded already`);
    if (context.options.json) context.print(JSON.stringify({ recorded: chosen.map((migration) => migration.name) }));
  });
  return 0;
}

/** Drops everything in the schema and applies every migration. */
export async function runFresh(context: Context, yes: boolean): Promise<number> {
  if (context.options.sql) {
    printSql(context, printFresh(context.migrations));
    return 0;
  }
  if (!yes)
    throw new Fault('usage', 'fresh drops every table with all data; say `fresh --yes` if that is what you want.');
  await withLockedDatabase(context, async ({ url, pool }) => {
    await pool.query('SET client_min_messages = warning');
    await pool.query(DROP_EVERYTHING);
    await pool.query('RESET client_min_messages');
    context.say('dropped everything');
    await applyPending(context, { url, pool, history: await readHistory(pool, context.migrations) });
  });
  return 0;
}
