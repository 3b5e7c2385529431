// Compiles the measure columns of a plan into one function that reads and checks them all.
import type { CellError } from '@cei-inoe/shared/batches';
import type { RejectionCode } from '@cei-inoe/shared/error-catalogue';
import { type NumberReader, READ } from '../model/coerced.ts';
import { add } from '../model/decimal.ts';
import type { ColumnSpec } from '../model/mapping.ts';
import { compilePattern, type Pattern } from '../model/pattern.ts';
import type { FilePlan, PlannedColumn } from '../model/plan.ts';
import { countCells, type RecordChunk, readCell } from '../model/records.ts';
import { ORIGIN_COLUMN, VALUE_COLUMN } from '../model/shape.ts';
import { type Conversion, convertUnit, SAME_UNIT } from '../model/units.ts';
import { makeNumberReader } from '../stages/coerce/number-reader.ts';
import { describeRule, findBrokenRule, makeCellError } from '../stages/validate/checks.ts';
import { compileComparisons } from '../stages/validate/compare.ts';

/** Instead of errors: the record has no value where the mapping says that it is skipped then. */
export const SKIPPED: CellError[] = [];

/** Reads all measures of a record into `values` (NaN = no value). Returns the errors so far and its own, null when there are none, or SKIPPED. */
export type MeasureReader = (
  chunk: RecordChunk,
  row: number,
  values: Float64Array,
  errors: CellError[] | null,
) => CellError[] | null;

interface MeasureColumn {
  readonly cell: number;
  readonly header: string;
  /** Cell that holds the header of the column in the file, where the records are unpivoted; else -1. */
  readonly originCell: number;
  readonly at: number;
  readonly spec: ColumnSpec;
  readonly reader: NumberReader;
  readonly conversion: Conversion;
  readonly converts: boolean;
  readonly pattern: Pattern | undefined;
  /** Added to what stands there already. */
  readonly adds: boolean;
  /** The value is whole once this column is read: it is checked then. */
  readonly completes: boolean;
}

export function compileMeasures(plan: FilePlan): MeasureReader {
  const columns = makeMeasureColumns(plan);
  const compare = compileComparisons(plan.mapping.comparisons, plan.mapping.dataset);
  return (chunk, row, values, given) => {
    let errors = given;
    let present = 0;
    values.fill(Number.NaN);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as MeasureColumn;
      const code = readColumn(column, chunk, row, values);
      if (code === PRESENT) present++;
      else if (code === SKIP) return SKIPPED;
      else if (code !== ABSENT) errors = addError(errors, column, chunk, row, code, values);
    }
    if (errors === null && present === 0) {
      return [makeCellError('no_measure', null, null, 'No cell of the row holds a value.')];
    }
    return compare === undefined || errors !== null ? errors : compare(values);
  };
}

const PRESENT = 'present';
const ABSENT = 'absent';
const SKIP = 'skip';

/** Reads one cell into `values`; tells whether a value is there, or which rule it breaks. */
function readColumn(
  column: MeasureColumn,
  chunk: RecordChunk,
  row: number,
  values: Float64Array,
): RejectionCode | typeof PRESENT | typeof ABSENT | typeof SKIP {
  const { reader, spec } = column;
  const at = (chunk.first[row] as number) + column.cell;
  const result =
    column.cell < countCells(chunk, row)
      ? reader.read(chunk.bytes, chunk.starts[at] as number, chunk.ends[at] as number)
      : READ.empty;
  if (result === READ.invalid) return 'not_a_number';
  if (result === READ.empty) {
    if (spec.skips) return SKIP;
    if (spec.required) return 'required';
    // An erased cell is no value: a row needs one beside it.
    return ABSENT;
  }
  const own = column.converts ? convertUnit(column.conversion, reader.value) : reader.value;
  const value = column.adds ? add(values[column.at] as number, own) : own;
  values[column.at] = value;
  if (column.pattern !== undefined && !column.pattern.matcher(readCell(chunk, row, column.cell).trim()).find()) {
    return 'pattern_mismatch';
  }
  // A sum of which a part could not be read is judged no further.
  return column.completes && !Number.isNaN(value) ? (findBrokenRule(spec, value) ?? PRESENT) : PRESENT;
}

function makeMeasureColumns(plan: FilePlan): MeasureColumn[] {
  const measured = plan.columns.filter((column) => plan.mapping.columns[column.spec]?.target.kind === 'measure');
  const at = (column: PlannedColumn): number => {
    const target = plan.mapping.columns[column.spec]?.target;
    return target?.kind === 'measure' ? target.at : -1;
  };
  return measured.flatMap((column, i) => {
    const spec = plan.mapping.columns[column.spec];
    if (spec === undefined) return [];
    const same = measured.map((other) => at(other) === at(column));
    const isAdded = same.filter(Boolean).length > 1;
    return {
      cell: column.cell,
      header: column.header,
      originCell: column.header === VALUE_COLUMN ? plan.header.lastIndexOf(ORIGIN_COLUMN) : -1,
      at: at(column),
      spec: makeReadingSpec(plan, isAdded ? { ...spec, required: true } : spec),
      reader: makeNumberReader({ decimal: column.decimal, group: column.group, nulls: [...spec.nulls] }),
      conversion: column.conversion,
      converts: column.conversion !== SAME_UNIT,
      pattern: spec.pattern === undefined ? undefined : compilePattern(spec.pattern),
      adds: same.indexOf(true) < i,
      completes: same.lastIndexOf(true) === i,
    };
  });
}

/** What a counter shows, and mean power, are not the value that the limits are for: that is checked once it is derived. */
function makeReadingSpec(plan: FilePlan, spec: ColumnSpec): ColumnSpec {
  const kind = plan.mapping.derive?.kind ?? 'interval';
  if (kind === 'interval') return spec;
  return { ...spec, min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY, allowed: undefined };
}

function addError(
  errors: CellError[] | null,
  column: MeasureColumn,
  chunk: RecordChunk,
  row: number,
  code: RejectionCode,
  values: Float64Array,
): CellError[] {
  const text = readCell(chunk, row, column.cell);
  const header = column.originCell < 0 ? column.header : readCell(chunk, row, column.originCell);
  const error = makeCellError(code, header, text, describeFailure(code, column, values[column.at] as number));
  if (errors === null) return [error];
  errors.push(error);
  return errors;
}

function describeFailure(code: RejectionCode, column: MeasureColumn, value: number): string {
  if (code === 'not_a_number') return 'Not a number in the style of this column.';
  if (code === 'required') return 'The value is missing.';
  if (code === 'pattern_mismatch') return `The text is not of the form ${column.spec.pattern}.`;
  return describeRule(code, column.spec, value);
}
