// Finds where the header of a file may stand, for each mapping: a row, several rows joined, or none where the mapping names the columns. Matches nothing.

import type { Mapping } from '../model/mapping.ts';
import { compilePattern } from '../model/pattern.ts';
import type { ReadingPlan } from '../model/plan.ts';
import { isRejectsHeader } from '../stages/report/rejects-csv.ts';
import type { Sample } from './sample.ts';

/** A header that a file may have for one mapping. */
export interface FoundHeader {
  readonly mapping: Mapping;
  readonly cells: readonly string[];
  /** Position of its last row in the sample; -1 where the records begin at once. */
  readonly at: number;
}

const HEADER_ROWS = 60;

/** So many records at the beginning of a file may have a part in a header of one of `mappings`. */
export const countBeginning = (mappings: readonly Mapping[]): number =>
  Math.max(0, ...mappings.map(({ file }) => file.skip_rows + file.header_rows)) + HEADER_ROWS;

/** Whether a mapping may be tried on this reading. A rejects file of ours is CSV, whatever the file was. */
export function fitsReading({ file }: Mapping, { dialect, encoding }: ReadingPlan, corrected: boolean): boolean {
  if (corrected && dialect.kind === 'csv') return true;
  if (dialect.kind === 'workbook') return isOneOf(file.format, 'auto', 'workbook') && file.sheet === dialect.sheet;
  if (dialect.kind === 'json') {
    if (!isOneOf(file.format, 'auto', dialect.lines ? 'ndjson' : 'json')) return false;
    const carries = file.format === 'auto' ? [] : Object.keys(file.carry);
    return file.records === dialect.wanted && carries.join() === Object.keys(dialect.carried).join();
  }
  const { delimiter, quote } = dialect;
  return (
    isOneOf(file.format, 'auto', 'csv') &&
    isOneOf(file.delimiter, 'auto', delimiter) &&
    isOneOf(file.encoding, 'auto', encoding) &&
    (file.quote === '"' || file.quote === (quote ?? ''))
  );
}

const isOneOf = (value: string, ...allowed: readonly string[]): boolean => allowed.includes(value);

/** The headers to try, in turn: those that mappings give, then row after row of the sample. */
export function* listHeaders(
  sample: Sample,
  mappings: readonly Mapping[],
  file: { readonly fileName: string; readonly isNamed: boolean },
): Generator<FoundHeader[]> {
  const given = mappings.flatMap((mapping) => takeGiven(mapping, sample, file) ?? []);
  if (given.length > 0) yield given;
  for (let at = 0; at < Math.min(sample.rows.length, HEADER_ROWS); at++) {
    const here = mappings.flatMap((mapping) => readHeader(mapping, sample, at) ?? []);
    if (here.length > 0) yield here;
  }
}

/** A mapping that names the columns is taken only on purpose: by its name, or by that of the file; and only where the cells are as many. */
function takeGiven(
  mapping: Mapping,
  sample: Sample,
  { fileName, isNamed }: { readonly fileName: string; readonly isNamed: boolean },
): FoundHeader | undefined {
  const { header, skip_rows: skipped } = mapping.file;
  if (header === undefined || isRejectsHeader(sample.rows[0] ?? [])) return undefined;
  const pattern = mapping.match.filename;
  const isMeant = isNamed || (pattern !== undefined && compilePattern(pattern).matcher(fileName).find());
  const first = sample.rows[skipped] ?? [];
  const cells = first.findLastIndex((cell) => cell.trim() !== '') + 1;
  if (!isMeant || cells > header.length || first.length < header.length) return undefined;
  return { mapping, cells: header, at: skipped - 1 };
}

/** The header that begins in row `at`, as the mapping reads it; our own rejects files have theirs first, in one row. */
function readHeader(mapping: Mapping, sample: Sample, at: number): FoundHeader | undefined {
  const { header, header_row: fixed, header_rows: count, skip_rows: skipped } = mapping.file;
  const row = sample.rows[at] ?? [];
  if (isRejectsHeader(row)) return { mapping, cells: row, at };
  const isPlace = fixed === undefined ? at >= skipped : at === skipped + fixed - 1;
  if (header !== undefined || !isPlace || at + count > sample.rows.length) return undefined;
  const cells = count === 1 ? row : joinRows(sample.rows.slice(at, at + count));
  return countFilled(cells) < 2 ? undefined : { mapping, cells, at: at + count - 1 };
}

const countFilled = (row: readonly string[]): number => row.filter((cell) => cell.trim() !== '').length;

/** The texts over each other, joined by a blank. An upper cell reaches to the next one on its right, as merged cells do. */
function joinRows(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map((row) => row.length));
  const filled = rows.map((row, at) => {
    let last = '';
    return Array.from({ length: width }, (_, cell) => {
      const text = (row[cell] ?? '').trim();
      if (text !== '' || at === rows.length - 1) last = text;
      return last;
    });
  });
  return Array.from({ length: width }, (_, cell) =>
    filled
      .map((row) => row[cell] ?? '')
      .filter((text) => text !== '')
      .join(' '),
  );
}
