// Records of the file → the records that are read: lines chosen, columns turned into records, texts carried and joined. Reads no value.
import { compilePattern, type Pattern } from '../../model/pattern.ts';
import { countCells, type RecordChunk, ROW_FLAWS, readCell } from '../../model/records.ts';
import type { Shaping } from '../../model/shaping.ts';
import { makeCarry } from './carry.ts';
import { type ChunkBuilder, makeChunkBuilder, type Span } from './chunk-builder.ts';

export interface ReshapeOptions {
  /** Line of the header row; before it there is nothing but carried texts. */
  readonly headerLine: number;
  /** Number of cells of the header row. */
  readonly maxCells: number;
  /** Fewest cells of a well-formed record of the file. */
  readonly minCells: number;
  /** Lines that are no records: blank, a footer, the header again. */
  readonly isNoise: (cells: readonly string[]) => boolean;
  /** Told of every record that `rows` leaves out. */
  readonly onFiltered: (line: number, text: string) => void;
}

export type Reshape = (chunk: RecordChunk) => RecordChunk;

interface State extends ReshapeOptions {
  readonly shaping: Shaping;
  readonly carry: ReturnType<typeof makeCarry>;
  readonly only: readonly Pattern[];
  readonly rows: readonly { readonly cell: number; readonly pattern: Pattern }[];
  readonly groups: number;
}

/** Makes the function that reshapes the chunks of one file, in their order. A chunk is valid until the next one is asked for. */
export function makeReshape(shaping: Shaping, options: ReshapeOptions): Reshape {
  const state: State = {
    ...options,
    shaping,
    carry: makeCarry(shaping.carry),
    only: shaping.only.map((pattern) => compilePattern(pattern)),
    rows: shaping.rows.map(({ cell, pattern }) => ({ cell, pattern: compilePattern(pattern) })),
    groups: shaping.unpivot?.groups.length ?? 0,
  };
  return (chunk) => {
    const builder = makeChunkBuilder(chunk);
    const pens = openPens(builder, shaping);
    for (let row = 0; row < chunk.rows; row++) {
      const lineNo = chunk.lines[row] as number;
      if (lineNo === options.headerLine) continue;
      const cells = readOwnCells(chunk, row, shaping.width);
      const line = cells.join(' ');
      if (state.carry.take(line)) pens.carried = state.carry.texts.map((text) => builder.write(text));
      else if (lineNo > options.headerLine && !options.isNoise(cells) && isWanted(state, line)) {
        addLine(state, chunk, row, builder, pens);
      }
    }
    return builder.build();
  };

  function openPens(builder: ChunkBuilder, { unpivot }: Shaping): Pens {
    return {
      carried: state.carry.texts.map((text) => builder.write(text)),
      columns: unpivot?.columns.map(({ texts, header }) => [...texts, header].map((text) => builder.write(text))) ?? [],
    };
  }
}

const isWanted = ({ only }: State, line: string): boolean =>
  only.length === 0 || only.some((pattern) => pattern.matcher(line).find());

/** Texts of the chunk that many of its records have. */
interface Pens {
  carried: Span[];
  /** Of each unpivoted column: its groups, and its header. */
  readonly columns: readonly (readonly Span[])[];
}

const readOwnCells = (chunk: RecordChunk, row: number, width: number): string[] =>
  Array.from({ length: Math.min(countCells(chunk, row), width) }, (_, cell) => readCell(chunk, row, cell));

function addLine(state: State, chunk: RecordChunk, row: number, builder: ChunkBuilder, pens: Pens): void {
  const { unpivot } = state.shaping;
  const flaw = findFlaw(state, chunk, row);
  if (unpivot === undefined) {
    addRecord(state, chunk, row, builder, pens, undefined, flaw);
    return;
  }
  for (let at = 0; at < unpivot.columns.length; at++) addRecord(state, chunk, row, builder, pens, at, flaw);
}

/** A record with too few or too many cells is refused; its cells may have shifted. Blank ones at its end are no cells too many. */
function findFlaw({ minCells, maxCells }: State, chunk: RecordChunk, row: number): number {
  const own = chunk.flaws[row] as number;
  if (own !== ROW_FLAWS.none) return own;
  const cells = countCells(chunk, row);
  if (cells < minCells) return ROW_FLAWS.ragged;
  for (let cell = maxCells; cell < cells; cell++) {
    if (readCell(chunk, row, cell).trim() !== '') return ROW_FLAWS.ragged;
  }
  return ROW_FLAWS.none;
}

function addRecord(
  state: State,
  chunk: RecordChunk,
  row: number,
  builder: ChunkBuilder,
  pens: Pens,
  column: number | undefined,
  flaw: number,
): void {
  const { shaping } = state;
  for (const cell of shaping.kept) addOwnCell(chunk, row, cell, builder);
  for (const { start, end } of pens.carried) builder.addCell(start, end);
  if (column !== undefined) {
    for (const { start, end } of pens.columns[column] ?? []) builder.addCell(start, end);
    addOwnCell(chunk, row, shaping.unpivot?.columns[column]?.cell ?? 0, builder);
  }
  const read = (cell: number) => readOpenCell(chunk, builder, shaping, cell, { state, column });
  const left = state.rows.find(({ cell, pattern }) => !pattern.matcher(read(cell)).find());
  if (left !== undefined) {
    state.onFiltered(chunk.lines[row] as number, read(left.cell));
    builder.dropRow();
    return;
  }
  if (shaping.time !== undefined) {
    const { start, end } = builder.write(joinTime(shaping.time, read));
    builder.addCell(start, end);
  }
  builder.endRow(chunk.lines[row] as number, flaw);
}

function addOwnCell(chunk: RecordChunk, row: number, cell: number, builder: ChunkBuilder): void {
  const at = (chunk.first[row] as number) + cell;
  if (cell >= countCells(chunk, row)) builder.addCell(0, 0);
  else builder.addCell(chunk.starts[at] as number, chunk.ends[at] as number);
}

/** Text of a cell of the record that is being built: of the file, carried, or of a group. */
function readOpenCell(
  chunk: RecordChunk,
  builder: ChunkBuilder,
  shaping: Shaping,
  cell: number,
  { state, column }: { readonly state: State; readonly column: number | undefined },
): string {
  const carried = cell - shaping.kept.length;
  if (carried < 0) return chunk.bytes.toString('utf8', builder.startOf(cell), builder.endOf(cell)).trim();
  const group = carried - shaping.carry.length;
  if (group < 0) return state.carry.texts[carried] ?? '';
  return shaping.unpivot?.columns[column ?? 0]?.texts[group] ?? '';
}

/** A time of which a part is missing is missing. */
function joinTime(time: NonNullable<Shaping['time']>, read: (cell: number) => string): string {
  const texts = [...(time.date === undefined ? [] : [time.date]), ...time.cells.map(read)];
  return texts.includes('') ? '' : texts.join(' ');
}
