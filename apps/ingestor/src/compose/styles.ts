// Decides, once per file, how the numbers of each column and the times are written.
import type { LoadOptions } from '@cei-inoe/shared/batches';
import { Fault } from '@cei-inoe/shared/errors';
import type { Mapping } from '../model/mapping.ts';
import type { PlannedColumn, ReadingPlan } from '../model/plan.ts';
import { SAME_UNIT } from '../model/units.ts';
import {
  addEvidence,
  collectEvidence,
  decideStyle,
  makeEvidence,
  sniffNumberStyle,
} from '../stages/coerce/number-style.ts';
import { sniffTimeFormat, type TimeDecision } from '../stages/coerce/time-sniff.ts';
import type { HeaderMatch } from '../stages/map/match-header.ts';
import { type EarlierStyles, findEarlierColumn } from './earlier-styles.ts';

type Rows = readonly (readonly string[])[];

/**
 * The columns with their number styles: the mapping's word first, then the column's own evidence, then that of the whole file, then how the
 * file was written of which this one holds the refused records.
 * @throws Fault number_style_ambiguous
 */
export function decideColumns(
  match: HeaderMatch,
  rows: Rows,
  reading: ReadingPlan,
  earlier?: EarlierStyles,
): PlannedColumn[] {
  const { mapping } = match;
  const { pooled, evidences } = gatherEvidence(match, rows);
  return match.columns.map((column, at) => {
    const spec = mapping.columns[column.spec];
    const conversion = column.conversion ?? spec?.conversion ?? SAME_UNIT;
    const base = { cell: column.cell, header: column.header, spec: column.spec, conversion };
    if (spec?.decimal !== undefined) return { ...base, decimal: spec.decimal, group: spec.group ?? '' };
    let style = decideStyle(evidences[at] ?? pooled);
    if (style === 'ambiguous' || style === 'none') style = chooseStyle(style, decideStyle(pooled), reading);
    if (style === 'ambiguous') {
      const before = findEarlierColumn(earlier, spec);
      if (before !== undefined) return { ...base, decimal: before.decimal, group: before.group };
      const texts = rows.map((row) => row[column.cell] ?? '');
      if (isPointByDialect(texts, reading)) return { ...base, decimal: '.', group: '' };
      throw new Fault('number_style_ambiguous', `Column ${column.header}: ${describeDoubt(texts)}`);
    }
    const { decimal, group } = style === 'none' ? { decimal: '.' as const, group: '' as const } : style;
    return { ...base, decimal, group: spec?.group ?? group };
  });
}

function gatherEvidence({ mapping, columns }: HeaderMatch, rows: Rows) {
  const pooled = makeEvidence();
  const evidences = columns.map((column) => {
    const own = makeEvidence();
    if (mapping.columns[column.spec]?.target.kind === 'measure') {
      for (const row of rows) collectEvidence(row[column.cell] ?? '', own);
      addEvidence(pooled, own);
    }
    return own;
  });
  return { pooled, evidences };
}

/** Cells of the columns about whose numbers neither the mapping says anything, nor these rows. */
export function listUntold(match: HeaderMatch, rows: Rows): number[] {
  const { pooled, evidences } = gatherEvidence(match, rows);
  const tells = (style: Style) => style !== 'ambiguous' && style !== 'none';
  if (tells(decideStyle(pooled))) return [];
  return match.columns.flatMap(({ spec, cell }, at) => {
    const { target, decimal } = match.mapping.columns[spec] ?? {};
    const isOpen = target?.kind === 'measure' && decimal === undefined;
    return isOpen && !tells(decideStyle(evidences[at] ?? pooled)) ? [cell] : [];
  });
}

/** Two cells that contradict each other, or one that alone may be read in two ways. */
function describeDoubt(texts: readonly string[]): string {
  const find = (sign: '.' | ',') =>
    texts.find((text) => {
      const style = sniffNumberStyle([text]);
      return style !== 'ambiguous' && style !== 'none' && style.decimal === sign;
    });
  const [point, comma] = [find('.'), find(',')];
  if (point !== undefined && comma !== undefined)
    return `${comma} has a comma as its decimal sign and ${point} a point.`;
  const text = texts.find((one) => /[.,]/.test(one)) ?? '';
  return `${text} may be ${text.replace(',', '.')} or ${text.replace(/[.,]/, '')}.`;
}

/** Where commas separate the cells, nobody groups thousands with points: `1.234` alone is a decimal there. */
function isPointByDialect(texts: readonly string[], reading: ReadingPlan): boolean {
  return (
    reading.dialect.kind === 'csv' && reading.dialect.delimiter === ',' && !texts.some((text) => text.includes(','))
  );
}

type Style = ReturnType<typeof decideStyle>;

/** A file writes all its numbers in one style: what other columns prove holds for a column that proves nothing. */
function chooseStyle(own: Style, file: Style, reading: ReadingPlan): Style {
  if (file !== 'ambiguous' && file !== 'none') return file;
  // A workbook's numbers are written by us, with a point.
  if (reading.dialect.kind === 'workbook' && own !== 'none') return { decimal: '.', group: '' };
  return own === 'none' ? 'none' : file;
}

/** The one format of the file's times. */
export function decideTimeFormat(
  mapping: Mapping,
  texts: readonly string[],
  options: LoadOptions | undefined,
  earlier?: EarlierStyles,
): TimeDecision {
  const decision = decideByTexts(mapping, texts, options);
  if (decision.ok || earlier === undefined || options?.dateOrder !== undefined) return decision;
  // Both orders fit the few lines; one of them is that of the whole file.
  const filled = texts.filter((text) => text.trim() !== '');
  const before = sniffTimeFormat(filled, { formats: [earlier.time_format], order: undefined });
  return decision.code === 'date_order_ambiguous' && before.ok ? before : decision;
}

function decideByTexts(mapping: Mapping, texts: readonly string[], options: LoadOptions | undefined): TimeDecision {
  const filled = texts.filter((text) => text.trim() !== '');
  const wanted = options?.dateOrder ?? mapping.time.order;
  const decision = sniffTimeFormat(filled, { formats: mapping.time.formats, order: wanted });
  // A day that is given is written as days are given, whatever form it has in names of files.
  const isGiven = mapping.time.from !== undefined && options?.date !== undefined;
  if (!decision.ok && isGiven) return sniffTimeFormat(filled, { formats: [], order: wanted });
  // The built-in mappings name the formats of the old system; other exports under the same headers are looked at like any file.
  if (decision.ok || mapping.time.formats.length === 0 || mapping.origin !== 'built-in') return decision;
  return decision.code === 'time_format_unknown' ? sniffTimeFormat(filled, { formats: [], order: wanted }) : decision;
}
