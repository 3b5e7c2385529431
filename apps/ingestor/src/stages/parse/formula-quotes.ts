// Takes off the ' that our rejects files put before what a spreadsheet would run, when such a file comes back corrected.
import type { RecordChunk } from '../../model/records.ts';

const QUOTE = 0x27;
/** = + - @ tab CR */
const FORMULA_SIGNS = new Set([0x3d, 0x2b, 0x2d, 0x40, 0x09, 0x0d]);

/** Moves the beginning of each such cell behind its quote; the bytes stay as they are. */
export function takeOffFormulaQuotes(chunk: RecordChunk): void {
  const cells = chunk.first[chunk.rows] as number;
  for (let at = 0; at < cells; at++) {
    const start = chunk.starts[at] as number;
    const isQuoted = (chunk.ends[at] as number) - start >= 2 && chunk.bytes[start] === QUOTE;
    if (isQuoted && FORMULA_SIGNS.has(chunk.bytes[start + 1] as number)) chunk.starts[at] = start + 1;
  }
}
