// Fills Grafana's macros and variables into a query, as its PostgreSQL data source does. Runs nothing.
// Source: grafana.com/docs/grafana/latest/datasources/postgres/query-editor (macros) and /dashboards/variables/variable-syntax.

export interface Range {
  readonly from: Date;
  readonly to: Date;
}

/** What is chosen of a variable: a text that stands for it as it is, or values that are written as the query asks for them. */
export type Chosen = string | { readonly values: readonly string[]; readonly isList: boolean };
export type Variables = ReadonlyMap<string, Chosen>;

const INTERVAL_S = 3_600;
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const epoch = (at: Date): number => Math.floor(at.getTime() / 1_000);

/** `5m`, `1h`, `7d` in seconds; what is no number of units (`$__interval`) is an hour. */
function readInterval(text: string): number {
  const found = /^'?(\d+)\s*(s|m|h|d|w)'?$/.exec(text.trim());
  const units = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;
  return found === null ? INTERVAL_S : Number(found[1]) * units[found[2] as keyof typeof units];
}

function expandMacro(name: string, args: readonly string[], { from, to }: Range): string | undefined {
  const [column = '', interval = ''] = args;
  const group = `floor(extract(epoch from ${column})/${readInterval(interval)})*${readInterval(interval)}`;
  const unixGroup = `floor((${column})/${readInterval(interval)})*${readInterval(interval)}`;
  const said: Readonly<Record<string, string>> = {
    time: `${column} AS "time"`,
    timeEpoch: `extract(epoch from ${column}) as "time"`,
    timeFilter: `${column} BETWEEN ${quote(from.toISOString())} AND ${quote(to.toISOString())}`,
    timeFrom: quote(from.toISOString()),
    timeTo: quote(to.toISOString()),
    timeGroup: group,
    timeGroupAlias: `${group} AS "time"`,
    unixEpochFilter: `${column} >= ${epoch(from)} AND ${column} <= ${epoch(to)}`,
    unixEpochFrom: String(epoch(from)),
    unixEpochTo: String(epoch(to)),
    unixEpochNanoFilter: `${column} >= ${epoch(from)}000000000 AND ${column} <= ${epoch(to)}000000000`,
    unixEpochNanoFrom: `${epoch(from)}000000000`,
    unixEpochNanoTo: `${epoch(to)}000000000`,
    unixEpochGroup: unixGroup,
    unixEpochGroupAlias: `${unixGroup} AS "time"`,
  };
  return said[name];
}

const makeBuiltIns = ({ from, to }: Range): Variables =>
  new Map([
    ['__interval', '1h'],
    ['__interval_ms', String(INTERVAL_S * 1_000)],
    ['__rate_interval', '1h'],
    ['__from', String(from.getTime())],
    ['__to', String(to.getTime())],
    ['__range', `${epoch(to) - epoch(from)}s`],
    ['__range_s', String(epoch(to) - epoch(from))],
    ['__range_ms', String(to.getTime() - from.getTime())],
    ['__timezone', 'UTC'],
    ['__dashboard', 'dashboard'],
    ['timeFilter', 'true'],
  ]);

/**
 * `sql` as Grafana would send it. The arguments of a macro end at the first closing parenthesis, as they do there.
 * @throws TypeError naming a macro that nobody knows
 */
export function fillMacros(sql: string, variables: Variables, range: Range): string {
  const builtIns = makeBuiltIns(range);
  const named = sql.replace(
    /\$\{(\w+)(?:\.\w+)?(?::(\w+)[^}]*)?\}|\$(\w+)(?!\w*\()|\[\[(\w+)(?::\w+)?\]\]/g,
    (whole, braced?: string, format?: string, bare?: string, bracketed?: string) => {
      const name = braced ?? bare ?? bracketed ?? '';
      const value = variables.get(name) ?? builtIns.get(name);
      // Grafana leaves what it does not know, and the server refuses it.
      if (value === undefined) return whole;
      return writeValue(value, format);
    },
  );
  return named.replace(/\$__(\w+)\(([^)]*)\)/g, (whole, name: string, args: string) => {
    const filled = expandMacro(name, args.split(','), range);
    if (filled === undefined) throw new TypeError(`no macro ${whole} is known`);
    return filled;
  });
}

/** A variable of several values is a list of texts, one of a single value stands bare; none at all is NULL, which nothing equals. */
function writeValue(chosen: Chosen, format: string | undefined): string {
  if (typeof chosen === 'string') return chosen;
  const { values, isList } = chosen;
  if (values.length === 0) return 'NULL';
  if (format === 'raw' || format === 'csv' || format === 'text') return values.join(',');
  if (format === 'doublequote') return values.map((value) => `"${value}"`).join(',');
  const isQuoted = isList || format === 'sqlstring' || format === 'singlequote';
  return isQuoted ? values.map(quote).join(',') : (values[0] ?? '').replaceAll("'", "''");
}
