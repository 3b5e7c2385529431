// Rows of a sheet as record chunks whose memory can be handed to another thread. Does not open workbooks.
import { Fault } from '@cei-inoe/shared/errors';
import type { CellObject } from '@e965/xlsx';
import { type RecordChunk, ROW_FLAWS } from '../../model/records.ts';
import type { CellWriter } from './workbook-cell.ts';

/** A sheet's rows by their 0-based number, each with cells by their 0-based column; both may have holes. */
export type SheetRows = readonly (readonly (CellObject | undefined)[] | undefined)[];

const CHUNK_CELLS = 32_768;
/** Cells of a sheet, empty ones within its width included: a full sheet of 38 columns. */
const MAX_CELLS = 40_000_000;

/** Number of columns up to the last one that has anything in it. */
export function measureWidth(rows: SheetRows): number {
  let width = 0;
  for (const row of rows) {
    if (row === undefined) continue;
    for (let cell = row.length - 1; cell >= width; cell--) {
      if (isFilled(row[cell])) width = cell + 1;
    }
  }
  return width;
}

const isFilled = (cell: CellObject | undefined): boolean =>
  cell !== undefined && cell !== null && cell.t !== 'z' && cell.v !== '' && !(cell.t === 's' && cell.v === undefined);

/**
 * The rows of a sheet that have anything in them, every one `width` cells wide, as in a sheet a missing cell is an empty one. The line of a record is
 * the number of its row. @throws Fault workbook_too_large when the sheet spans more than MAX_CELLS
 */
export function* listChunks(rows: SheetRows, width: number, writer: CellWriter): Generator<RecordChunk> {
  if (width * rows.length > MAX_CELLS) {
    const span = `The sheet spans ${rows.length} rows of ${width} columns`;
    throw new Fault('workbook_too_large', `${span}; ${MAX_CELLS} cells are the limit.`);
  }
  const capacity = Math.max(1, Math.floor(CHUNK_CELLS / Math.max(1, width)));
  let draft = makeDraft(capacity, width);
  for (let row = 0; row < rows.length; row++) {
    const cells = rows[row];
    if (cells === undefined || !cells.some(isFilled)) continue;
    addRow(draft, cells, width, row + 1, writer);
    if (draft.rows < capacity) continue;
    yield finishDraft(draft);
    draft = makeDraft(capacity, width);
  }
  if (draft.rows > 0) yield finishDraft(draft);
}

interface Draft {
  bytes: Buffer;
  used: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly first: Int32Array;
  readonly lines: Float64Array;
  readonly flaws: Uint8Array;
  rows: number;
}

function makeDraft(rows: number, width: number): Draft {
  return {
    bytes: Buffer.allocUnsafeSlow(rows * width * 12 + 64),
    used: 0,
    starts: new Int32Array(rows * width),
    ends: new Int32Array(rows * width),
    first: new Int32Array(rows + 1),
    lines: new Float64Array(rows),
    flaws: new Uint8Array(rows),
    rows: 0,
  };
}

function addRow(
  draft: Draft,
  cells: readonly (CellObject | undefined)[],
  width: number,
  line: number,
  writer: CellWriter,
): void {
  const row = draft.rows++;
  const firstCell = draft.first[row] as number;
  draft.lines[row] = line;
  for (let column = 0; column < width; column++) {
    const text = writer.write(cells[column]);
    if (writer.failed) draft.flaws[row] = ROW_FLAWS.cellError;
    draft.starts[firstCell + column] = draft.used;
    if (text !== '') appendText(draft, text);
    draft.ends[firstCell + column] = draft.used;
  }
  draft.first[row + 1] = firstCell + width;
}

function appendText(draft: Draft, text: string): void {
  const most = draft.used + 3 * text.length;
  if (most > draft.bytes.length) {
    const bytes = Buffer.allocUnsafeSlow(Math.max(most, 2 * draft.bytes.length));
    draft.bytes.copy(bytes, 0, 0, draft.used);
    draft.bytes = bytes;
  }
  draft.used += draft.bytes.write(text, draft.used);
}

function finishDraft({ bytes, starts, ends, first, lines, flaws, rows }: Draft): RecordChunk {
  return { bytes, starts, ends, first, lines, flaws, rows };
}
