// What was decided about one file before its rows are read. Plain data: stored with the batch, so that a redo reads the same way.
import type { Dialect, Encoding, Wrapping } from './dialect.ts';
import type { Mapping } from './mapping.ts';
import type { Shaping } from './shaping.ts';
import type { Conversion } from './units.ts';

/** A column of the file that is read: where it stands and how its texts are written. */
export interface PlannedColumn {
  /** 0-based position in the record. */
  readonly cell: number;
  /** The header's own text, for messages. */
  readonly header: string;
  /** Position in `mapping.columns`. */
  readonly spec: number;
  readonly decimal: '.' | ',';
  readonly group: '' | '.' | ',' | ' ' | "'";
  /** Of the unit that the header names, or else the mapping. */
  readonly conversion: Conversion;
}

/** What was decided about the readings that rows are derived from. */
export interface Deriving {
  /** Length of one reading in seconds; undefined where nothing depends on it. */
  readonly intervalSeconds: number | undefined;
  /** Times of the readings: instants, or local days. The rows may have the other. */
  readonly reads: 'instant' | 'day';
}

/** How the bytes become records. */
export interface ReadingPlan {
  readonly wrapping: Wrapping;
  readonly encoding: Encoding;
  readonly bomBytes: number;
  readonly dialect: Dialect;
}

export interface FilePlan extends ReadingPlan {
  readonly mapping: Mapping;
  /** Line of the header row; records on or before it are not data. */
  readonly headerLine: number;
  /** Cells of the header row of the file. */
  readonly fileHeader: readonly string[];
  /** Header of the records that are read: that of the file, or of the reshaped records. */
  readonly header: readonly string[];
  /** Present where records are reshaped before they are read. */
  readonly shaping: Shaping | undefined;
  /** Present where rows are derived from readings. */
  readonly deriving: Deriving | undefined;
  /** The day of a file whose records do not say it, as it was written. */
  readonly date: string | undefined;
  /** The meter whose registers the file has, where the records name nothing but the register. */
  readonly meter: string | undefined;
  readonly columns: readonly PlannedColumn[];
  readonly timeFormat: string;
  /** Some times have no offset of their own: the source's zone is needed. */
  readonly localTimes: boolean;
  /** The file is a rejects file of ours: its last three columns are ignored, a leading `'` before a formula is taken off. */
  readonly corrected: boolean;
  /** Visible sheets of the workbook that are not read. Told once, and not stored. */
  readonly unreadSheets?: readonly string[];
}

/** The datasource of a file, as far as it is one for the whole file. */
export interface Source {
  readonly id: number;
  readonly externalId: string;
  /** IANA name, or null where it is not known yet. */
  readonly zone: string | null;
}
