// The verifier's queries: plain SQL over the old tables on one side, over the new ones on the other. Shares no code with the copier.
import { DATASETS, type Dataset, type DatasetName } from '@cei-inoe/shared/datasets';
import { fillSql, quoteName, readSql } from '@cei-inoe/shared/sql';
import type { OldSide } from './old-side.ts';

/** What a person decided; the verifier takes it as given, and nothing else. */
export interface Decisions {
  readonly epoch_low: string;
  readonly epoch_high: string;
  readonly zones: Readonly<Record<string, string>>;
  readonly map: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly policies: Readonly<Record<string, string>>;
  readonly future_from: string;
}

export const makeParameters = (decisions: Decisions): string[] => [
  decisions.epoch_low,
  decisions.epoch_high,
  JSON.stringify(decisions.zones),
  JSON.stringify(decisions.map),
  JSON.stringify(decisions.policies),
  decisions.future_from,
];

const measuresOf = ({ measures }: Dataset, before = '') => measures.map(({ name }) => `${before}${name}`);

/** NULL must not shift the others, and 10.00 and 10 are the same reading. */
const sayAll = (names: readonly string[]): string =>
  names.map((name) => `coalesce(trim_scale(${name}::numeric)::text, '-')`).join(', ');

const readVerifySql = (name: string): string => readSql(`legacy/verify/${name}.sql`);

/** The query of what must be there. Takes the six values of makeParameters, on a connection with bringGone's table. */
export function writeExpected(dataset: DatasetName, old: OldSide, tables: readonly string[]): string {
  const parts = { ...listOldTables(old, tables), ...PARTS[dataset](old, tables) };
  const body = dataset.startsWith('energy') ? 'energy' : dataset === 'dairy_production' ? 'dairy' : 'weather';
  return fillSql(`${readVerifySql('owners')}${readVerifySql(body)}`, parts);
}

const EMPTY: Readonly<Record<string, string>> = {
  device: 'SELECT NULL::int AS id, NULL::text AS device_id WHERE false',
  generic_device: 'SELECT NULL::int AS id, NULL::text AS device_id WHERE false',
};
const EMPTY_STAGING =
  'SELECT NULL::int AS staging_id, NULL::uuid AS file_id, NULL::jsonb AS transformed_data, false AS is_valid, false AS loaded_to_final, now() AS created_at WHERE false';

function listOldTables(old: OldSide, tables: readonly string[]): Record<string, string> {
  const names = [
    ...['device', 'generic_device', 'ingest_file', 'fact_energy_hourly', 'fact_energy_daily', 'environmental_metrics'],
    'dairy_production',
  ];
  const staging = ['staging_environmental_metrics', 'staging_dairy_production'];
  return Object.fromEntries([
    ...names.map((name) => [name, nameTable(old, tables, name)]),
    ...staging.map((name) => [name, nameStaging(old, tables, name)]),
  ]);
}

/** What is in staging, and what was when it was copied aside. */
const nameStaging = (old: OldSide, tables: readonly string[], name: string): string =>
  `(SELECT staging_id, file_id, transformed_data, is_valid, loaded_to_final, created_at FROM ${nameTable(old, tables, name)} AS there
    UNION ALL SELECT staging_id, file_id, transformed_data, is_valid, loaded_to_final, created_at FROM pg_temp.gone_staging AS gone
    WHERE tab = '${name}') AS staged`;

const nameTable = (old: OldSide, tables: readonly string[], name: string): string =>
  tables.includes(name) ? old.table(name) : `(${EMPTY[name] ?? EMPTY_STAGING})`;

