// Reads the SQL of a panel from queries/ and fills in the parts that panels share. Grafana's own macros and variables stay in it.
import { readFileSync } from 'node:fs';

const QUERIES = new URL('../queries/', import.meta.url);

export interface Query {
  readonly sql: string;
  /** The comment above the SQL: what the panel says about itself. */
  readonly description: string;
}

/** The zone in which days and hours are told: the one chosen above, or each source's own. */
export const CHOSEN_ZONE = `coalesce(nullif(\${tz:sqlstring}, 'source'), d.timezone, 'UTC')`;
export const OWN_ZONE = "coalesce(d.timezone, 'UTC')";

/** The sources chosen above. */
export const CHOSEN = `d.id::text IN (\${source:sqlstring})`;

const FIRST_DAY = '($__timeFrom()::timestamptz AT TIME ZONE z.zone)::date';
const LAST_DAY = "(($__timeTo()::timestamptz - interval '1 microsecond') AT TIME ZONE z.zone)::date";
/** The months that the time range touches, whole, and the year before them. */
export const WHOLE_MONTHS = {
  first_day: "(date_trunc('month', $__timeFrom()::timestamptz AT TIME ZONE z.zone) - interval '1 year')::date",
  last_day: `(date_trunc('month', ${LAST_DAY}::timestamp) + interval '1 month' - interval '1 day')::date`,
};

const PARTS = ['source', 'hour', 'day', 'weather', 'herd', 'batch', 'fresh', 'farm'] as const;

function readFile(path: string): Query {
  const text = readFileSync(new URL(`${path}.sql`, QUERIES), 'utf8').trimEnd();
  const end = text.indexOf('\n');
  return { description: text.slice('-- '.length, end), sql: text.slice(end + 1) };
}

/** `queries/<path>.sql`; `fill` gives what stands in braces, beside the parts. @throws TypeError on a name that nothing fills */
export function readQuery(path: string, fill: Readonly<Record<string, string>>): Query {
  const shared = Object.fromEntries(PARTS.map((name) => [name, readFile(`parts/${name}`).sql]));
  const names: Record<string, string> = {
    first_day: FIRST_DAY,
    last_day: LAST_DAY,
    zone: CHOSEN_ZONE,
    chosen: CHOSEN,
    ...shared,
    ...fill,
  };
  const expand = (sql: string): string =>
    // Not the braces of a variable, `${tz}`.
    sql.replace(/(?<!\$)\{(\w+)\}/g, (_, name: string) => {
      const part = names[name];
      if (part === undefined) throw new TypeError(`nothing fills {${name}} of ${path}`);
      return expand(part);
    });
  const { sql, description } = readFile(path);
  return { description, sql: expand(sql) };
}
