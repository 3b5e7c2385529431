// Compiles the measure columns of a plan into one function that reads and checks them all.
import type { CellError } from '@cei-inoe/shared/batches';
import type { RejectionCode } from '@cei-inoe/shared/error-catalogue';
import { type NumberReader, READ } from '../model/coerced.ts';
import type { ColumnSpec } from '../model/mapping.ts';
import type { FilePlan, PlannedColumn } from '../model/plan.ts';
import { countCells, type RecordChunk, readCell } from '../model/records.ts';
import { type Conversion, convertUnit, SAME_UNIT } from '../model/units.ts';
import { makeNumberReader } from '../stages/coerce/number-reader.ts';
import { describeRule, findBrokenRule, makeCellError } from '../stages/validate/checks.ts';

/** Reads all measures of a record into `values` (NaN = no value). Returns the errors so far and its own, or null when there are none. */
export type MeasureReader = (
  chunk: RecordChunk,
  row: number,
  values: Float64Array,
  errors: CellError[] | null,
) => CellError[] | null;

interface MeasureColumn {
  readonly cell: number;
  readonly header: string;
  readonly at: number;
  readonly spec: ColumnSpec;
  readonly reader: NumberReader;
  readonly conversion: Conversion;
  readonly converts: boolean;
}

export function compileMeasures(plan: FilePlan): MeasureReader {
  const columns = plan.columns.flatMap((column) => makeMeasureColumn(plan, column) ?? []);
  return (chunk, row, values, given) => {
    let errors = given;
    let present = 0;
    values.fill(Number.NaN);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as MeasureColumn;
      const code = readColumn(column, chunk, row, values);
      if (code === PRESENT) present++;
      else if (code !== ABSENT) errors = addError(errors, column, chunk, row, code);
    }
    if (errors === null && present === 0) {
      return [makeCellError('no_measure', null, null, 'No cell of the row holds a value.')];
    }
    return errors;
  };
}

const PRESENT = 'present';
const ABSENT = 'absent';

/** Reads one cell into `values`; tells whether a value is there, or which rule it breaks. */
function readColumn(
  column: MeasureColumn,
  chunk: RecordChunk,
  row: number,
  values: Float64Array,
): RejectionCode | typeof PRESENT | typeof ABSENT {
  const { reader, spec } = column;
  const at = (chunk.first[row] as number) + column.cell;
  const result =
    column.cell < countCells(chunk, row)
      ? reader.read(chunk.bytes, chunk.starts[at] as number, chunk.ends[at] as number)
      : READ.empty;
  if (result === READ.invalid) return 'not_a_number';
  if (result === READ.empty) {
    if (spec.required) return 'required';
    // An erased cell is no value: a row needs one beside it.
    return ABSENT;
  }
  const value = column.converts ? convertUnit(column.conversion, reader.value) : reader.value;
  values[column.at] = value;
  return findBrokenRule(spec, value) ?? PRESENT;
}

function makeMeasureColumn(plan: FilePlan, column: PlannedColumn): MeasureColumn | undefined {
  const spec = plan.mapping.columns[column.spec];
  if (spec?.target.kind !== 'measure') return undefined;
  return {
    cell: column.cell,
    header: column.header,
    at: spec.target.at,
    spec,
    reader: makeNumberReader({ decimal: column.decimal, group: column.group, nulls: [...spec.nulls] }),
    conversion: column.conversion,
    converts: column.conversion !== SAME_UNIT,
  };
}

function addError(
  errors: CellError[] | null,
  column: MeasureColumn,
  chunk: RecordChunk,
  row: number,
  code: RejectionCode,
): CellError[] {
  const text = readCell(chunk, row, column.cell);
  const message = describeFailure(code, column);
  const error = makeCellError(code, column.header, text, message);
  if (errors === null) return [error];
  errors.push(error);
  return errors;
}

function describeFailure(code: RejectionCode, column: MeasureColumn): string {
  if (code === 'not_a_number') return 'Not a number in the style of this column.';
  if (code === 'required') return 'The value is missing.';
  const { value } = column.reader;
  return describeRule(code, column.spec, column.converts ? convertUnit(column.conversion, value) : value);
}
