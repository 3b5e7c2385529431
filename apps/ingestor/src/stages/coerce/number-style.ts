// Which sign of a column's numbers is the decimal sign, judged over many cells. Reads no number.
import type { NumberStyle } from './number-scanner.ts';

/** How many cells speak for what. Evidence of columns written by the same hand may be gathered in one. */
export interface NumberEvidence {
  /** `1.5`, `0.123`, `1234.567`, `1,234.5`: this sign can only be the decimal sign. */
  readonly decimal: { '.': number; ',': number };
  /** `1.234.567`, `1.234,5`: this sign can only stand between thousands. */
  readonly group: { '.': number; ',': number; ' ': number; "'": number };
  /** `1.234`: it may be either. */
  readonly undecided: { '.': number; ',': number };
  /** Whole numbers without any sign. */
  plain: number;
}

export type NumberVerdict = NumberStyle | 'ambiguous' | 'none';

export const makeEvidence = (): NumberEvidence => ({
  decimal: { '.': 0, ',': 0 },
  group: { '.': 0, ',': 0, ' ': 0, "'": 0 },
  undecided: { '.': 0, ',': 0 },
  plain: 0,
});

const BLANKS = /[ \u00a0\u2009\u202f]/g;
/** Sign, digits with signs between, exponent. What does not look like it says nothing about the style. */
const NUMBER = /^[+\-\u2212]?((?:\d[\d.,']*)|(?:[.,]\d+))(e[+-]?\d+)?$/i;
const GROUPED = {
  '.': /^[1-9]\d{0,2}(\.\d{3})+$/,
  ',': /^[1-9]\d{0,2}(,\d{3})+$/,
  ' ': /^[1-9]\d{0,2}( \d{3})+$/,
  "'": /^[1-9]\d{0,2}('\d{3})+$/,
};

type GroupSign = keyof typeof GROUPED;
const GROUP_SIGNS = Object.keys(GROUPED) as GroupSign[];

/** Adds what other cells say. */
export function addEvidence(sum: NumberEvidence, { decimal, group, undecided, plain }: NumberEvidence): void {
  for (const sign of ['.', ','] as const) {
    sum.decimal[sign] += decimal[sign];
    sum.undecided[sign] += undecided[sign];
  }
  for (const sign of GROUP_SIGNS) sum.group[sign] += group[sign];
  sum.plain += plain;
}

/** What most numbers are: a sign, digits, and at most one point or comma between them. */
const SIMPLE = /^[+-]?(\d+)(?:([.,])(\d*))?$/;

/** Adds what one cell says. Cells that are no numbers in any style add nothing. */
export function collectEvidence(value: string, evidence: NumberEvidence): void {
  const simple = SIMPLE.exec(value);
  if (simple === null) {
    collectWithCare(value, evidence);
    return;
  }
  const [, whole = '', sign, fraction = ''] = simple as unknown as [string, string, '.' | ',' | undefined, string?];
  if (sign === undefined) evidence.plain++;
  else if (fraction.length === 3 && whole.length <= 3 && whole[0] !== '0') evidence.undecided[sign]++;
  else evidence.decimal[sign]++;
}

function collectWithCare(value: string, evidence: NumberEvidence): void {
  const text = value
    .trim()
    .replace(BLANKS, ' ')
    .replace(/\u2019/g, "'");
  const parts = NUMBER.exec(text.replace(/(?<=\d) (?=\d)/g, "'"));
  if (parts === null) return;
  const hasBlank = /\d \d/.test(text);
  if (hasBlank && text.includes("'")) return;
  collectNumber(
    hasBlank ? (parts[1] as string).replace(/'/g, ' ') : (parts[1] as string),
    parts[2] !== undefined,
    evidence,
  );
}

function collectNumber(digits: string, hasExponent: boolean, evidence: NumberEvidence): void {
  const last = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  const blankish = digits.includes(' ') ? ' ' : digits.includes("'") ? "'" : undefined;
  if (last < 0) {
    if (blankish === undefined) evidence.plain++;
    else if (GROUPED[blankish].test(digits)) evidence.group[blankish]++;
    return;
  }
  const sign = digits[last] as '.' | ',';
  const other = sign === '.' ? ',' : '.';
  const whole = digits.slice(0, last);
  const group = blankish ?? (whole.includes(other) ? other : undefined);
  if (group !== undefined) {
    if (!GROUPED[group].test(whole) || /\D/.test(digits.slice(last + 1))) return;
    evidence.group[group]++;
    evidence.decimal[sign]++;
  } else if (whole.includes(sign)) {
    if (!hasExponent && GROUPED[sign].test(digits)) evidence.group[sign]++;
  } else if (hasExponent || !GROUPED[sign].test(digits)) evidence.decimal[sign]++;
  else evidence.undecided[sign]++;
}

/** The style that all evidence agrees on; `ambiguous` where it contradicts itself or does not suffice; `none` where no sign occurs. */
export function decideStyle(evidence: NumberEvidence): NumberVerdict {
  const { undecided } = evidence;
  const groups = GROUP_SIGNS.filter((sign) => evidence.group[sign] > 0);
  const decimals = (['.', ','] as const).filter((sign) => evidence.decimal[sign] > 0);
  if (groups.length > 1 || decimals.length > 1) return 'ambiguous';
  const decimal = decimals[0] ?? inferDecimal(groups[0], undecided);
  if (decimal === undefined) return undecided['.'] + undecided[','] > 0 ? 'ambiguous' : 'none';
  const other = decimal === '.' ? ',' : '.';
  const group = groups[0] ?? (undecided[other] > 0 ? other : '');
  if (group === decimal || (undecided[other] > 0 && group !== other)) return 'ambiguous';
  return { decimal, group };
}

/** What the sign between thousands says about the decimal sign where no cell shows one. */
function inferDecimal(group: GroupSign | undefined, undecided: NumberEvidence['undecided']): '.' | ',' | undefined {
  if (group === '.') return ',';
  if (group === ',') return '.';
  if (group === undefined || (undecided['.'] > 0 && undecided[','] > 0)) return undefined;
  if (undecided['.'] > 0) return '.';
  if (undecided[','] > 0) return ',';
  // Whole numbers only. Spaces go with a decimal comma (ISO locales of Europe), apostrophes with a point (Switzerland).
  return group === ' ' ? ',' : '.';
}

/** The style of a column from its cells. */
export function sniffNumberStyle(values: Iterable<string>): NumberVerdict {
  const evidence = makeEvidence();
  for (const value of values) collectEvidence(value, evidence);
  return decideStyle(evidence);
}
