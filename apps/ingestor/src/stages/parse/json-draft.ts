// Rows of cells on their way to a record chunk: every row has a cell for each column. Reads no JSON.
import type { RecordChunk } from '../../model/records.ts';
import type { CellSink } from './json-record.ts';

const CHUNK_ROWS = 4_096;
const CHUNK_BYTES = 256 * 1024;

export interface Draft extends CellSink {
  /** Ends the row that cells were put into. */
  endRow(line: number, flaw: number): void;
  /** A row that could not be read: the beginning of its text stands in its first cell. */
  addFlawed(line: number, flaw: number, text: Buffer): void;
  isFull(): boolean;
  /** The rows so far as a chunk; undefined where there are none. A chunk is valid until the next one is asked for. */
  takeChunk(): RecordChunk | undefined;
}

/** `columns`: key → position. Keys that are no column are left out. */
export function makeDraft(
  columns: ReadonlyMap<string, number>,
  carried: readonly (readonly [number, string])[],
): Draft {
  const width = columns.size;
  let bytes = Buffer.allocUnsafe(2 * CHUNK_BYTES);
  let used = 0;
  let rows = 0;
  const starts = new Int32Array(CHUNK_ROWS * width);
  const ends = new Int32Array(CHUNK_ROWS * width);
  const first = Int32Array.from({ length: CHUNK_ROWS + 1 }, (_, row) => row * width);
  const lines = new Float64Array(CHUNK_ROWS);
  const flaws = new Uint8Array(CHUNK_ROWS);
  const isPut = new Uint8Array(width);

  function write(cell: number, text: string | Buffer): void {
    const length = Buffer.byteLength(text);
    if (used + length > bytes.length)
      bytes = Buffer.concat([bytes.subarray(0, used), Buffer.allocUnsafe(used + length)]);
    starts[rows * width + cell] = used;
    used += typeof text === 'string' ? bytes.write(text, used) : text.copy(bytes, used);
    ends[rows * width + cell] = used;
  }

  function endRow(line: number, flaw: number): void {
    for (const [cell, text] of carried) write(cell, text);
    for (let cell = 0; cell < width; cell++) {
      const filled = isPut[cell] === 1 || carried.some(([at]) => at === cell);
      if (!filled) starts[rows * width + cell] = ends[rows * width + cell] = 0;
    }
    isPut.fill(0);
    lines[rows] = line;
    flaws[rows] = flaw;
    rows++;
  }

  return {
    put(key, text) {
      const cell = columns.get(key);
      if (cell === undefined) return true;
      if (isPut[cell] === 1) return false;
      isPut[cell] = 1;
      write(cell, text);
      return true;
    },
    endRow,
    addFlawed(line, flaw, text) {
      isPut.fill(0);
      if (width > 0) {
        isPut[0] = 1;
        write(0, text.subarray(0, 1024));
      }
      endRow(line, flaw);
    },
    isFull: () => rows >= CHUNK_ROWS || used >= CHUNK_BYTES,
    takeChunk() {
      if (rows === 0) return undefined;
      const chunk = { bytes, starts, ends, first, lines, flaws, rows };
      rows = 0;
      used = 0;
      return chunk;
    },
  };
}
