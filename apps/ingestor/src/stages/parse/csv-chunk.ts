// What is done to a chunk of found records before it is handed on: broken UTF-8 is flagged, doubled quotes become one. Finds no cells itself.
import { isUtf8 } from 'node:buffer';
import { type RecordChunk, ROW_FLAWS } from '../../model/records.ts';
import type { CsvScan } from './csv-window.ts';

/** Makes the chunk of the records that the last scan found in `bytes[begin .. scan.from)`. */
export function makeChunk(scan: CsvScan, begin: number): RecordChunk {
  if (!isUtf8(scan.bytes.subarray(begin, scan.from))) flagEncoding(scan);
  for (let i = 0; i < scan.escapes; i++) unescapeCell(scan, scan.escaped[i] as number);
  const { bytes, starts, ends, first, lines, flaws, rows } = scan;
  return { bytes, starts, ends, first, lines, flaws, rows };
}

function flagEncoding(scan: CsvScan): void {
  const { bytes, starts, ends, first, flaws } = scan;
  for (let row = 0; row < scan.rows; row++) {
    const begin = starts[first[row] as number];
    const end = ends[(first[row + 1] as number) - 1];
    if (flaws[row] === ROW_FLAWS.none && !isUtf8(bytes.subarray(begin, end))) flaws[row] = ROW_FLAWS.encoding;
  }
}

/** The text becomes shorter, so there is room for it where it stands. */
function unescapeCell(scan: CsvScan, cell: number): void {
  const { bytes, quote, ends } = scan;
  const end = ends[cell] as number;
  let to = scan.starts[cell] as number;
  for (let at = to; at < end; at++) {
    const byte = bytes[at] as number;
    bytes[to++] = byte;
    if (byte === quote) at++;
  }
  ends[cell] = to;
}
