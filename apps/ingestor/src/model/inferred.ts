// What was found out about a file that no mapping knows.
import type { PlannedColumn, ReadingPlan } from './plan.ts';

export type NumberStyle = Pick<PlannedColumn, 'decimal' | 'group'>;

/** A column of numbers. */
export interface InferredColumn {
  readonly header: string;
  /** Field that it may go to; undefined where nobody can say. */
  readonly field: { readonly dataset: 'energy' | 'environmental_metrics'; readonly name: string } | undefined;
  readonly unit: string | undefined;
  readonly style: NumberStyle | 'ambiguous';
  /** Its values only ever grow, and are large beside their steps. */
  readonly isCounter: boolean;
  /** They only ever grow, and nothing else speaks for a counter: a running total from 0, or chance. */
  readonly rises: boolean;
  /** Texts such as -9999, of which the field can have none: "not measured". */
  readonly blanks: readonly string[];
  /** So many columns of the file have this name. */
  readonly namesakes: number;
}

export interface Inferred {
  readonly reading: ReadingPlan;
  readonly headerRow: number;
  readonly time: {
    readonly header: string;
    readonly format: string | undefined;
    readonly doubt: string | undefined;
    /** Another column with times of day. */
    readonly clock: string | undefined;
  };
  readonly stepSeconds: number;
  readonly columns: readonly InferredColumn[];
}
