// What reading a cell yields. Readers write into these shared fields instead of allocating, as they run once per cell.

/** Results of a reader: a value was read, the cell says "nothing", or the text is not of the kind. */
export const READ = { value: 0, empty: 1, invalid: 2 } as const;
export type ReadResult = (typeof READ)[keyof typeof READ];

/** Reads a number from `bytes[start..end)`; on `READ.value` the result is in `value`. */
export interface NumberReader {
  value: number;
  read(bytes: Buffer, start: number, end: number): ReadResult;
}

/**
 * Reads a date and time. On `READ.value`: `localSeconds` are the seconds from 1970-01-01T00:00 to the wall clock's reading as if
 * it were UTC, `microseconds` the fraction (0…999999), and `offsetSeconds` is the offset written in the text (east positive), or NaN where there is none.
 */
export interface TimeReader {
  localSeconds: number;
  microseconds: number;
  offsetSeconds: number;
  read(bytes: Buffer, start: number, end: number): ReadResult;
}
