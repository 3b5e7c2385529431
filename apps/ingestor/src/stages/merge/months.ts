// Keeps the rollup of energy by local month true to the readings, in the transaction that changes them.
import type { Connection } from '@cei-inoe/shared/database';
import type { Dataset } from '@cei-inoe/shared/datasets';

/** What a load brought to one month of a source that it alone writes to. */
export interface MonthSum {
  /** First day of the month, in the zone of the source. */
  readonly month: string;
  /** Half-open, in microseconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** Hours with a reading. */
  readonly received: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** Only this dataset has a rollup. */
export const hasMonths = (dataset: Dataset): boolean => dataset.name === 'energy_hourly';

const INSERT = `
  INSERT INTO fact_energy_hourly_month (datasource_id, month, received, energy_kwh, energy_kwh_min, energy_kwh_max)
  SELECT $1, * FROM unnest($2::date[], $3::int[], $4::float8[], $5::float8[], $6::float8[]) ON CONFLICT (datasource_id, month)`;
const REPLACE = `${INSERT} DO UPDATE SET received = EXCLUDED.received, energy_kwh = EXCLUDED.energy_kwh,
  energy_kwh_min = EXCLUDED.energy_kwh_min, energy_kwh_max = EXCLUDED.energy_kwh_max`;

const listValues = (datasourceId: number, months: readonly MonthSum[]) => [
  datasourceId,
  months.map((m) => m.month),
  months.map((m) => m.received),
  months.map((m) => m.sum),
  months.map((m) => m.min),
  months.map((m) => m.max),
];

/** Adds readings that are all new to the months of a source; a month that has some already is summed anew. */
export async function addMonths(
  connection: Connection,
  datasourceId: number,
  months: readonly MonthSum[],
): Promise<void> {
  if (months.length === 0) return;
  const { rows } = await connection.query<{ month: string }>(
    `${INSERT} DO NOTHING RETURNING month::text`,
    listValues(datasourceId, months),
  );
  const added = new Set(rows.map((row) => row.month));
  const begun = months.filter(({ month }) => !added.has(month)).map(({ month }) => findMiddle(month));
  await refreshMonths(
    connection,
    begun.map((micros) => ({ datasourceId, first: micros, last: micros })),
  );
}

/**
 * Writes the months of a source whose every reading the load has brought: `readings` of them, all in the table now.
 * Where others stand in the same months, which the sums lack, nothing is written: false.
 */
export async function replaceMonths(
  connection: Connection,
  datasourceId: number,
  months: readonly MonthSum[],
  readings: number,
): Promise<boolean> {
  if (months.length === 0) return false;
  const { rows } = await connection.query<{ all: boolean }>(
    'SELECT count(*) = $4 AS all FROM fact_energy_hourly WHERE datasource_id = $1 AND ts >= $2 AND ts < $3',
    [
      datasourceId,
      writeInstant(Math.min(...months.map((m) => m.start))),
      writeInstant(Math.max(...months.map((m) => m.end))),
      readings,
    ],
  );
  if (rows[0]?.all !== true) return false;
  await connection.query(REPLACE, listValues(datasourceId, months));
  return true;
}

const writeInstant = (micros: number): string => new Date(Math.floor(micros / 1000)).toISOString();

/** An instant that lies in the month by the clock of every zone, in microseconds since 1970. */
const findMiddle = (month: string): number => (Date.parse(month) + 14 * 86_400_000) * 1_000;

/** Sums the months between two readings of each source anew. `first` and `last`: microseconds since 1970. */
export async function refreshMonths(
  connection: Connection,
  extents: readonly { readonly datasourceId: number; readonly first: number; readonly last: number }[],
): Promise<void> {
  if (extents.length === 0) return;
  await connection.query(
    'SELECT refresh_energy_months(id, first, last) FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) AS t (id, first, last)',
    [
      extents.map((e) => e.datasourceId),
      extents.map((e) => writeInstant(e.first)),
      extents.map((e) => writeInstant(e.last)),
    ],
  );
}
