// CSV as records: a stream of UTF-8 bytes in, chunks of records out. Knows no headers, no types and no encodings.
import type { CsvDialect } from '../../model/dialect.ts';
import type { RecordChunk } from '../../model/records.ts';
import { makeChunk } from './csv-chunk.ts';
import { isChunkFull, scanRows } from './csv-scan.ts';
import { type CsvLimits, type CsvScan, fillWindow, isFilled, makeScan, releaseScan } from './csv-window.ts';

export interface CsvOptions extends Partial<CsvLimits> {
  /** Line number of the first byte. */
  readonly firstLine?: number;
}

const DEFAULT_LIMITS: CsvLimits = { maxRowBytes: 8 * 1024 * 1024, maxCells: 20_000, chunkBytes: 256 * 1024 };

/**
 * Reads RFC 4180, and what is met beside it: any one-byte delimiter, lines ended by LF, CRLF or CR (each counts as a line, in
 * quotes too), blanks around quotes, no end of line at the end. Lines without a byte are skipped, but counted. A quote inside an
 * unquoted cell is text, and a backslash always is.
 *
 * A row is flagged, and reading goes on behind it: `badQuoting` where text follows a closing quote or a quote does not close (the row ends
 * with the line of that quote), `tooLong` over `maxRowBytes` or `maxCells` (its first KiB is kept), `encoding` where it is not UTF-8.
 *
 * Memory is bounded by `maxRowBytes`, whatever the file. A chunk is valid until the next one is asked for.
 */
export async function* parseCsv(
  source: AsyncIterable<Buffer>,
  dialect: CsvDialect,
  options: CsvOptions = {},
): AsyncGenerator<RecordChunk> {
  const { firstLine = 1, ...limits } = options;
  const scan = makeScan(dialect, { ...DEFAULT_LIMITS, ...limits }, firstLine);
  try {
    for await (const piece of source) {
      for (let taken = 0; taken < piece.length; ) {
        taken = fillWindow(scan, piece, taken);
        if (isFilled(scan)) yield* drainWindow(scan);
      }
    }
    scan.final = true;
    yield* drainWindow(scan);
  } finally {
    releaseScan(scan);
  }
}

/** Parses text that is all there, such as a sample. */
export function* parseCsvText(text: Buffer, dialect: CsvDialect, options: CsvOptions = {}): Generator<RecordChunk> {
  const { firstLine = 1, ...limits } = options;
  const scan = makeScan(dialect, { ...DEFAULT_LIMITS, ...limits, chunkBytes: text.length }, firstLine);
  try {
    fillWindow(scan, text, 0);
    scan.final = true;
    yield* drainWindow(scan);
  } finally {
    releaseScan(scan);
  }
}

function* drainWindow(scan: CsvScan): Generator<RecordChunk> {
  do {
    const begin = scan.from;
    scanRows(scan);
    if (scan.rows > 0) yield makeChunk(scan, begin);
  } while (isChunkFull(scan));
}
