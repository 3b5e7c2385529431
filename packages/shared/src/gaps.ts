// What is missing in the readings of sources, and which daily readings are not the sum of their hours. The SQL is in db/sources.
import type { Pool } from './database.ts';
import { readSql } from './sql.ts';

/** A range without readings, half-open, in instants (ISO 8601 UTC) and by the source's clock. */
export interface Gap {
  readonly datasource_id: number;
  readonly external_id: string;
  readonly dataset: string;
  readonly unit: 'hour' | 'day';
  /** How many hours of the clock, or days, are without a reading. */
  readonly missing: number;
  /** How many local days lie wholly in the range. */
  readonly whole_days: number;
  readonly local_from: string;
  readonly local_to: string;
  readonly from: string;
  readonly to: string;
}

/** A local day whose own reading differs from the sum of its hours. */
export interface Disagreement {
  readonly datasource_id: number;
  readonly external_id: string;
  readonly day: string;
  readonly daily_kwh: number;
  readonly hours_kwh: number;
  /** Hours minus day. */
  readonly difference_kwh: number;
  /** How many hours were added, of how many that the day has. */
  readonly hours: number;
  readonly expected_hours: number;
}

export interface GapChoice {
  readonly ids?: readonly number[] | undefined;
  readonly client?: string | undefined;
  /** Local days of each source; `to` is not part of the range. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Per cent of a day's reading. */
  readonly tolerance: number;
}

export interface GapReport {
  readonly gaps: Gap[];
  readonly disagreements: Disagreement[];
}

/** A difference of so many per cent between a day and its hours is let pass. */
export const DEFAULT_TOLERANCE = 1;

type Row = Omit<Gap, 'from' | 'to'> & { readonly from: Date; readonly to: Date };

export async function findGaps(pool: Pool, { ids, client, from, to, tolerance }: GapChoice): Promise<GapReport> {
  const choice = [ids ?? null, client ?? null, from ?? null, to ?? null];
  const gaps = await pool.query<Row>(readSql('sources/gaps.sql'), choice);
  const days = await pool.query<Disagreement>(readSql('sources/disagreements.sql'), [...choice, tolerance]);
  return {
    gaps: gaps.rows.map((row) => ({ ...row, from: row.from.toISOString(), to: row.to.toISOString() })),
    disagreements: days.rows,
  };
}
