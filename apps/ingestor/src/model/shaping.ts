// The reshaping of one file: the mapping's word brought to the columns of its header. Plain data, made again from the header whenever it is needed.
import type { NamedPattern } from './shape.ts';

/** A column whose values become records of their own. */
export interface Unpivoted {
  /** 0-based position in the record of the file. */
  readonly cell: number;
  /** Its header, for messages. */
  readonly header: string;
  /** What the groups of the pattern hold, in their order. */
  readonly texts: readonly string[];
}

/**
 * Cells of a reshaped record, in this order: the cells of the file that are kept, one per carried column, one per group of the unpivot
 * pattern, the origin and the value (with `unpivot` only), and the time (with `time` only).
 */
export interface Shaping {
  /** Header of the reshaped records. */
  readonly header: readonly string[];
  /** Number of cells in a record of the file, without the columns of a rejects file of ours. */
  readonly width: number;
  readonly kept: readonly number[];
  readonly carry: readonly NamedPattern[];
  readonly only: readonly string[];
  /** Positions in the reshaped record, and what their texts must match. */
  readonly rows: readonly { readonly cell: number; readonly name: string; readonly pattern: string }[];
  readonly unpivot: { readonly groups: readonly string[]; readonly columns: readonly Unpivoted[] } | undefined;
  /** `cells` are positions in the reshaped record. */
  readonly time: { readonly cells: readonly number[]; readonly date: string | undefined } | undefined;
}
