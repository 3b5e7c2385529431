// A mapping as the stages use it: checked, names resolved against its dataset. Holds no logic.
import type { Dataset, Measure } from '@cei-inoe/shared/datasets';
import type { MappingFile, Strategy } from './mapping-schema.ts';
import type { Comparison, DeriveSpec, ShapeSpec } from './shape.ts';
import type { Conversion } from './units.ts';

/** One column of the file that a mapping reads. `target` is the time, or a measure of the dataset. */
export interface ColumnSpec {
  readonly header: string;
  readonly aliases: readonly string[];
  /** Pattern of the header (RE2 syntax), where its text differs from file to file. */
  readonly matches: string | undefined;
  readonly target:
    | { readonly kind: 'time' }
    | { readonly kind: 'measure'; readonly measure: Measure; readonly at: number };
  readonly required: boolean;
  readonly decimal: '.' | ',' | undefined;
  readonly group: '' | '.' | ',' | ' ' | "'" | undefined;
  readonly nulls: readonly string[];
  readonly erase: boolean;
  /** Of the unit that the mapping names. */
  readonly conversion: Conversion;
  readonly min: number;
  readonly max: number;
  readonly allowed: readonly number[] | undefined;
  /** Of the text of the cell. */
  readonly pattern: string | undefined;
  /** The value is the sum of all columns that go to the measure; each must be there. */
  readonly add: boolean;
  /** A record without a value here is skipped. */
  readonly skips: boolean;
  /** No column of a file: reshaping makes it. */
  readonly made: boolean;
}

export interface Mapping {
  readonly name: string;
  readonly origin: 'built-in' | 'user';
  readonly yaml: string;
  /** Of the YAML text, hex. */
  readonly sha256: string;
  readonly dataset: Dataset;
  readonly granularity: 'hourly' | 'daily' | 'raw' | 'other';
  readonly columns: readonly ColumnSpec[];
  readonly strategy: Strategy;
  /** Measures that an update may overwrite; undefined: all that the file has. */
  readonly updates: ReadonlySet<string> | undefined;
  readonly file: MappingFile['file'];
  readonly match: MappingFile['match'];
  readonly datasource: MappingFile['datasource'];
  readonly time: Omit<MappingFile['time'], 'format'> & { readonly formats: readonly string[] };
  readonly comparisons: readonly Comparison[];
  /** Present where records are reshaped before they are read. */
  readonly shape: ShapeSpec | undefined;
  /** Present where rows are derived from readings. */
  readonly derive: DeriveSpec | undefined;
  readonly onError: MappingFile['on_error'];
  readonly tests: MappingFile['tests'];
}
