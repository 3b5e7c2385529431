// Takes applied migrations back by their down.sql, each in one transaction with its record. Decides nothing about the lock.
import { performance } from 'node:perf_hooks';
import { Fault } from '@cei-inoe/shared/errors';
import { type Applied, makeScriptFault } from './apply.ts';
import type { History } from './history.ts';
import { findMigration, type Migration } from './migration-files.ts';
import { inSessionTransaction, type Pool } from './session.ts';

export interface DownOptions {
  /** How many of the last applied ones; with `to`, all that came after it. */
  readonly count: number;
  readonly to?: string | undefined;
  readonly allowDataLoss: boolean;
}

export const FORGET = 'DELETE FROM _prisma_migrations WHERE migration_name = $1';

/**
 * The migrations to take back, newest first.
 * @throws Fault migration_unknown (`to` is not applied), down_missing, data_loss
 */
export function listUndoable(history: History, migrations: readonly Migration[], options: DownOptions): Migration[] {
  const applied = history.entries.filter((entry) => entry.state === 'applied').map((entry) => entry.name);
  if (options.to !== undefined && !applied.includes(options.to)) {
    throw new Fault('migration_unknown', `${options.to} is not applied.`);
  }
  const first = options.to === undefined ? applied.length - options.count : applied.indexOf(options.to) + 1;
  const chosen = applied
    .slice(Math.max(0, first))
    .reverse()
    .map((name) => findMigration(migrations, name));
  refuseMissing(chosen);
  if (!options.allowDataLoss) refuseLoss(chosen);
  return chosen;
}

function refuseMissing(chosen: readonly Migration[]): void {
  const without = chosen.filter((migration) => migration.downSql === undefined);
  if (without.length > 0) throw new Fault('down_missing', `${without.map(({ name }) => name).join(', ')}.`);
}

function refuseLoss(chosen: readonly Migration[]): void {
  const losing = chosen.filter((migration) => dropsData(migration.downSql ?? ''));
  if (losing.length === 0) return;
  throw new Fault('data_loss', `${losing.map(({ name }) => name).join(', ')}.`);
}

const COMMENTS = /--[^\n]*|\/\*[\s\S]*?\*\//g;
const LOSSES = /\b(?:truncate|delete\s+from|drop\s+(?:table|column|schema|owned|database|materialized\s+view))\b/i;
/** COLUMN is optional after ALTER TABLE … DROP. */
const DROPPED_COLUMN =
  /\balter\s+table\b[^;]*\bdrop\s+(?!constraint\b|default\b|not\s+null\b|identity\b|expression\b)/i;

/** `-- derived: a, b` in a down.sql names tables that are made from others, and made again when the migration is applied again. */
const DERIVED = /^-- derived: (.+)$/gim;

/** Whether a script removes rows or columns, judged by its words: it may say so of an empty table too. */
export function dropsData(sql: string): boolean {
  const derived = [...sql.matchAll(DERIVED)].flatMap(([, names = '']) => names.split(',').map((name) => name.trim()));
  const bare = derived.reduce((text, name) => text.replaceAll(`DROP TABLE "${name}"`, ' '), sql.replace(COMMENTS, ' '));
  return LOSSES.test(bare) || DROPPED_COLUMN.test(bare);
}

/** @throws Fault migration_failed */
export async function undoMigrations(
  pool: Pool,
  chosen: readonly Migration[],
  onUndone: (undone: Applied) => void,
): Promise<Applied[]> {
  const done: Applied[] = [];
  for (const migration of chosen) {
    const start = performance.now();
    await inSessionTransaction(pool, async () => {
      await pool.query(migration.downSql ?? '').catch((error: unknown) => {
        throw makeScriptFault(migration, error, 'down.sql');
      });
      await pool.query(FORGET, [migration.name]);
    });
    const undone = { name: migration.name, ms: Math.round(performance.now() - start) };
    done.push(undone);
    onUndone(undone);
  }
  return done;
}