const LOCAL = 'wall AT TIME ZONE ($3::jsonb->>folded)';
const HOURLY = {
  staged_moment: "(transformed_data->>'ts')::timestamp",
  instant: `CASE WHEN $5::jsonb->>'autumn' = 'first' AND (${LOCAL} - interval '1 hour') AT TIME ZONE ($3::jsonb->>folded) = wall
    THEN ${LOCAL} - interval '1 hour' ELSE ${LOCAL} END`,
  exists: `(${LOCAL}) AT TIME ZONE ($3::jsonb->>folded) = wall`,
  collapsed: `$5::jsonb->>'ampm' <> 'keep' AND count(*) OVER w = 12 AND min(extract(epoch FROM wall::time)) OVER w = 3600
    AND max(extract(epoch FROM wall::time)) OVER w = 43200 AND sum(extract(epoch FROM wall::time)) OVER w = 78 * 3600
    AND min(since) OVER w >= '2026-01-23 00:00+00' AND max(since) OVER w < '2026-02-06 00:00+00'`,
};
const DAILY = {
  staged_moment: "date_trunc('day', (transformed_data->>'ts')::timestamp)",
  instant: "wall AT TIME ZONE 'UTC'",
  exists: 'true',
  collapsed: 'false',
};

type MakeParts = (old: OldSide, tables: readonly string[]) => Record<string, string>;

const PARTS: Readonly<Record<DatasetName, MakeParts>> = {
  energy_hourly: (old, tables) => ({
    ...HOURLY,
    collapsed: HOURLY.collapsed.replaceAll('OVER w', 'OVER (PARTITION BY folded, wall::date)'),
    table: nameTable(old, tables, 'fact_energy_hourly'),
    staging: nameStaging(old, tables, 'staging_energy_hourly'),
  }),
  energy_daily: (old, tables) => ({
    ...DAILY,
    table: nameTable(old, tables, 'fact_energy_daily'),
    staging: nameStaging(old, tables, 'staging_energy_daily'),
  }),
  environmental_metrics: () => {
    const names = measuresOf(DATASETS.environmental_metrics);
    return {
      said: sayAll(names),
      measures: names.join(', '),
      filled: names.map((n) => `coalesce(${n}, 0)`).join(', '),
    };
  },
  dairy_production: () => {
    const { measures } = DATASETS.dairy_production;
    const cleaned = measures.map(({ name }) =>
      /^(average_lactation_days|rumination_minutes)$/.test(name)
        ? `CASE WHEN $5::jsonb->>'zero' = 'null' THEN nullif(f.${name}, 0) ELSE f.${name} END AS ${name}`
        : `f.${name}`,
    );
    const names = measures.map(({ name }) => name);
    return {
      cleaned: cleaned.join(', '),
      said: sayAll(names),
      filled: names.map((name) => `coalesce(${name}::numeric, 0)`).join(', '),
    };
  },
};

const DAYS: Readonly<Record<DatasetName, string>> = {
  energy_hourly: "(f.ts AT TIME ZONE coalesce(d.timezone, 'UTC'))::date",
  energy_daily: 'f.ts',
  environmental_metrics: '(f."timestamp" AT TIME ZONE \'UTC\')::date',
  dairy_production: 'f.production_date',
};

/** The query of what is there. */
export function writeFound(dataset: DatasetName): string {
  const { table, time, timeKind, measures } = DATASETS[dataset];
  const names = measures.map(({ name }) => `f.${name}`);
  const amount = dataset === 'environmental_metrics' ? 'f.temperature' : names[0];
  const said = dataset.startsWith('energy') ? `(${names[0]} + 0)::text` : `concat_ws('|', ${sayAll(names)})`;
  return fillSql(readVerifySql('target'), {
    table: quoteName(table),
    dataset,
    at: timeKind === 'day' ? `f.${quoteName(time)}::timestamp AT TIME ZONE 'UTC'` : `f.${quoteName(time)}`,
    day: DAYS[dataset],
    said,
    amount: amount ?? 'NULL',
  });
}

export const sumByDay = (rows: string): string => readVerifySql('days').replace('{rows}', () => rows);
export const printByMonth = (rows: string): string => readVerifySql('months').replace('{rows}', () => rows);
