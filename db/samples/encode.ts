// Turns rows into the bytes of a CSV file or a workbook. Knows no source.
import { utils, write } from '@e965/xlsx';
import { type Days, HERD_DECIMALS, HERD_HEADERS, listHerd, listHerdSummary } from './layouts.ts';

export type Dialect = 'utf-8' | 'utf-8-bom' | 'windows-1252';

/** No cell of the samples needs quotes. Windows-1252 equals Latin-1 for the characters used here (° µ ³). */
export function encodeCsv(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  separator: string,
  dialect: Dialect = 'utf-8',
): Buffer {
  const newline = dialect === 'windows-1252' ? '\r\n' : '\n';
  const text = [header, ...rows].map((row) => row.join(separator) + newline).join('');
  if (dialect === 'windows-1252') return Buffer.from(text, 'latin1');
  return Buffer.from(dialect === 'utf-8-bom' ? `\uFEFF${text}` : text);
}

/** Days between 1899-12-30, day 0 of Excel's 1900 calendar after February 1900, and 1970-01-01. */
const EXCEL_EPOCH = 25_569;

/** The herd's days as a workbook with true date cells; its bytes depend on the rows and the version of the library alone. */
export function encodeHerdWorkbook(id: string, cows: number, days: Days): Buffer {
  const rows = listHerd(id, cows, days);
  const scale = (value: number | null, at: number) => (value === null ? null : value / 10 ** (HERD_DECIMALS[at] ?? 0));
  const date = (day: number) => ({ t: 'n' as const, v: day + EXCEL_EPOCH, z: 'dd/mm/yyyy' });
  const sheet = utils.aoa_to_sheet([
    [...HERD_HEADERS],
    ...rows.map(({ day, values }) => [date(day), ...values.map(scale)]),
    ...listHerdSummary(rows).map(([label, values]) => [label, ...values.map(scale)]),
  ]);
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, 'Day report');
  return write(book, { type: 'buffer', bookType: 'xlsx', bookSST: true, compression: true }) as Buffer;
}
