// The window of bytes that CSV is scanned in: filling it, carrying an unfinished record over, growing within bounds. Knows nothing of cells' meaning.
import type { CsvDialect } from '../../model/dialect.ts';

/** Cells and rows of one chunk: arrays that stay within the processor's cache; what is left of the window becomes the next chunk. */
export const CHUNK_CELLS = 65_536;
export const CHUNK_ROWS = 32_768;

export interface CsvLimits {
  /** Longest record in bytes. A quote that does not close within it counts as stray. */
  readonly maxRowBytes: number;
  readonly maxCells: number;
  /** How many bytes are scanned at a time. */
  readonly chunkBytes: number;
}

/**
 * A window of bytes and what was found in it. `bytes[from .. to)` is not read yet; `bytes[to]` is a spare place where the scan puts
 * a line feed, which ends every inner loop without a test for the end.
 */
export interface CsvScan extends CsvLimits {
  bytes: Buffer;
  from: number;
  to: number;
  /** No bytes come after `to`. */
  final: boolean;
  /** Line on which the byte at `from` stands. */
  line: number;
  /** Inside a record over a limit, whose end was not met yet. */
  skipping: boolean;
  /** Bytes that the last scan left. */
  carried: number;
  readonly delimiter: number;
  /** -1 where the dialect has none. */
  readonly quote: number;
  /** 1 for the bytes with which a quoted cell may begin: the quote, and blanks. */
  readonly openers: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly first: Int32Array;
  readonly lines: Float64Array;
  readonly flaws: Uint8Array;
  /** Cells in which doubled quotes must become one. */
  readonly escaped: Int32Array;
  rows: number;
  cells: number;
  escapes: number;
  /** Of the record being scanned: line ends inside its quotes, its flaw, and where a limit was met. */
  innerLines: number;
  flaw: number;
  stop: number;
  /** Whether the quoted cell scanned last has doubled quotes. */
  hasEscapes: boolean;
}

/** In a dialect without quotes, and behind a stray quote, no cell is quoted. */
export const NO_OPENERS = new Uint8Array(256);

function listOpeners({ delimiter, quote }: CsvDialect): Uint8Array {
  if (quote === null) return NO_OPENERS;
  const openers = new Uint8Array(256);
  for (const opener of [quote, ' ', '\t']) openers[opener.charCodeAt(0)] = opener === delimiter ? 0 : 1;
  return openers;
}

interface CellArrays {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly escaped: Int32Array;
  readonly first: Int32Array;
  readonly lines: Float64Array;
  readonly flaws: Uint8Array;
}

const makeArrays = (cells: number): CellArrays => ({
  starts: new Int32Array(cells),
  ends: new Int32Array(cells),
  escaped: new Int32Array(cells),
  first: new Int32Array(CHUNK_ROWS + 1),
  lines: new Float64Array(CHUNK_ROWS),
  flaws: new Uint8Array(CHUNK_ROWS),
});

/** Arrays of scans that have ended: a small file costs less than clearing new ones for each of its readings. */
const spare: CellArrays[] = [];
const MOST_SPARE = 4;

function takeArrays(cells: number): CellArrays {
  const at = spare.findIndex(({ starts }) => starts.length === cells);
  return spare.splice(at, at < 0 ? 0 : 1)[0] ?? makeArrays(cells);
}

/** The scan is over, and with it all of its chunks. */
export function releaseScan({ starts, ends, escaped, first, lines, flaws }: CsvScan): void {
  if (spare.length < MOST_SPARE) spare.push({ starts, ends, escaped, first, lines, flaws });
}

/** An empty window for records that begin on line `firstLine`. */
export function makeScan(dialect: CsvDialect, limits: CsvLimits, firstLine: number): CsvScan {
  const { starts, ends, escaped, first, lines, flaws } = takeArrays(CHUNK_CELLS + limits.maxCells);
  // One literal without spreading: every scan of the process has the same hidden class, else the inner loop becomes three times slower.
  return {
    maxRowBytes: limits.maxRowBytes,
    maxCells: limits.maxCells,
    chunkBytes: limits.chunkBytes,
    bytes: Buffer.allocUnsafe(2 * limits.chunkBytes + 1),
    from: 0,
    to: 0,
    final: false,
    line: firstLine,
    skipping: false,
    carried: 0,
    delimiter: dialect.delimiter.charCodeAt(0),
    quote: dialect.quote === null ? -1 : dialect.quote.charCodeAt(0),
    openers: listOpeners(dialect),
    starts,
    ends,
    first,
    lines,
    flaws,
    escaped,
    rows: 0,
    cells: 0,
    escapes: 0,
    innerLines: 0,
    flaw: 0,
    stop: 0,
    hasEscapes: false,
  };
}

/**
 * Appends as much of `piece` from `taken` on as the next scan wants, and returns how much of the piece is taken then.
 * What is left of the last scan moves to the front first.
 */
export function fillWindow(scan: CsvScan, piece: Buffer, taken: number): number {
  const wanted = countWanted(scan);
  const length = Math.min(piece.length - taken, scan.from + wanted - scan.to);
  if (scan.to + length >= scan.bytes.length) moveToFront(scan, wanted);
  piece.copy(scan.bytes, scan.to, taken, taken + length);
  scan.to += length;
  return taken + length;
}

/** Whether enough bytes are there for another scan. */
export const isFilled = (scan: CsvScan): boolean => scan.to - scan.from >= countWanted(scan);

/**
 * An unfinished record is scanned again only once twice its bytes are there, so that long records cost a constant factor; and
 * with one byte more than a record may have, the scan ends it in any case.
 */
function countWanted(scan: CsvScan): number {
  return Math.max(scan.chunkBytes, Math.min(2 * scan.carried, scan.maxRowBytes + 2));
}

function moveToFront(scan: CsvScan, wanted: number): void {
  const { bytes, from, to } = scan;
  if (wanted >= bytes.length) scan.bytes = Buffer.allocUnsafe(wanted + scan.chunkBytes + 1);
  bytes.copy(scan.bytes, 0, from, to);
  scan.from = 0;
  scan.to = to - from;
}
