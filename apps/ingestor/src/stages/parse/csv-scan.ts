// Finds the records and cells of CSV text in a window of bytes: the inner loop. Neither fills the window nor changes its text.
import { ROW_FLAWS } from '../../model/records.ts';
import { cutRecord, LINE, skipRest, UNFINISHED } from './csv-limit.ts';
import { CHUNK_CELLS, CHUNK_ROWS, type CsvScan, NO_OPENERS } from './csv-window.ts';

const { LF, CR } = LINE;
const SPACE = 32;
const TAB = 9;

/** Answers beside positions and UNFINISHED: the record is over a limit; the cell is to be read as it stands. */
const OVER_LIMIT = -2;
const AS_IT_STANDS = -3;

/**
 * Scans whole records from `scan.from` until the window or the chunk's arrays are used up, and moves `from` behind them.
 * A record that is not whole stays for a call with more bytes.
 */
export function scanRows(scan: CsvScan): void {
  scan.bytes[scan.to] = LF;
  scan.rows = 0;
  scan.cells = 0;
  scan.escapes = 0;
  if (!scan.skipping || skipRest(scan)) while (scanNext(scan));
  scan.first[scan.rows] = scan.cells;
  scan.carried = scan.to - scan.from;
}

/** Whether the chunk's arrays and not the window ended the scan, so that there may be more in it. */
export const isChunkFull = (scan: CsvScan): boolean => scan.rows === CHUNK_ROWS || scan.cells >= CHUNK_CELLS;

/** Takes the record or the blank line at `scan.from`. Returns false where there is none, or not all of it. */
function scanNext(scan: CsvScan): boolean {
  const { from, cells, escapes } = scan;
  if (from >= scan.to || isChunkFull(scan)) return false;
  const byte = scan.bytes[from];
  if (byte === LF || byte === CR) return takeBlankLine(scan);
  const next = scanRecord(scan, from);
  if (next >= 0) {
    addRow(scan, cells, scan.flaw);
    scan.line += 1 + scan.innerLines;
    scan.from = next;
    return true;
  }
  scan.escapes = escapes;
  if (next === OVER_LIMIT) {
    addRow(scan, cells, ROW_FLAWS.tooLong);
    return cutRecord(scan, cells);
  }
  scan.cells = cells;
  return false;
}

function takeBlankLine(scan: CsvScan): boolean {
  const next = endLine(scan, scan.from);
  if (next === UNFINISHED) return false;
  scan.from = next;
  scan.line++;
  return true;
}

function addRow(scan: CsvScan, firstCell: number, flaw: number): void {
  const row = scan.rows++;
  scan.first[row] = firstCell;
  scan.lines[row] = scan.line;
  scan.flaws[row] = flaw;
}

/** Appends the cells of the record that begins at `from`. Returns where the next one begins, UNFINISHED or OVER_LIMIT. */
function scanRecord(scan: CsvScan, from: number): number {
  const { bytes, starts, ends, delimiter } = scan;
  const limit = scan.cells + scan.maxCells;
  let openers = scan.openers;
  let cell = scan.cells;
  let at = from;
  scan.innerLines = 0;
  scan.flaw = ROW_FLAWS.none;
  for (;;) {
    const start = at;
    let byte = bytes[at] as number;
    if (openers[byte] === 1) {
      const end = scanQuoted(scan, from, at, cell);
      if (end === UNFINISHED) return UNFINISHED;
      if (end >= 0) at = end;
      else if (scan.flaw !== ROW_FLAWS.none) openers = NO_OPENERS;
    }
    if (at === start) {
      while (byte !== delimiter && byte !== LF && byte !== CR) byte = bytes[++at] as number;
      starts[cell] = start;
      ends[cell] = at;
    }
    cell++;
    if (bytes[at] !== delimiter) break;
    at++;
    if (cell === limit) return stopAt(scan, cell, at);
  }
  if (at - from > scan.maxRowBytes) return stopAt(scan, cell, at);
  scan.cells = cell;
  return endLine(scan, at);
}

function stopAt(scan: CsvScan, cells: number, at: number): number {
  scan.cells = cells;
  scan.stop = Math.min(at, scan.from + scan.maxRowBytes);
  return OVER_LIMIT;
}

/**
 * Scans a cell that may be quoted, blanks around its quotes allowed. Returns where its delimiter or line end stands; UNFINISHED when
 * bytes are missing; AS_IT_STANDS when it has no quotes, or broken ones (text behind the closing quote, or none within a record's
 * length): then the record has a flaw, and ends with the line of its opening quote, so that a stray one swallows nothing.
 */
function scanQuoted(scan: CsvScan, recordStart: number, cellStart: number, cell: number): number {
  const { bytes, delimiter } = scan;
  const open = skipBlanks(bytes, cellStart, delimiter);
  if (bytes[open] !== scan.quote) return AS_IT_STANDS;
  const innerLines = scan.innerLines;
  const close = findClosingQuote(scan, open + 1);
  const tooFar = (close < 0 ? scan.to : close) - recordStart > scan.maxRowBytes;
  if (close < 0 && !scan.final && !tooFar) return UNFINISHED;
  if (close >= 0 && !tooFar) {
    const end = skipBlanks(bytes, close + 1, delimiter);
    // What stands at the end of the window is our own line feed: the byte that decides is not there yet.
    if (end >= scan.to && !scan.final && end - recordStart <= scan.maxRowBytes + 1) return UNFINISHED;
    const byte = bytes[end];
    if (byte === delimiter || byte === LF || byte === CR) {
      scan.starts[cell] = open + 1;
      scan.ends[cell] = close;
      if (scan.hasEscapes) scan.escaped[scan.escapes++] = cell;
      return end;
    }
  }
  scan.innerLines = innerLines;
  scan.flaw = ROW_FLAWS.badQuoting;
  return AS_IT_STANDS;
}

/** Where the quote stands that closes the text beginning at `from`, or -1 where the window ends first. Counts the line ends between. */
function findClosingQuote(scan: CsvScan, from: number): number {
  const { bytes, quote, to } = scan;
  let at = from;
  scan.hasEscapes = false;
  for (;;) {
    const byte = bytes[at] as number;
    if (byte === quote) {
      if (bytes[at + 1] !== quote) return at;
      scan.hasEscapes = true;
      at += 2;
      continue;
    }
    if (byte === LF) {
      if (at >= to) return -1;
      scan.innerLines++;
    } else if (byte === CR && bytes[at + 1] !== LF) scan.innerLines++;
    at++;
  }
}

function skipBlanks(bytes: Buffer, from: number, delimiter: number): number {
  let at = from;
  while ((bytes[at] === SPACE || bytes[at] === TAB) && bytes[at] !== delimiter) at++;
  return at;
}

/** Where the line behind the line end at `at` begins; UNFINISHED where bytes that are not there yet decide it. */
function endLine(scan: CsvScan, at: number): number {
  const { bytes, to } = scan;
  if (at < to && bytes[at] === LF) return at + 1;
  if (at + 1 >= to) return scan.final ? to : UNFINISHED;
  return bytes[at + 1] === LF ? at + 2 : at + 1;
}
