// The accounts of a load: every record read ends as exactly one of five outcomes.

export interface Counts {
  readonly lines: number;
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly rejected: number;
}

/** What one source got from a file: how many rows, and the first and last time among them (units of Row.time). */
export interface SourceExtent {
  readonly datasourceId: number;
  readonly rows: number;
  readonly first: number;
  readonly last: number;
  /** Times only ever grew, or only ever shrank: no key of this source occurs twice. */
  readonly distinct: boolean;
}
