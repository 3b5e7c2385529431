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

/** @param measures positions in Row.values of the measures that are kept */
export function makeReadings(measures: readonly number[]): Readings {
  const width = measures.length;
  let times = new Float64Array(256);
  let lines = new Float64Array(256);
  let parts = new Int32Array(256);
  let qualities = new Uint8Array(256);
  let values = new Float64Array(256 * width);
  let count = 0;
  let sorted = true;

  function grow(): void {
    const size = times.length * 2;
    times = copyInto(new Float64Array(size), times);
    lines = copyInto(new Float64Array(size), lines);
    parts = copyInto(new Int32Array(size), parts);
    qualities = copyInto(new Uint8Array(size), qualities);
    values = copyInto(new Float64Array(size * width), values);
  }

  const compare = (a: number, b: number): number =>
    (times[a] as number) - (times[b] as number) ||
    (parts[a] as number) - (parts[b] as number) ||
    (lines[a] as number) - (lines[b] as number);

  return {
    get count() {
      return count;
    },
    width,
    push(row, part) {
      if (count === times.length) grow();
      times[count] = row.time;
      lines[count] = row.line;
      parts[count] = part;
      qualities[count] = row.quality;
      for (let i = 0; i < width; i++) values[count * width + i] = row.values[measures[i] as number] as number;
      if (count > 0 && compare(count - 1, count) > 0) sorted = false;
      count++;
    },
    timeOf: (at) => times[at] as number,
    lineOf: (at) => lines[at] as number,
    partOf: (at) => parts[at] as number,
    qualityOf: (at) => qualities[at] as number,
    valueAt: (at, measure) => values[at * width + measure] as number,
    order() {
      const order = Uint32Array.from({ length: count }, (_, at) => at);
      return sorted ? order : order.sort(compare);
    },
  };
}

function copyInto<T extends Float64Array | Int32Array | Uint8Array>(to: T, from: T): T {
  to.set(from);
  return to;
}
