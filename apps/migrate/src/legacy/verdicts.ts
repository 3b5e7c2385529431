// Counts what was decided, per old table and reason: the content of plan, status and report. Reads only.
import { readSql } from '@cei-inoe/shared/sql';
import type { Queryable } from './old-side.ts';

export interface TableVerdict {
  readonly table: string;
  readonly rows: number;
  readonly migrated: number;
  readonly pending: number;
  /** reason → rows, most frequent first */
  readonly rejected: Readonly<Record<string, number>>;
}

export interface EnergyNotes {
  readonly reattributed: number;
  readonly lineageCorrected: number;
}

export interface Verdicts {
  readonly tables: readonly TableVerdict[];
  readonly sources: {
    readonly merged: number;
    readonly device: number;
    readonly generic: number;
    readonly onlyDevice: number;
    readonly onlyGeneric: number;
    readonly twins: number;
  };
  readonly batches: { readonly total: number; readonly unresolved: number; readonly texts: readonly string[] };
  readonly notes: Readonly<Record<string, EnergyNotes>>;
  readonly recoverable: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly conflicts: readonly {
    readonly source: string;
    readonly field: string;
    readonly kept: string;
    readonly other: string;
  }[];
  readonly zones: Readonly<Record<string, number>>;
}

/** Reads all counts in one go. */
export async function readVerdicts(target: Queryable): Promise<Verdicts> {
  const { rows } = await target.query<{ verdicts: Verdicts }>(readSql('legacy/verdicts.sql'));
  const [row] = rows;
  if (row === undefined) throw new Error('verdicts.sql returned no row');
  return row.verdicts;
}
