// Runs every query of the Grafana dashboards as Grafana would, in a transaction that reads only. Draws nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { type Connection, inTransaction, type Pool } from '@cei-inoe/shared/database';
import { type Check, fail, pass } from './check.ts';
import { type Chosen, fillMacros, type Range } from './fill-macros.ts';

const FOLDER = new URL('../../../../grafana/dashboards/', import.meta.url);
const ROLE = 'cei_grafana';
const TIMEOUT_MS = 30_000;
const YEAR_MS = 366 * 86_400_000;

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query?: string | { readonly rawSql?: string; readonly query?: string };
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string | null;
  readonly current?: { readonly value?: string | readonly string[] };
  readonly options?: readonly { readonly value: string }[];
}

interface Panel {
  readonly title?: string;
  readonly targets?: readonly { readonly refId?: string; readonly rawSql?: string; readonly hide?: boolean }[];
  readonly panels?: readonly Panel[];
}

interface Dashboard {
  readonly panels?: readonly Panel[];
  readonly templating?: { readonly list?: readonly Variable[] };
  readonly annotations?: {
    readonly list?: readonly {
      readonly name?: string;
      readonly rawQuery?: string;
      readonly target?: { readonly rawSql?: string };
    }[];
  };
}

interface Query {
  readonly title: string;
  readonly sql: string;
}

/** A check per dashboard, and one per query that is not answered. */
export async function checkDashboards(pool: Pool, folder: URL = FOLDER): Promise<Check[]> {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (names.length === 0)
    return [fail('dashboards', 'grafana/dashboards holds none', 'Take the folder from the repository.')];
  return await inTransaction(pool, async (connection) => {
    await connection.query(`SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${TIMEOUT_MS}`);
    const role = await takeRole(connection);
    const checks: Check[] = [];
    for (const name of names) {
      const dashboard = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Dashboard;
      checks.push(...(await checkDashboard(connection, `dashboard ${name.replace(/\.json$/, '')}`, dashboard, role)));
    }
    return checks;
  });
}

/** As Grafana's own role, where we may: it sees less than we do. */
async function takeRole(connection: Connection): Promise<string> {
  const { rows } = await connection.query<{ may: boolean; me: string }>(
    `SELECT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = '${ROLE}' AND pg_has_role(current_user, r.oid, 'MEMBER')) AS may, current_user AS me`,
  );
  if (rows[0]?.may !== true) return rows[0]?.me ?? '';
  await connection.query(`SET LOCAL ROLE ${ROLE}`);
  return ROLE;
}

async function checkDashboard(
  connection: Connection,
  name: string,
  dashboard: Dashboard,
  role: string,
): Promise<Check[]> {
  const range: Range = { from: new Date(Date.now() - YEAR_MS), to: new Date() };
  const variables = new Map<string, Chosen>();
  const failures: Check[] = [];
  const answer = async (title: string, sql: string) => {
    try {
      return await runSaved(connection, fillMacros(sql, variables, range));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      failures.push(fail(name, `${title}: ${message}`, adviseOn((error as { code?: unknown }).code, role)));
      return [];
    }
  };
  for (const variable of dashboard.templating?.list ?? []) {
    const sql = findVariableSql(variable);
    const found = sql === undefined ? undefined : await answer(`variable ${variable.name}`, sql);
    variables.set(variable.name, fillVariable(variable, found));
  }
  const queries = listQueries(dashboard);
  for (const { title, sql } of queries) await answer(title, sql);
  return failures.length > 0 ? failures : [pass(name, `${queries.length} queries answered as ${role}`)];
}

/** By the SQLSTATE of the query. Source: PostgreSQL manual, appendix A. */
function adviseOn(code: unknown, role: string): string {
  if (code === '42P01' || code === '42703' || code === '42883')
    return 'What it reads is not in this database: `pnpm migrate` makes what is pending; else restore it, or take the dashboards of this version.';
  if (code === '42501') return `Grant ${role} what it lacks (docs/deploy.md).`;
  if (code === '57014')
    return 'It took too long: choose a shorter time, or see `pnpm diagnose` for tables that want a VACUUM or ANALYZE.';
  return 'Correct the query, or take the dashboards of this version (grafana/dashboards/).';
}

function findVariableSql({ type, query }: Variable): string | undefined {
  if (type !== 'query') return undefined;
  return typeof query === 'string' ? query : (query?.rawSql ?? query?.query);
}

/** Of a query every value is taken, or what the dashboard has chosen where only one may be; else what it offers. */
function fillVariable(variable: Variable, rows: readonly Record<string, unknown>[] | undefined): Chosen {
  const isList = variable.multi === true || variable.includeAll === true;
  if (variable.includeAll === true && variable.allValue) return variable.allValue;
  const isNamed = (value: string) => value !== '$__all';
  const chosen = [variable.current?.value ?? []].flat().filter(isNamed);
  const found = rows?.map((row) => String('__value' in row ? row.__value : Object.values(row)[0]));
  if (found !== undefined) {
    const one = chosen.find((value) => found.includes(value)) ?? found[0];
    return { values: isList ? found : one === undefined ? [] : [one], isList };
  }
  const offered = (variable.options ?? []).map(({ value }) => value).filter(isNamed);
  const typed = typeof variable.query === 'string' ? variable.query.split(',').map((value) => value.trim()) : [];
  return { values: [chosen, offered, typed].find((values) => values.length > 0) ?? [], isList };
}

function listQueries({ panels = [], annotations }: Dashboard): Query[] {
  const own = panels.flatMap((panel) => [
    ...(panel.targets ?? []).map(({ refId = '', rawSql }) => ({
      title: `${panel.title ?? 'a panel'} ${refId}`.trim(),
      sql: rawSql ?? '',
    })),
    ...listQueries({ panels: panel.panels ?? [] }),
  ]);
  const marks = (annotations?.list ?? []).map(({ name, rawQuery, target }) => ({
    title: `annotation ${name ?? ''}`,
    sql: rawQuery ?? target?.rawSql ?? '',
  }));
  return [...own, ...marks].filter(({ sql }) => sql.trim() !== '');
}

/** One query that fails must not end the transaction of the others. */
async function runSaved(connection: Connection, sql: string): Promise<Record<string, unknown>[]> {
  await connection.query('SAVEPOINT query');
  try {
    return (await connection.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await connection.query('ROLLBACK TO SAVEPOINT query; RELEASE SAVEPOINT query');
  }
}
