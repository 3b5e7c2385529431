// Builds a chunk of records out of the cells of another one and of new texts. Copies no cell: the new chunk has the bytes of the old one, and more behind them.
import type { RecordChunk } from '../../model/records.ts';

/** Where a text stands in the bytes of the chunk that is being built. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ChunkBuilder {
  /** Puts a text behind the bytes of the chunk. */
  write(text: string): Span;
  addCell(start: number, end: number): void;
  /** Ends the record whose cells were added since the last call. */
  endRow(line: number, flaw: number): void;
  /** Cells added to the record that is not ended yet. */
  readonly openCells: number;
  /** Start and end of cell `cell` of the record that is not ended yet. */
  startOf(cell: number): number;
  endOf(cell: number): number;
  /** Forgets the record that is not ended yet. */
  dropRow(): void;
  build(): RecordChunk;
}

/** A list of whole numbers that grows. */
function makeNumbers(): {
  push(value: number): void;
  cut(length: number): void;
  get(at: number): number;
  length: number;
  take(): Int32Array;
} {
  let items = new Int32Array(1024);
  const list = {
    length: 0,
    push(value: number) {
      if (list.length === items.length) {
        const larger = new Int32Array(items.length * 2);
        larger.set(items);
        items = larger;
      }
      items[list.length++] = value;
    },
    cut(length: number) {
      list.length = length;
    },
    get: (at: number) => items[at] as number,
    take: () => items.subarray(0, list.length),
  };
  return list;
}

export function makeChunkBuilder(from: RecordChunk): ChunkBuilder {
  const begin = from.bytes.length;
  let texts = Buffer.allocUnsafe(4_096);
  let end = begin;
  const starts = makeNumbers();
  const ends = makeNumbers();
  const first = makeNumbers();
  const lines: number[] = [];
  const flaws: number[] = [];
  let open = 0;
  first.push(0);
  return {
    write(text) {
      const start = end;
      // UTF-8 takes at most three bytes for what JavaScript counts as one character.
      const needed = start - begin + text.length * 3;
      if (needed > texts.length) texts = Buffer.concat([texts], Math.max(needed, texts.length * 2));
      end += texts.write(text, start - begin);
      return { start, end };
    },
    addCell(start, stop) {
      starts.push(start);
      ends.push(stop);
    },
    endRow(line, flaw) {
      lines.push(line);
      flaws.push(flaw);
      first.push(starts.length);
      open = starts.length;
    },
    get openCells() {
      return starts.length - open;
    },
    startOf: (cell) => starts.get(open + cell),
    endOf: (cell) => ends.get(open + cell),
    dropRow() {
      starts.cut(open);
      ends.cut(open);
    },
    build: () => ({
      bytes: end === begin ? from.bytes : Buffer.concat([from.bytes, texts.subarray(0, end - begin)]),
      starts: starts.take(),
      ends: ends.take(),
      first: first.take(),
      lines: Float64Array.from(lines),
      flaws: Uint8Array.from(flaws),
      rows: lines.length,
    }),
  };
}
