// What was decided about one file before its rows are read. Plain data: stored with the batch, so that a redo reads the same way.
import type { CsvDialect, Encoding, SheetDialect } from './dialect.ts';
import type { Mapping } from './mapping.ts';
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

/** How the bytes become records. */
export interface ReadingPlan {
  readonly encoding: Encoding;
  readonly bomBytes: number;
  readonly dialect: CsvDialect | SheetDialect;
}

export interface FilePlan extends ReadingPlan {
  readonly mapping: Mapping;
  /** Line of the header row; records on or before it are not data. */
  readonly headerLine: number;
  /** Cells of the header row. */
  readonly header: readonly string[];
  readonly columns: readonly PlannedColumn[];
  readonly timeFormat: string;
  /** Some times have no offset of their own: the source's zone is needed. */
  readonly localTimes: boolean;
  /** The file is a rejects file of ours: its last three columns are ignored, a leading `'` before a formula is taken off. */
  readonly corrected: boolean;
}

/** The datasource of a file, as far as it is one for the whole file. */
export interface Source {
  readonly id: number;
  readonly externalId: string;
  /** IANA name, or null where it is not known yet. */
  readonly zone: string | null;
}
