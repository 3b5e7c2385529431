// `verify`: holds the old database against the new one, by an independent path, and lists every difference down to the row. Changes nothing.
import type { Pool } from '@cei-inoe/shared/database';
import { DATASET_NAMES, DATASETS, type DatasetName } from '@cei-inoe/shared/datasets';
import type { OldSide, Queryable } from './old-side.ts';
import { type Decisions, makeParameters, printByMonth, sumByDay, writeExpected, writeFound } from './verify-rows.ts';
import { type Check, checkSchema } from './verify-schema.ts';

export interface Difference {
  readonly dataset: DatasetName;
  readonly source: string;
  readonly at: string;
  readonly old: string | null;
  readonly new: string | null;
}

export interface Verification {
  readonly passed: boolean;
  readonly checks: readonly Check[];
  readonly differences: readonly Difference[];
}

export const MOST_DIFFERENCES = 10_000;

/** What is compared, as a person decided it; `source` reads the old tables, from one snapshot, and has bringGone's table. */
export interface Sides {
  readonly target: Pool;
  readonly source: Queryable;
  readonly old: OldSide;
  readonly tables: readonly string[];
  readonly decisions: Decisions;
}

export async function verifyMove(sides: Sides): Promise<Verification> {
  const { target, tables } = sides;
  const checks: Check[] = [...(await checkConservation(sides)), ...(await checkFacts(target))];
  const differences: Difference[] = [];
  for (const dataset of DATASET_NAMES) {
    if (!tables.includes(DATASETS[dataset].table)) continue;
    const found = await compareDataset(sides, dataset);
    checks.push(...found.checks);
    differences.push(...found.differences.slice(0, MOST_DIFFERENCES - differences.length));
  }
  checks.push(...(await checkSchema(target)));
  return { passed: checks.every(({ passed }) => passed), checks, differences };
}

