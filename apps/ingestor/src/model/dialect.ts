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

/** JSON documents, and NDJSON (a value on each line). Everything is text to the later stages. */
export interface JsonDialect {
  readonly kind: 'json';
  /** NDJSON. */
  readonly lines: boolean;
  /** Where the records are: `energy.values`, `result[0].rows`, `days[].hours`; '' for the document itself. */
  readonly records: string;
  /** The path that the mapping names, for the choice of the mapping; undefined where the records were found. */
  readonly wanted: string | undefined;
  /** Keys of the records, and of what is carried into them: the header. */
  readonly columns: readonly string[];
  /** Values from elsewhere in the document that every record gets, by column. */
  readonly carried: Readonly<Record<string, string>>;
}

export type Dialect = CsvDialect | SheetDialect | JsonDialect;

/** What is around the bytes of the file. */
export const WRAPPINGS = ['none', 'gzip', 'zip'] as const;
export type Wrapping = (typeof WRAPPINGS)[number];

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];
