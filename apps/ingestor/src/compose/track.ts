// What a load remembers of one source while its rows pass: held rows of the autumn hour, and the extent of what was accepted.

import type { SourceExtent } from '../model/counts.ts';
import type { Source } from '../model/plan.ts';
import type { RecordChunk } from '../model/records.ts';
import type { Sequence } from '../stages/coerce/sequence.ts';

/** A record taken out of its chunk, to be finished once its time is known. */
export interface HeldRow {
  readonly chunk: RecordChunk;
  readonly microseconds: number;
}

export interface Track {
  readonly source: Source;
  /** undefined where the source has no zone, or the dataset has days instead of instants. */
  readonly sequence: Sequence | undefined;
  readonly held: HeldRow[];
  note(time: number): void;
  extent(): SourceExtent | undefined;
}

export function makeTrack(source: Source, sequence: Sequence | undefined): Track {
  let rows = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let previous = Number.NaN;
  let grew = true;
  let shrank = true;
  return {
    source,
    sequence,
    held: [],
    note(time) {
      rows++;
      if (time < first) first = time;
      if (time > last) last = time;
      if (!(time > previous) && rows > 1) grew = false;
      if (!(time < previous) && rows > 1) shrank = false;
      previous = time;
    },
    extent: () => (rows === 0 ? undefined : { datasourceId: source.id, rows, first, last, distinct: grew || shrank }),
  };
}

/** Copies one row into a chunk of its own. */
export function copyRow(chunk: RecordChunk, row: number): RecordChunk {
  const from = chunk.first[row] as number;
  const to = chunk.first[row + 1] as number;
  const cells = Array.from({ length: to - from }, (_, i) =>
    chunk.bytes.subarray(chunk.starts[from + i], chunk.ends[from + i]),
  );
  const starts = new Int32Array(cells.length);
  const ends = new Int32Array(cells.length);
  let at = 0;
  cells.forEach((cell, i) => {
    starts[i] = at;
    at += cell.length;
    ends[i] = at;
  });
  return {
    bytes: Buffer.concat(cells),
    starts,
    ends,
    first: Int32Array.of(0, cells.length),
    lines: Float64Array.of(chunk.lines[row] as number),
    flaws: Uint8Array.of(chunk.flaws[row] as number),
    rows: 1,
  };
}
