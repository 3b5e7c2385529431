// Which source is late against its own rhythm: asks the database and shows instants as text. Judges nothing itself.
import type { Pool } from './database.ts';
import { readSql } from './sql.ts';

export const FRESHNESS_STATES = ['late', 'fresh', 'never', 'unexpected'] as const;

/** One source and dataset; instants in ISO 8601 UTC. What the columns mean: the migration that makes source_freshness(). */
export interface Freshness {
  readonly datasource_id: number;
  readonly external_id: string;
  readonly name: string;
  readonly client: string | null;
  readonly timezone: string | null;
  readonly dataset: string | null;
  readonly state: (typeof FRESHNESS_STATES)[number];
  readonly last_reading: string | null;
  readonly last_loaded_at: string | null;
  readonly age_seconds: number | null;
  readonly step_seconds: number | null;
  readonly delivery_seconds: number | null;
  readonly due_at: string | null;
}

export interface FreshnessChoice {
  /** An instant that PostgreSQL reads; now where it is not given. */
  readonly at?: string | undefined;
  readonly ids?: readonly number[] | undefined;
  readonly client?: string | undefined;
}

type Instants = 'last_reading' | 'last_loaded_at' | 'due_at';
type Row = Omit<Freshness, Instants> & Readonly<Record<Instants, Date | null>>;

/** The late first, then in the order in which they are due. */
export async function listFreshness(pool: Pool, { at, ids, client }: FreshnessChoice): Promise<Freshness[]> {
  const { rows } = await pool.query<Row>(readSql('sources/freshness.sql'), [at ?? null, ids ?? null, client ?? null]);
  return rows.map((row) => ({
    ...row,
    last_reading: row.last_reading?.toISOString() ?? null,
    last_loaded_at: row.last_loaded_at?.toISOString() ?? null,
    due_at: row.due_at?.toISOString() ?? null,
  }));
}
