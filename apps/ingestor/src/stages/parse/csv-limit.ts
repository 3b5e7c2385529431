// Records over a limit: keeps how they begin and skips the rest of them in bounded memory. Does not look for cells.
import type { CsvScan } from './csv-window.ts';

/** How much is kept of a record over a limit, so that a message can show how it begins. */
const KEPT_BYTES = 1024;

export const LINE = { LF: 10, CR: 13 } as const;

/** Bytes are missing that decide. */
export const UNFINISHED = -1;

/**
 * Cuts the record at `scan.from`, whose cells from `firstCell` on are found as far as `scan.stop`, and skips what is left of its line.
 * Returns false when the end of the line is not in the window.
 */
export function cutRecord(scan: CsvScan, firstCell: number): boolean {
  const { bytes, starts, ends, from, stop } = scan;
  let kept = Math.min(stop, from + KEPT_BYTES);
  while (kept > from && ((bytes[kept] as number) & 0xc0) === 0x80) kept--;
  while (scan.cells > firstCell + 1 && (starts[scan.cells - 1] as number) > kept) scan.cells--;
  const last = scan.cells - 1;
  ends[last] = Math.max(starts[last] as number, Math.min(ends[last] as number, kept));
  scan.line += countLineEnds(bytes, from, stop);
  scan.from = stop;
  scan.skipping = true;
  return skipRest(scan);
}

/** Skips to the line behind the next line end, quoted or not. Returns false when the window ends first. */
export function skipRest(scan: CsvScan): boolean {
  const { bytes, to } = scan;
  let at = scan.from;
  while (bytes[at] !== LINE.LF && bytes[at] !== LINE.CR) at++;
  // A CR at the end of the window waits for the LF that may follow.
  const waits = at >= to || (at + 1 >= to && bytes[at] === LINE.CR);
  if (waits && !scan.final) {
    scan.from = at;
    return false;
  }
  scan.from = Math.min(to, at + (bytes[at] === LINE.CR && bytes[at + 1] === LINE.LF ? 2 : 1));
  scan.line++;
  scan.skipping = false;
  return true;
}

/** Line ends in `bytes[from .. to)`; CRLF counts where its LF stands. */
function countLineEnds(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    if (bytes[at] === LINE.LF || (bytes[at] === LINE.CR && bytes[at + 1] !== LINE.LF)) count++;
  }
  return count;
}
