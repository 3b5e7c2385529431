// Whether the database has what the migrations make, whole and valid. Reads only.
import { readFileSync } from 'node:fs';
import type { Pool } from '@cei-inoe/shared/database';
import { findTrouble, listPending, readHistory } from '../history.ts';
import { checkSchema } from '../legacy/verify-schema.ts';
import type { Migration } from '../migration-files.ts';
import type { Pool as Session } from '../session.ts';
import { type Check, expectNone, fail, pass } from './check.ts';

const CATALOG = readFileSync(new URL('../../../../db/schema/catalog.txt', import.meta.url), 'utf8');

/** Names of one kind of object in the committed dump of the schema. */
const listExpected = (kind: string): string[] =>
  [...CATALOG.matchAll(new RegExp(`^${kind} (.+?):(?: |$)`, 'gm'))].map((found) => found[1] ?? '');

const EXISTING = {
  table:
    "SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace",
  view: "SELECT relname AS name FROM pg_class WHERE relkind = 'v' AND relnamespace = current_schema()::regnamespace",
  index: `SELECT i.relname AS name FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    WHERE i.relnamespace = current_schema()::regnamespace AND x.indisvalid AND x.indisready`,
  constraint: `SELECT format('%s %s', c.relname, k.conname) AS name FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.connamespace = current_schema()::regnamespace AND k.convalidated`,
} as const;

const REMEDY = 'Restore a backup, or make what is named as db/schema/catalog.txt shows it.';

export async function checkMigrations(session: Session, migrations: readonly Migration[]): Promise<Check> {
  const history = await readHistory(session, migrations);
  const trouble = findTrouble(history);
  if (trouble !== undefined) return fail('migrations', `${trouble.code}: ${trouble.message}`, trouble.remedy);
  const pending = listPending(history, migrations).map(({ name }) => name);
  return expectNone(
    'migrations',
    pending.map((name) => `${name} is pending`),
    `${migrations.length} applied`,
    'Run `pnpm migrate`.',
  );
}

export async function checkObjects(pool: Pool): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [kind, sql] of Object.entries(EXISTING)) {
    const there = new Set((await pool.query<{ name: string }>(sql)).rows.map(({ name }) => name));
    const expected = listExpected(kind);
    const missing = expected.filter((name) => !there.has(name));
    const what = kind === 'constraint' ? 'there and validated' : kind === 'index' ? 'there and valid' : 'there';
    const plural = kind === 'index' ? 'indexes' : `${kind}s`;
    checks.push(
      expectNone(
        plural,
        missing.map((name) => `${name} is missing or not valid`),
        `${expected.length} ${what}`,
        REMEDY,
      ),
    );
  }
  return checks;
}

const AFTER: Readonly<Record<string, string>> = {
  constraints: 'ALTER TABLE … VALIDATE CONSTRAINT names the rows that break it; undo their batches.',
  identities: 'Set the sequence above the highest id: SELECT setval(…).',
  orphans: 'Restore a backup: rows without their batch or datasource have lost their lineage.',
};

/** Constraints that are ours or not, identities, and facts without a parent: the loader copies without row-by-row checks, so that this proves them. */
export async function checkRows(pool: Pool): Promise<Check[]> {
  const done = await checkSchema(pool);
  return done
    .filter(({ name }) => name !== 'constraints')
    .map(({ name, passed, detail }) => (passed ? pass(name, detail) : fail(name, detail, AFTER[name] ?? REMEDY)));
}
