// Records as bytes: what every parser hands on, and every later stage reads. Holds no logic beyond reading a cell.

/**
 * A run of records. Cell `c` of row `r` is the UTF-8 text `bytes[starts[k] .. ends[k])` with `k = first[r] + c`,
 * unquoted and unescaped; a row has `first[r + 1] - first[r]` cells. The chunk is valid until the next one is asked for.
 */
export interface RecordChunk {
  readonly bytes: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** `rows + 1` entries at least. */
  readonly first: Int32Array;
  /** Line of the file (or row of the sheet) on which each record begins, 1-based. */
  readonly lines: Float64Array;
  /** 0 = well formed, else one of ROW_FLAWS. */
  readonly flaws: Uint8Array;
  readonly rows: number;
}

/** Why a record is not well formed; the row is refused, not the file. */
export const ROW_FLAWS = {
  none: 0,
  badQuoting: 1,
  encoding: 2,
  cellError: 3,
  tooLong: 4,
  ragged: 5,
  badJson: 6,
} as const;

/** Number of cells of row `row`. */
export const countCells = (chunk: RecordChunk, row: number): number =>
  (chunk.first[row + 1] as number) - (chunk.first[row] as number);

/** Text of one cell; '' where the row has no such cell. */
export function readCell(chunk: RecordChunk, row: number, cell: number): string {
  const at = (chunk.first[row] as number) + cell;
  if (at >= (chunk.first[row + 1] as number)) return '';
  return chunk.bytes.toString('utf8', chunk.starts[at], chunk.ends[at]);
}

/** All cells of one row as text. */
export function readCells(chunk: RecordChunk, row: number): string[] {
  const cells: string[] = [];
  const end = chunk.first[row + 1] as number;
  for (let at = chunk.first[row] as number; at < end; at++) {
    cells.push(chunk.bytes.toString('utf8', chunk.starts[at], chunk.ends[at]));
  }
  return cells;
}
