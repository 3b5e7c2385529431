// How the records of a file are written down. Decided once per file, stored with the batch, never changed while reading.

export interface CsvDialect {
  readonly kind: 'csv';
  /** One ASCII character. */
  readonly delimiter: string;
  /** One ASCII character, or null where the file has no quotes. */
  readonly quote: string | null;
}

export interface SheetDialect {
  readonly kind: 'workbook';
  /** Name, or 1-based number. */
  readonly sheet: string | number;
}

export type Dialect = CsvDialect | SheetDialect;

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];
