// The text of one workbook cell. Knows nothing of rows, sheets and files.
import type { CellObject } from '@e965/xlsx';
import { classifyFormat, type FormatKind, writeSerial } from './serial-dates.ts';

/** Texts of the error codes that the workbook reader gives. Source: MS-XLS 2.5.10, MS-XLSB 2.5.97.2. */
const ERRORS = new Map<unknown, string>([
  [0x00, '#NULL!'],
  [0x07, '#DIV/0!'],
  [0x0f, '#VALUE!'],
  [0x17, '#REF!'],
  [0x1d, '#NAME?'],
  [0x24, '#NUM!'],
  [0x2a, '#N/A'],
  [0x2b, '#GETTING_DATA'],
]);

export interface CellWriter {
  /** Whether the cell written last is an error. */
  failed: boolean;
  /** The text of the cell, '' for none. */
  write(cell: CellObject | undefined): string;
}

/** A writer for the cells of one workbook. */
export function makeCellWriter(is1904: boolean): CellWriter {
  const kinds = new Map<unknown, FormatKind>();
  const findKind = (format: unknown): FormatKind => {
    let kind = kinds.get(format);
    if (kind === undefined) {
      kind = typeof format === 'string' ? classifyFormat(format) : 'number';
      kinds.set(format, kind);
    }
    return kind;
  };
  const writer: CellWriter = {
    failed: false,
    write(cell) {
      writer.failed = false;
      if (cell === undefined || cell === null) return '';
      const { t: type, v: value } = cell;
      if (type === 'n') return writeNumber(Number(value), findKind(cell.z));
      if (type === 'b') return value ? 'TRUE' : 'FALSE';
      if (type === 'e') {
        writer.failed = true;
        return ERRORS.get(value) ?? '#ERROR!';
      }
      return typeof value === 'string' ? value : '';
    },
  };
  const writeNumber = (value: number, kind: FormatKind): string => {
    if (!Number.isFinite(value)) {
      writer.failed = true;
      return '#NUM!';
    }
    if (kind === 'number') return writeDecimal(value);
    const text = writeSerial(value, kind, is1904);
    if (text !== undefined) return text;
    // No day of the calendar. The false leap day is an error of the workbook; other numbers are refused as times where they are read as such.
    writer.failed = !is1904 && Math.floor(value) === 60;
    return writeDecimal(value);
  };
  return writer;
}

/** The shortest decimal that gives the number back, without exponent. */
export function writeDecimal(value: number): string {
  const text = String(value);
  const at = text.indexOf('e');
  if (at < 0) return text;
  const sign = text.startsWith('-') ? '-' : '';
  const [whole, fraction = ''] = text.slice(sign.length, at).split('.') as [string, string?];
  const point = whole.length + Number(text.slice(at + 1));
  const digits = whole + fraction;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}
