// Looks further down a file for numbers that tell how its columns are written, where its beginning has whole numbers only: the first
// `1.234` of a meter may come in summer. Decides nothing.
import { countCells, type RecordChunk, ROW_FLAWS, readCell, readCells } from '../model/records.ts';

/** Records that are looked at, and telling ones that are enough. */
const MAX_ROWS = 500_000;
const ENOUGH = 1_000;

const POINT = 0x2e;
const COMMA = 0x2c;
const APOSTROPHE = 0x27;

/** Records behind line `after` that have a point, comma or apostrophe in one of `cells`, the first thousand of them. */
export async function readTellingRows(
  records: AsyncIterable<RecordChunk>,
  cells: readonly number[],
  after: number,
): Promise<string[][]> {
  const found: string[][] = [];
  let seen = 0;
  for await (const chunk of records) {
    for (let row = 0; row < chunk.rows; row++) {
      if ((chunk.lines[row] as number) <= after || chunk.flaws[row] !== ROW_FLAWS.none) continue;
      if (cells.some((cell) => hasSign(chunk, row, cell))) found.push(readCells(chunk, row));
      if (++seen >= MAX_ROWS || found.length >= ENOUGH) return found;
    }
  }
  return found;
}

function hasSign(chunk: RecordChunk, row: number, cell: number): boolean {
  if (cell >= countCells(chunk, row)) return false;
  const at = (chunk.first[row] as number) + cell;
  const end = chunk.ends[at] as number;
  for (let i = chunk.starts[at] as number; i < end; i++) {
    const byte = chunk.bytes[i] as number;
    if (byte === POINT || byte === COMMA) return true;
    // Two bytes of UTF-8 and more: a typographic apostrophe or a thin blank may stand between thousands.
    if (byte === APOSTROPHE || byte > 0x7f) return readCell(chunk, row, cell).trim() !== '';
  }
  return false;
}
