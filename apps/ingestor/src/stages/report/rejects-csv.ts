// Refused records as a CSV in the layout of the file, with three columns more, that can be corrected and dropped again.
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { namePart } from './file-names.ts';
import type { RefusedRecord } from './reject-spool.ts';

export const REJECT_COLUMNS = ['_line', '_code', '_message'] as const;

/** A cell that a spreadsheet would run as a formula: it begins so and is no plain number. Source: OWASP, CSV injection. */
const FORMULA = /^[=+\-@\t\r]/;
const PLAIN_NUMBER = /^[+-]?[\d.,\s]*$/;

/** Puts `'` before what a spreadsheet would run. */
export const disarmFormula = (text: string): string =>
  FORMULA.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;

function quoteCell(text: string, delimiter: string): string {
  const safe = disarmFormula(text);
  return safe.includes(delimiter) || /["\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const makeCsvLine = (cells: readonly string[], delimiter: string): string =>
  `${cells.map((cell) => quoteCell(cell, delimiter)).join(delimiter)}\n`;

/** Whether a header row is that of a rejects file of ours. */
export const isRejectsHeader = (row: readonly string[]): boolean =>
  REJECT_COLUMNS.every((name, at) => row.at(at - REJECT_COLUMNS.length) === name);

const PIECE_CHARACTERS = 64 * 1024;

/** Writes the refused records to `path`, whole as soon as it is there; `header` is the file's own header row (of a rejects file: without our three columns). */
export async function writeRejectsCsv(
  path: string,
  header: readonly string[],
  delimiter: string,
  records: AsyncIterable<RefusedRecord>,
): Promise<void> {
  const own = isRejectsHeader(header) ? header.slice(0, -REJECT_COLUMNS.length) : header;
  async function* pieces(): AsyncGenerator<string> {
    let piece = makeCsvLine([...own, ...REJECT_COLUMNS], delimiter);
    for await (const { cells, errors, line } of records) {
      const kept = own === header ? cells : cells.slice(0, own.length);
      const padded = Array.from({ length: Math.max(own.length, kept.length) }, (_, at) => kept[at] ?? '');
      const codes = [...new Set(errors.map((e) => e.code))].join(' ');
      const said = errors.map((e) => (e.column === null ? e.message : `${e.column}: ${e.message}`)).join(' ');
      const messages = errors.length === 0 ? 'Kept for the lines after it; not refused.' : said;
      piece += makeCsvLine([...padded, String(line), codes, messages], delimiter);
      if (piece.length < PIECE_CHARACTERS) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }
  const part = join(dirname(path), namePart(basename(path)));
  try {
    await pipeline(Readable.from(pieces()), createWriteStream(part, { flags: 'w' }));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
