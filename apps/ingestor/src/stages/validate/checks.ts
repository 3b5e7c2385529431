// The checks of one value and the wording of what is refused. Allocates only for a value that is refused.
import type { CellError } from '@cei-inoe/shared/batches';
import type { RejectionCode } from '@cei-inoe/shared/error-catalogue';
import type { ColumnSpec } from '../../model/mapping.ts';

/** Raw text is stored up to this length. */
const MAX_TEXT = 200;

/** Larger values are nobody's measurement, and two of them could not be summed in a column of doubles: the month would be lost. */
export const MAX_SIZE = 1e100;

/** Shortens raw text and takes out what PostgreSQL cannot store in jsonb. */
export function shortenText(text: string): string {
  const clean = text.replaceAll('\0', '␀');
  return clean.length <= MAX_TEXT ? clean : `${clean.slice(0, MAX_TEXT)}… (${text.length} characters)`;
}

export const makeCellError = (
  code: RejectionCode,
  column: string | null,
  text: string | null,
  message: string,
): CellError => ({
  column,
  text: text === null ? null : shortenText(text),
  code,
  message,
});

/** The code of the rule that `value` breaks, or undefined. */
export function findBrokenRule(spec: ColumnSpec, value: number): RejectionCode | undefined {
  if (value < spec.min || value > spec.max) return 'out_of_range';
  if (spec.target.kind === 'measure' && spec.target.measure.type === 'integer') {
    if (!Number.isInteger(value)) return 'not_an_integer';
    if (value > 2_147_483_647 || value < -2_147_483_648) return 'out_of_range';
  }
  if (!(Math.abs(value) <= MAX_SIZE)) return 'out_of_range';
  return spec.allowed !== undefined && !spec.allowed.includes(value) ? 'not_allowed' : undefined;
}

/** What was expected, in words. */
export function describeRule(code: RejectionCode, spec: ColumnSpec, value: number): string {
  switch (code) {
    case 'out_of_range':
      if (Math.abs(value) > MAX_SIZE) return `${value} is beyond ${MAX_SIZE}, larger than anything that is measured.`;
      return `${value} is outside ${describeRange(spec)}.`;
    case 'not_an_integer':
      return `${value} is not a whole number.`;
    case 'not_allowed':
      return `${value} is not one of ${spec.allowed?.join(', ')}.`;
    default:
      return `${value} is not valid.`;
  }
}

function describeRange(spec: ColumnSpec): string {
  const unit = spec.target.kind === 'measure' && spec.target.measure.unit !== '1' ? ` ${spec.target.measure.unit}` : '';
  if (spec.min === Number.NEGATIVE_INFINITY && spec.max === Number.POSITIVE_INFINITY) return 'what the table can store';
  if (spec.min === Number.NEGATIVE_INFINITY) return `the range up to ${spec.max}${unit}`;
  if (spec.max === Number.POSITIVE_INFINITY) return `the range from ${spec.min}${unit}`;
  return `${spec.min}…${spec.max}${unit}`;
}
