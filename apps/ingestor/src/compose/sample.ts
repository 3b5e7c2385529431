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

/** A sample that begins small, and grows where more of the file has to be looked at. */
export interface GrowingSample {
  /** The first `maxRows` records; those that were taken before are not read again. */
  grow(maxRows: number): Promise<Sample>;
  /** To be called in the end, or the file stays open. */
  close(): Promise<void>;
}

export function openSample(records: AsyncGenerator<RecordChunk>): GrowingSample {
  const rows: string[][] = [];
  const lines: number[] = [];
  const flaws: number[] = [];
  let chunk: RecordChunk | undefined;
  let next = 0;
  return {
    async grow(maxRows) {
      for (;;) {
        for (; chunk !== undefined && next < chunk.rows; next++) {
          if (rows.length >= maxRows) return { rows, lines, flaws, whole: false };
          rows.push(readCells(chunk, next));
          lines.push(chunk.lines[next] as number);
          flaws.push(chunk.flaws[next] as number);
        }
        const read = await records.next();
        if (read.done === true) return { rows, lines, flaws, whole: true };
        chunk = read.value;
        next = 0;
      }
    },
    async close() {
      await records.return(undefined);
    },
  };
}

/** Takes the first `maxRows` records. */
export async function readSample(records: AsyncGenerator<RecordChunk>, maxRows: number): Promise<Sample> {
  const sample = openSample(records);
  try {
    return await sample.grow(maxRows);
  } finally {
    await sample.close();
  }
}
