// Rules between the values of one row. A rule with a missing value says nothing.
import type { CellError } from '@cei-inoe/shared/batches';
import type { Dataset } from '@cei-inoe/shared/datasets';
import type { Comparison } from '../../model/shape.ts';
import type { Operator } from '../../model/shape-schema.ts';
import { makeCellError } from './checks.ts';

const HOLDS: Readonly<Record<Operator, (a: number, b: number) => boolean>> = {
  '<=': (a, b) => a <= b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

/** Judges `values` (by position in the dataset's measures; NaN = no value): every rule that is broken, or null. */
export type Compare = (values: Float64Array) => CellError[] | null;

/** undefined where there is no rule. */
export function compileComparisons(rules: readonly Comparison[], dataset: Dataset): Compare | undefined {
  if (rules.length === 0) return undefined;
  const name = (at: number) => dataset.measures[at]?.name ?? '';
  return (values) => {
    const broken = rules.filter(({ at, op, to }) => {
      const left = values[at] as number;
      const right = 'at' in to ? (values[to.at] as number) : to.number;
      return !Number.isNaN(left) && !Number.isNaN(right) && !HOLDS[op](left, right);
    });
    if (broken.length === 0) return null;
    return broken.map(({ at, op, to }) => {
      const other = 'at' in to ? `${name(to.at)} (${values[to.at]})` : String(to.number);
      return makeCellError('rule_broken', null, null, `${name(at)} (${values[at]}) must be ${op} ${other}.`);
    });
  };
}