/** Every row of every old table is in the ledger, as exactly one of migrated and rejected. */
async function checkConservation({ target, source, old, tables }: Sides): Promise<Check[]> {
  const { rows } = await target.query<{ tab: string; n: number; moved: number; refused: number; gone: number }>(
    `SELECT tab, count(*) FILTER (WHERE NOT gone)::int AS n, count(*) FILTER (WHERE NOT gone AND outcome = 'migrated')::int AS moved,
       count(*) FILTER (WHERE NOT gone AND outcome = 'rejected' AND reason IS NOT NULL)::int AS refused, count(*) FILTER (WHERE gone)::int AS gone
     FROM legacy_move.ledger GROUP BY tab`,
  );
  const ledger = new Map(rows.map((row) => [row.tab, row]));
  const checks: Check[] = [];
  for (const name of tables) {
    const { rows: counted } = await source.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${old.table(name)}`);
    const there = counted[0]?.n ?? 0;
    const { moved, refused } = ledger.get(name) ?? { moved: 0, refused: 0 };
    const detail = `${there} = ${moved} migrated + ${refused} rejected`;
    checks.push({ name: `conservation ${name}`, passed: there === moved + refused, detail });
  }
  return checks;
}

/** What the ledger calls migrated stands in the fact tables, and nothing else of its batches does. */
async function checkFacts(target: Pool): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { name, table, time, timeKind } of Object.values(DATASETS)) {
    const { rows } = await target.query<{ said: number; found: number }>(
      `SELECT (SELECT count(*)::int FROM legacy_move.reading WHERE dataset = $1 AND outcome = 'migrated' AND fault IS NULL) AS said,
         (SELECT count(*)::int FROM "${table}" f JOIN ingest_batch b USING (batch_id) WHERE b.batch_id IN (SELECT batch_id FROM legacy_move.own_batch)
            AND NOT EXISTS (SELECT FROM legacy_move.rollback_overflow x WHERE x.dataset = $1 AND x.datasource_id = f.datasource_id
              AND x.at = ${timeKind === 'day' ? `f."${time}"::timestamp AT TIME ZONE 'UTC'` : `f."${time}"`})) AS found`,
      [name],
    );
    const { said = 0, found = 0 } = rows[0] ?? {};
    checks.push({
      name: `rows of ${table}`,
      passed: said === found,
      detail: `${said} migrated or recovered, ${found} there`,
    });
  }
  return checks;
}

/** A month of one source has at most some 45,000 readings. */
const MOST_MONTHS = 100;
const quoteText = (text: unknown): string => `'${String(text).replaceAll("'", "''")}'`;

type Row = Readonly<Record<string, unknown>>;

async function compareDataset({ target, source, old, tables, decisions }: Sides, dataset: DatasetName) {
  const values = makeParameters(decisions);
  const expected = writeExpected(dataset, old, tables);
  const found = writeFound(dataset);
  // Both sides name only what they take: unused parameters have no type of their own.
  const ask = async (sql: (rows: string) => string): Promise<[Row[], Row[]]> => {
    const [a, b] = await Promise.all([source.query<Row>(sql(useAll(expected)), values), target.query<Row>(sql(found))]);
    return [a.rows, b.rows];
  };
  const [oldDays, newDays] = await ask(sumByDay);
  const [oldMonths, newMonths] = await ask(printByMonth);
  const days = listUnequal(oldDays, newDays, ['folded', 'day']);
  const months = listUnequal(oldMonths, newMonths, ['folded', 'month']);
  const checks: Check[] = [
    {
      name: `${dataset} by source and day`,
      passed: days.length === 0,
      detail: `${oldDays.length} days, ${days.length} differ`,
    },
    {
      name: `${dataset} by content`,
      passed: months.length === 0,
      detail: `${oldMonths.length} source months, ${months.length} differ`,
    },
  ];
  const differences: Difference[] = [];
  const suspects = months.slice(0, MOST_MONTHS);
  if (suspects.length > 0) {
    const list = suspects.map(({ folded, month }) => `(${quoteText(folded)}, ${quoteText(month)})`).join(', ');
    const inMonths = (rows: string) =>
      `SELECT folded, at::text, said FROM (${rows}) AS r WHERE (folded, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM')) IN (${list}) ORDER BY folded, at`;
    const [a, b] = await ask(inMonths);
    differences.push(...listDifferences(dataset, a, b));
  }
  return { checks, differences };
}

/** A query that does not speak of all six values must still give each a type. */
const useAll = (rows: string): string =>
  `SELECT r.* FROM (${rows}) AS r WHERE ($1::timestamptz, $2::timestamptz, $3::jsonb, $4::jsonb, $5::jsonb, $6::timestamptz) IS NOT NULL`;

function listUnequal(a: readonly Row[], b: readonly Row[], keys: readonly string[]): Row[] {
  const keyOf = (row: Row) => keys.map((key) => row[key]).join('\n');
  const others = new Map(b.map((row) => [keyOf(row), row]));
  const unequal = a.filter((row) => JSON.stringify(others.get(keyOf(row))) !== JSON.stringify(row));
  const known = new Set(a.map(keyOf));
  return [...unequal, ...b.filter((row) => !known.has(keyOf(row)))];
}

function listDifferences(dataset: DatasetName, a: readonly Row[], b: readonly Row[]): Difference[] {
  const keyOf = (row: Row) => `${row.folded}\n${row.at}`;
  const there = new Map(b.map((row) => [keyOf(row), row]));
  const here = new Set(a.map(keyOf));
  const make = (row: Row, was: unknown, is: unknown): Difference => ({
    dataset,
    source: String(row.folded),
    at: String(row.at),
    old: was === undefined ? null : String(was),
    new: is === undefined ? null : String(is),
  });
  return [
    ...a
      .filter((row) => there.get(keyOf(row))?.said !== row.said)
      .map((row) => make(row, row.said, there.get(keyOf(row))?.said)),
    ...b.filter((row) => !here.has(keyOf(row))).map((row) => make(row, undefined, row.said)),
  ];
}
