// The limits of derived values: those of the mapping's fields, and what they say about a counter. Reads no cells.
import type { CellError } from '@cei-inoe/shared/batches';
import type { ColumnSpec } from '../model/mapping.ts';
import type { FilePlan } from '../model/plan.ts';
import { type DeriveSpec, VALUE_COLUMN } from '../model/shape.ts';
import { convertUnit } from '../model/units.ts';
import { describeRule, findBrokenRule, makeCellError } from '../stages/validate/checks.ts';
import { compileComparisons } from '../stages/validate/compare.ts';

export interface DerivedChecks {
  /** Header that errors of derived values name; null where several columns, or none, gave them. */
  readonly header: string | null;
  readonly rolloverAt: number | undefined;
  readonly maxPowerKw: number | undefined;
  /** Every rule that a row breaks, or null. */
  check(values: Float64Array): CellError[] | null;
}

/** The shortest day: a limit for a day means at least this power. */
const SHORTEST_DAY_HOURS = 23;

export function makeDerivedChecks(plan: FilePlan, spec: DeriveSpec): DerivedChecks {
  const { mapping } = plan;
  const measured = plan.columns.filter((column) => mapping.columns[column.spec]?.target.kind === 'measure');
  const only = measured.length === 1 ? measured[0] : undefined;
  const first = measured[0];
  const specs = new Map<number, ColumnSpec>();
  for (const column of mapping.columns) if (column.target.kind === 'measure') specs.set(column.target.at, column);
  const limit = mapping.columns[first?.spec ?? -1];
  const compare = compileComparisons(mapping.comparisons, mapping.dataset);
  return {
    header: only === undefined || only.header === VALUE_COLUMN ? null : only.header,
    rolloverAt:
      spec.rolloverAt === undefined || first === undefined ? undefined : convertUnit(first.conversion, spec.rolloverAt),
    maxPowerKw: findMaxPower(spec, limit),
    check(values) {
      const broken = [...specs].flatMap(([at, column]) => checkValue(column, values[at] as number));
      return broken.length > 0 ? broken : (compare?.(values) ?? null);
    },
  };
}

function checkValue(column: ColumnSpec, value: number): CellError[] {
  const code = Number.isNaN(value) ? undefined : findBrokenRule(column, value);
  return code === undefined
    ? []
    : [makeCellError(code, column.made ? null : column.header, null, describeRule(code, column, value))];
}

/** The mapping's largest power; a largest energy per hour or day says one, too. */
function findMaxPower(spec: DeriveSpec, limit: ColumnSpec | undefined): number | undefined {
  const hours = spec.bucket === 'day' ? SHORTEST_DAY_HOURS : 1;
  const most = Math.min(spec.maxPowerKw ?? Number.POSITIVE_INFINITY, (limit?.max ?? Number.POSITIVE_INFINITY) / hours);
  return most === Number.POSITIVE_INFINITY ? undefined : most;
}
