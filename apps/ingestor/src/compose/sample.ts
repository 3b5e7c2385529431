// The beginning of a file as text, from which everything about it is decided.
import { type RecordChunk, readCells } from '../model/records.ts';

export interface Sample {
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
  /** Of each row: 0 = well formed, else why not. */
  readonly flaws: readonly number[];
  /** The sample is the whole file. */
  readonly whole: boolean;
}

/** Takes the first `maxRows` records. */
export async function readSample(records: AsyncIterable<RecordChunk>, maxRows: number): Promise<Sample> {
  const rows: string[][] = [];
  const lines: number[] = [];
  const flaws: number[] = [];
  for await (const chunk of records) {
    for (let row = 0; row < chunk.rows; row++) {
      if (rows.length >= maxRows) return { rows, lines, flaws, whole: false };
      rows.push(readCells(chunk, row));
      lines.push(chunk.lines[row] as number);
      flaws.push(chunk.flaws[row] as number);
    }
  }
  return { rows, lines, flaws, whole: true };
}
