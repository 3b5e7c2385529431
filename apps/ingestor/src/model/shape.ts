// How records are reshaped and rows derived, as a mapping says it: names resolved, units converted. Holds no logic.
import type { How, Operator, ValueKind } from './shape-schema.ts';

/** A pattern (RE2 syntax) that the text of a cell, or of a line, is looked at with. */
export interface NamedPattern {
  readonly name: string;
  readonly pattern: string;
}

/** What a record goes through between parsing and reading; undefined in a mapping that takes the file's records as they are. */
export interface ShapeSpec {
  /** Lines that are no records and supply the column `name` of those after them by their group `value`. */
  readonly carry: readonly NamedPattern[];
  readonly only: readonly string[];
  readonly rows: readonly NamedPattern[];
  readonly unpivot: { readonly pattern: string; readonly groups: readonly string[] } | undefined;
  /** The columns whose texts make up the time; the day of the file comes first where `dated`. */
  readonly time: { readonly columns: readonly string[]; readonly dated: boolean } | undefined;
}

/** Names of the columns that reshaping makes beside those that the mapping names. No header has a closing parenthesis as its end and nothing before. */
export const VALUE_COLUMN = '(value)';
/** Holds the header of the column that an unpivoted value came from. */
export const ORIGIN_COLUMN = '(column)';
export const DATE_COLUMN = '(date)';
/** Stands for the number of readings that were added up. */
export const COUNT_COLUMN = '(count)';

/** Name of the column that holds the texts of several. */
export const nameTimeColumn = (spec: NonNullable<ShapeSpec['time']>): string =>
  [...(spec.dated ? [DATE_COLUMN] : []), ...spec.columns].join(' ');

/** How rows follow from readings; undefined in a mapping whose readings are the rows. */
export interface DeriveSpec {
  readonly kind: ValueKind;
  /** Length of one reading in seconds, where the mapping says it. */
  readonly intervalSeconds: number | undefined;
  /** In the unit of the file. */
  readonly rolloverAt: number | undefined;
  readonly maxPowerKw: number | undefined;
  /** undefined: every reading is a row. */
  readonly bucket: 'hour' | 'day' | undefined;
  /** By position in the dataset's measures. */
  readonly how: readonly How[];
  readonly minShare: number;
  /** Columns that tell the readings of one bucket apart that are averaged or summed without having a time of their own. */
  readonly parts: readonly string[];
  /** Position of the measure that takes the number of readings. */
  readonly count: number | undefined;
}

/** A rule between a measure and another one, or a number. Positions in the dataset's list of measures. */
export interface Comparison {
  readonly at: number;
  readonly op: Operator;
  readonly to: { readonly at: number } | { readonly number: number };
}
