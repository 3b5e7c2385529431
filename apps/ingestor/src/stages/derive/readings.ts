// The readings of one source, kept as plain numbers until the file is read: they come in any order. Keeps no text.
import type { Row } from '../../model/row.ts';

export interface Readings {
  readonly count: number;
  /** Number of measures that are kept of each reading. */
  readonly width: number;
  push(row: Row, part: number): void;
  /** In units of Row.time. */
  timeOf(at: number): number;
  lineOf(at: number): number;
  partOf(at: number): number;
  qualityOf(at: number): number;
  /** Value of the `measure`-th of the measures that are kept; NaN where there is none. */
  valueAt(at: number, measure: number): number;
  /** The readings by time, those of one time by part, those of one part by line. */
  order(): Uint32Array;
}

/** Below this many, room is doubled when it is used up; above, a quarter more is made. */
const LARGE = 65_536;

/** @param measures positions in Row.values of the measures that are kept */
export function makeReadings(measures: readonly number[]): Readings {
  const width = measures.length;
  let room = 64;
  let times = new Float64Array(room);
  let lines = new Int32Array(room);
  let qualities = new Uint8Array(room);
  let values = new Float64Array(room * width);
  /** Only where readings have parts. */
  let parts: Int32Array<ArrayBuffer> | undefined;
  let count = 0;
  let sorted = true;

  function grow(): void {
    room = Math.ceil(room < LARGE ? room * 2 : room * 1.25);
    times = copyInto(new Float64Array(room), times);
    lines = copyInto(new Int32Array(room), lines);
    qualities = copyInto(new Uint8Array(room), qualities);
    values = copyInto(new Float64Array(room * width), values);
    if (parts !== undefined) parts = copyInto(new Int32Array(room), parts);
  }

  const compare = (a: number, b: number): number =>
    (times[a] as number) - (times[b] as number) ||
    (parts?.[a] ?? 0) - (parts?.[b] ?? 0) ||
    (lines[a] as number) - (lines[b] as number);

  return {
    get count() {
      return count;
    },
    width,
    push(row, part) {
      if (count === room) grow();
      times[count] = row.time;
      lines[count] = row.line;
      qualities[count] = row.quality;
      if (part !== 0) {
        parts ??= new Int32Array(room);
        parts[count] = part;
      }
      for (let i = 0; i < width; i++) values[count * width + i] = row.values[measures[i] as number] as number;
      if (count > 0 && compare(count - 1, count) > 0) sorted = false;
      count++;
    },
    timeOf: (at) => times[at] as number,
    lineOf: (at) => lines[at] as number,
    partOf: (at) => parts?.[at] ?? 0,
    qualityOf: (at) => qualities[at] as number,
    valueAt: (at, measure) => values[at * width + measure] as number,
    order() {
      const order = new Uint32Array(count).map((_, at) => at);
      return sorted ? order : order.sort(compare);
    },
  };
}

function copyInto<T extends Float64Array | Int32Array | Uint8Array>(to: T, from: T): T {
  to.set(from);
  return to;
}
