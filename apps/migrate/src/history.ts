// What the database says was applied, held against the folder of migrations. Reads only.
import { readFileSync } from 'node:fs';
import { Fault } from '@cei-inoe/shared/errors';
import { isUnedited, type Migration } from './migration-files.ts';
import type { Pool } from './session.ts';

const LIST_OBJECTS = readFileSync(new URL('../../../db/checks/objects.sql', import.meta.url), 'utf8');
const LIST_HISTORY = `
  SELECT migration_name AS name, checksum, started_at, finished_at FROM _prisma_migrations
  WHERE rolled_back_at IS NULL ORDER BY migration_name COLLATE "C", started_at`;

interface HistoryRow {
  readonly name: string;
  readonly checksum: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
}

/** `edited`: applied, but its text is another now. `missing`: applied, but not in the folder. `failed`: begun by another tool, never ended. */
export type State = 'applied' | 'pending' | 'edited' | 'missing' | 'failed';

export interface Entry {
  readonly name: string;
  readonly state: State;
  readonly appliedAt: Date | null;
  /** Recorded when it was applied. */
  readonly recorded: string | null;
  /** Of the file on disk. */
  readonly checksum: string | null;
}

export interface History {
  readonly entries: readonly Entry[];
  /** Names of what a database without history holds; empty where there is a history. */
  readonly strangers: readonly string[];
}

/** Reads the history and gives each migration, known or recorded, its state; oldest first. */
export async function readHistory(pool: Pool, migrations: readonly Migration[]): Promise<History> {
  const { rows: found } = await pool.query<{ exists: boolean }>(
    "SELECT to_regclass(format('%I._prisma_migrations', current_schema())) IS NOT NULL AS exists",
  );
  const rows = found[0]?.exists ? (await pool.query<HistoryRow>(LIST_HISTORY)).rows : [];
  const strangers = rows.length > 0 ? [] : (await pool.query<{ name: string }>(LIST_OBJECTS)).rows.map((r) => r.name);
  return { entries: judge(migrations, rows), strangers };
}

function judge(migrations: readonly Migration[], rows: readonly HistoryRow[]): Entry[] {
  const files = new Map(migrations.map((migration) => [migration.name, migration]));
  const records = new Map(rows.map((row) => [row.name, row]));
  const names = [...new Set([...files.keys(), ...records.keys()])].sort();
  return names.map((name) => judgeOne(name, files.get(name), records.get(name)));
}

function judgeOne(name: string, file: Migration | undefined, row: HistoryRow | undefined): Entry {
  const state = (): State => {
    if (row === undefined) return 'pending';
    if (row.finished_at === null) return 'failed';
    if (file === undefined) return 'missing';
    return isUnedited(file, row.checksum) ? 'applied' : 'edited';
  };
  return {
    name,
    state: state(),
    appliedAt: row?.finished_at ?? null,
    recorded: row?.checksum ?? null,
    checksum: file?.checksum ?? null,
  };
}

/** What must be put right before anything may change, or undefined. */
export function findTrouble({ entries, strangers }: History): Fault | undefined {
  const having = (state: State) => entries.filter((entry) => entry.state === state);
  const [edited, missing, failed] = [having('edited'), having('missing'), having('failed')];
  if (edited.length > 0) {
    const errors = edited.map((e) => ({ message: `${e.name}: applied with ${e.recorded}, on disk ${e.checksum}` }));
    return new Fault('migration_edited', `${listNames(edited)}.`, { errors });
  }
  if (missing.length > 0) return new Fault('migration_missing', `${listNames(missing)}.`);
  if (failed.length > 0) return new Fault('migration_unfinished', `${listNames(failed)}.`);
  if (strangers.length > 0) return new Fault('history_missing', `It holds ${strangers.join(', ')}.`);
  return undefined;
}

const listNames = (entries: readonly Entry[]): string => entries.map((entry) => entry.name).join(', ');

/** @throws Fault migration_edited, migration_missing, migration_unfinished, history_missing */
export function assertSound(history: History): void {
  const trouble = findTrouble(history);
  if (trouble !== undefined) throw trouble;
}

/** The migrations that are still to be applied, oldest first. */
export function listPending(history: History, migrations: readonly Migration[]): Migration[] {
  const pending = new Set(history.entries.filter((entry) => entry.state === 'pending').map((entry) => entry.name));
  return migrations.filter((migration) => pending.has(migration.name));
}
