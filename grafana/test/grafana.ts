// Reads dashboards as Grafana does: interpolates variables and expands the macros of its PostgreSQL data source.
import { readdirSync, readFileSync } from 'node:fs';

export const GRAFANA = new URL('../', import.meta.url);

export interface GrafanaPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly rawSql: string; readonly format: 'time_series' | 'table' }[];
  readonly options: {
    readonly xField?: string;
    readonly series?: readonly Record<'x' | 'y', { matcher: { options: string } }>[];
  };
  readonly fieldConfig: { readonly overrides: readonly { readonly matcher: { readonly options: string } }[] };
  readonly transformations?: readonly { readonly options: { readonly fields: readonly string[] } }[];
}

export interface GrafanaVariable {
  readonly name: string;
  readonly query: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly datasource: { readonly uid: string };
  readonly current: { readonly value: string | readonly string[] };
}

export interface GrafanaDashboard {
  readonly uid: string;
  readonly panels: readonly GrafanaPanel[];
  readonly templating: { readonly list: readonly GrafanaVariable[] };
}

export const FILES = readdirSync(new URL('dashboards/', GRAFANA)).sort();
export const readText = (path: string): string => readFileSync(new URL(path, GRAFANA), 'utf8');
export const DASHBOARDS: ReadonlyMap<string, GrafanaDashboard> = new Map(
  FILES.map((file) => [file.replace('.json', ''), JSON.parse(readText(`dashboards/${file}`)) as GrafanaDashboard]),
);

export interface View {
  /** RFC 3339, UTC */
  readonly from: string;
  readonly to: string;
  /** A list for a variable with several values; ['$__all'] is "All". */
  readonly values: Readonly<Record<string, string | readonly string[]>>;
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * `${name:sqlstring}`: values in single quotes, quotes in them doubled, joined by commas. "All" of a variable with an own value for
 * it becomes that value as it stands. Grafana's documentation: Variable syntax, SQL string format; Add variables, Custom all value.
 */
export function interpolate(sql: string, variables: readonly GrafanaVariable[], { values }: View): string {
  const filled = sql.replace(/\$\{(\w+)(?::(\w+))?\}|\$(?!__)(\w+)/g, (whole, name: string, format: string) => {
    const variable = variables.find((one) => one.name === name);
    if (variable === undefined || format !== 'sqlstring') throw new TypeError(`${whole} is not known here`);
    const chosen = values[name] ?? variable.current.value;
    const list = typeof chosen === 'string' ? [chosen] : chosen;
    if (list.includes('$__all') && variable.allValue !== undefined) return variable.allValue;
    return list.map(quote).join(',');
  });
  return filled;
}

/**
 * The macros of the PostgreSQL data source (documentation: PostgreSQL query editor, Macros). The arguments of a macro end at the
 * first closing parenthesis. Those that cut time into buckets are not known here on purpose: their buckets are those of UTC.
 */
export function expandMacros(sql: string, { from, to }: View): string {
  return sql.replace(/\$__(\w+)(?:\(([^)]*)\))?/g, (whole, name: string, args: string | undefined) => {
    switch (name) {
      case 'timeFilter':
        return `${args} BETWEEN '${from}' AND '${to}'`;
      case 'timeFrom':
        return `'${from}'`;
      case 'timeTo':
        return `'${to}'`;
      default:
        throw new TypeError(`${whole} is not known here`);
    }
  });
}
