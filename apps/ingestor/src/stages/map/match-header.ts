// Compares the header of a file with the columns of a mapping. Touches neither files nor the database.

import type { ColumnSpec, Mapping } from '../../model/mapping.ts';
import { compilePattern } from '../../model/pattern.ts';
import { type Conversion, findConversion } from '../../model/units.ts';

/** A column found: where it stands, and how the unit that its header names beside the name becomes the unit of the table. */
export interface MatchedColumn {
  readonly cell: number;
  readonly header: string;
  readonly spec: number;
  readonly conversion: Conversion | undefined;
}

export interface HeaderMatch {
  readonly mapping: Mapping;
  readonly columns: readonly MatchedColumn[];
  /** Headers of the file that nothing reads. */
  readonly ignored: readonly string[];
  /** What keeps the mapping from fitting; empty when it fits. */
  readonly missing: readonly string[];
}

const normalized = new Map<string, string>();
/** Each file asks for the same few names of mappings again and again; its own headers may be anything. */
const MAX_NORMALIZED = 5_000;
const MAX_KEPT_LENGTH = 200;

/** Header text without what people write differently: case, blanks, underscores, two encodings of µ, superscripts. */
export function normalizeHeader(text: string): string {
  const known = normalized.get(text);
  if (known !== undefined) return known;
  const made = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_]+/g, ' ')
    .trim();
  if (normalized.size >= MAX_NORMALIZED) normalized.clear();
  if (text.length <= MAX_KEPT_LENGTH) normalized.set(text, made);
  return made;
}

/** Splits `wind speed (m/s)` into `wind speed` and `m/s`; brackets count like parentheses. */
export function splitUnit(header: string): { base: string; unit: string | undefined } {
  const found = /^(.*?)\s*[([]\s*([^()[\]]+?)\s*[)\]]\s*$/.exec(header);
  return found === null ? { base: header, unit: undefined } : { base: (found[1] ?? '').trim(), unit: found[2] };
}

/** Matches the cells of a header row with `mapping`. Each column of the mapping takes the first header that is its name or an alias. */
export function matchHeader(mapping: Mapping, header: readonly string[]): HeaderMatch {
  const names = header.map(normalizeHeader);
  const taken = new Set<number>();
  const columns: MatchedColumn[] = [];
  const missing: string[] = [];
  mapping.columns.forEach((spec, at) => {
    const found = findColumn(spec, names, header, taken);
    if (found !== undefined) {
      taken.add(found.cell);
      columns.push({ ...found, spec: at });
    } else if (spec.required) missing.push(spec.header);
  });
  const demanded = (mapping.match.headers ?? []).filter((name) => {
    const spec = mapping.columns.find((c) => normalizeHeader(c.header) === normalizeHeader(name));
    const accepted = spec === undefined ? [name] : listNames(spec);
    return (
      !accepted.some((text) => names.includes(normalizeHeader(text))) &&
      !columns.some((c) => mapping.columns[c.spec] === spec)
    );
  });
  const hasMeasure = columns.some((c) => mapping.columns[c.spec]?.target.kind === 'measure');
  if (!hasMeasure)
    missing.push(
      ...mapping.columns
        .filter((c) => c.target.kind === 'measure')
        .map((c) => c.header)
        .slice(0, 3),
    );
  return {
    mapping,
    columns,
    ignored: header.filter((text, cell) => !taken.has(cell) && text.trim() !== ''),
    missing: [...new Set([...missing, ...demanded])],
  };
}

const listNames = (spec: ColumnSpec): string[] => [spec.header, ...spec.aliases];

/** Whether a header ends in `(mWh)` or `[mW]`: the only units of which capitals tell two apart. */
const isMilli = (header: string): boolean => /[([]\s*mWh?\s*[)\]]\s*$/.test(header);

/** The whole text first (units included), then the text without its unit: `temperature (°F)` is the column `temperature (°C)` in another unit. */
function findColumn(
  spec: ColumnSpec,
  names: readonly string[],
  header: readonly string[],
  taken: ReadonlySet<number>,
): Omit<MatchedColumn, 'spec'> | undefined {
  for (const name of listNames(spec)) {
    const isSame = (text: string, at: number) =>
      text === normalizeHeader(name) && isMilli(header[at] ?? '') === isMilli(name) && !taken.has(at);
    const cell = names.findIndex(isSame);
    if (cell >= 0) return { cell, header: header[cell] ?? '', conversion: undefined };
  }
  if (spec.matches !== undefined) {
    const pattern = compilePattern(spec.matches);
    const cell = header.findIndex((text, at) => !taken.has(at) && pattern.matcher(text.trim()).find());
    if (cell >= 0) return { cell, header: header[cell] ?? '', conversion: undefined };
  }
  if (spec.target.kind !== 'measure') return undefined;
  const stored = spec.target.measure.unit;
  const bases = new Set(listNames(spec).map((name) => normalizeHeader(splitUnit(name).base)));
  for (const [cell, name] of names.entries()) {
    const { base } = splitUnit(name);
    const { unit } = splitUnit(header[cell] ?? '');
    if (taken.has(cell) || unit === undefined || !bases.has(base)) continue;
    // A unit that cannot be converted is another quantity: the column is left alone, and listed as ignored.
    const conversion = findConversion(stored, unit);
    if (conversion !== undefined) return { cell, header: header[cell] ?? '', conversion };
  }
  return undefined;
}

/** Of the mappings that fit, the one that reads most columns; a user's mapping wins over a built-in one. Two equals are an ambiguity. */
export function chooseMatch(matches: readonly HeaderMatch[]): HeaderMatch | 'ambiguous' | undefined {
  const fitting = matches.filter((m) => m.missing.length === 0);
  const rank = (m: HeaderMatch) => (m.mapping.origin === 'user' ? 1000 : 0) + m.columns.length;
  const best = Math.max(...fitting.map(rank));
  const first = fitting.filter((m) => rank(m) === best);
  return first.length > 1 ? 'ambiguous' : first[0];
}

/** The mapping that comes nearest to a header that none fits: for the message. Columns that reshaping makes are in no file. */
export function findNearest(matches: readonly HeaderMatch[]): HeaderMatch | undefined {
  const countFound = (m: HeaderMatch) => m.columns.filter(({ spec }) => m.mapping.columns[spec]?.made !== true).length;
  const score = (m: HeaderMatch) => countFound(m) - m.missing.length * 0.5;
  return [...matches].filter((m) => countFound(m) > 0).sort((a, b) => score(b) - score(a))[0];
}
