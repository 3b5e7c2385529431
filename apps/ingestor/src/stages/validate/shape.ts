// The form of a record: too few or too many cells, broken quotes, and lines that are no records (blank, footer, repeated header).
import type { CellError } from '@cei-inoe/shared/batches';
import type { RejectionCode } from '@cei-inoe/shared/error-catalogue';
import { compilePattern } from '../../model/pattern.ts';
import { countCells, type RecordChunk, ROW_FLAWS, readCell, readCells } from '../../model/records.ts';
import { makeCellError } from './checks.ts';

const FLAWS = new Map<number, { code: RejectionCode; message: string }>([
  [ROW_FLAWS.badQuoting, { code: 'bad_quoting', message: 'A quote in this row does not close, or text follows it.' }],
  [ROW_FLAWS.encoding, { code: 'encoding', message: 'The row has bytes that are not UTF-8, though the file is.' }],
  [ROW_FLAWS.cellError, { code: 'cell_error', message: 'A cell of the row holds an error of the spreadsheet.' }],
  [ROW_FLAWS.ragged, { code: 'ragged_row', message: 'The row has not as many cells as the header.' }],
  [ROW_FLAWS.badJson, { code: 'bad_json', message: 'The record is not valid JSON, or has a key twice.' }],
  [ROW_FLAWS.tooLong, { code: 'ragged_row', message: 'The row is longer than any row may be.' }],
]);

/** What is wrong with the form of a record; null where surplus cells are all blank. */
export function describeShape(
  chunk: RecordChunk,
  row: number,
  expected: { readonly minCells: number; readonly width: number; readonly cells: readonly number[] },
): CellError[] | null {
  const found = chunk.flaws[row] as number;
  // An error of the spreadsheet in a column that nobody reads says nothing about the row.
  const counts =
    found !== ROW_FLAWS.cellError || expected.cells.some((cell) => readCell(chunk, row, cell).startsWith('#'));
  const flaw = counts ? FLAWS.get(found) : undefined;
  if (flaw !== undefined) return [makeCellError(flaw.code, null, readCells(chunk, row).join(' '), flaw.message)];
  const cells = countCells(chunk, row);
  if (cells >= expected.minCells && cells <= expected.width) return null;
  if (cells > expected.width && isBlankFrom(chunk, row, expected.width)) return null;
  const message = `${cells} cells where the header has ${expected.width}.`;
  return [makeCellError('ragged_row', null, readCells(chunk, row).slice(0, 50).join(' '), message)];
}

function isBlankFrom(chunk: RecordChunk, row: number, from: number): boolean {
  for (let cell = from; cell < countCells(chunk, row); cell++) {
    if (readCell(chunk, row, cell).trim() !== '') return false;
  }
  return true;
}

/** Makes the test for lines that are no records: blank, a footer, or the header again. Patterns run on a linear-time engine. */
export function makeNoiseTest(
  footers: readonly string[],
  header: readonly string[],
): (cells: readonly string[]) => boolean {
  const patterns = footers.map((pattern) => compilePattern(pattern));
  return (cells) => {
    const line = cells.join(' ');
    if (line.trim() === '' || isSameRow(cells, header)) return true;
    return patterns.some((pattern) => pattern.test(line));
  };
}

const isSameRow = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((cell, at) => cell === b[at]);
