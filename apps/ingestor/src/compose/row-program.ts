// Fuses map, coerce and validate into one function that takes a record to its end: accepted, refused, or no record at all.
// Composed of the stages' own pieces (one number reader, one time reader, one check per rule); holds no rule itself.
import type { CellError } from '@cei-inoe/shared/batches';
import { READ, type ReadResult } from '../model/coerced.ts';
import type { SourceExtent } from '../model/counts.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import { countCells, type RecordChunk, readCell, readCells } from '../model/records.ts';
import { QUALITY, type RowSink } from '../model/row.ts';
import { HOLD, NONEXISTENT } from '../stages/coerce/sequence.ts';
import { makeCellError, shortenText } from '../stages/validate/checks.ts';
import { describeShape } from '../stages/validate/shape.ts';
import { finishInstant, finishRow, refuseTime, refuseWhole } from './row-end.ts';
import { DAY_SECONDS, MICROS, makeRowState, type RowState, type SourceOf } from './row-state.ts';
import { copyRow, type Track } from './track.ts';

/** Rows of one source waiting for the end of its doubtful hour; more than that is no autumn hour. */
const MAX_HELD = 100_000;

export interface RowProgram {
  /** Takes every record of the chunk to its end. */
  process(chunk: RecordChunk): void;
  /** Finishes the rows that still wait; call once, after the last chunk. */
  finish(): void;
  extents(): SourceExtent[];
  /** The sources that records named, also those of which no row came. */
  named(): number[];
}

/** Compiles the plan of a file. `nowMicros`: times more than a day after it are refused. */
export function compileRowProgram(plan: FilePlan, sourceOf: SourceOf, sink: RowSink, nowMicros: number): RowProgram {
  const state = makeRowState(plan, sourceOf, sink, nowMicros);
  return {
    process(chunk) {
      for (let at = 0; at < chunk.rows; at++) {
        if ((chunk.lines[at] as number) > plan.headerLine) processRow(state, chunk, at);
      }
    },
    finish() {
      for (const track of state.tracks.values()) if (track.held.length > 0) flushHeld(state, track, undefined);
    },
    extents: () => [...state.tracks.values()].flatMap((track) => track.extent() ?? []),
    named: () => [...state.tracks.keys()],
  };
}

function processRow(state: RowState, chunk: RecordChunk, at: number): void {
  const shape = findShapeErrors(state, chunk, at);
  const cell = (chunk.first[at] as number) + state.timeCell;
  const result: ReadResult =
    state.timeCell < countCells(chunk, at)
      ? state.timeReader.read(chunk.bytes, chunk.starts[cell] as number, chunk.ends[cell] as number)
      : READ.empty;
  if (result !== READ.value) {
    if (state.isNoise(readCells(chunk, at))) return;
    refuseTime(state, chunk, at, result === READ.empty ? 'required' : 'not_a_time', shape);
    return;
  }
  if (
    state.timePattern !== undefined &&
    !state.timePattern.matcher(readCell(chunk, at, state.timeCell).trim()).find()
  ) {
    refuseTime(state, chunk, at, 'pattern_mismatch', shape);
    return;
  }
  const source = state.sourceOf(chunk, at);
  if (source === undefined) {
    const unknown = makeCellError('unknown_datasource', null, null, describeUnknown(state.nameSource(chunk, at)));
    refuseWhole(state, chunk, at, unknown, shape);
    return;
  }
  const track = findTrack(state, source);
  if (state.isDay) processDay(state, chunk, at, track, shape);
  else processInstant(state, chunk, at, track, shape);
}

const describeUnknown = (name: string): string =>
  name === '' ? 'No datasource has the name in this row.' : `No datasource is called ${shortenText(name)}.`;

function findShapeErrors(state: RowState, chunk: RecordChunk, at: number): CellError[] | null {
  const cells = countCells(chunk, at);
  if (chunk.flaws[at] === 0 && cells >= state.minCells && cells <= state.width) return null;
  return describeShape(chunk, at, state);
}

function findTrack(state: RowState, source: Source): Track {
  let track = state.tracks.get(source.id);
  if (track === undefined) {
    track = state.trackOf(source);
    state.tracks.set(source.id, track);
  }
  return track;
}

/** A day is that of the wall clock; a time with an offset is brought to the source's clock first, where that is known. */
function processDay(state: RowState, chunk: RecordChunk, at: number, track: Track, shape: CellError[] | null): void {
  const { localSeconds, offsetSeconds } = state.timeReader;
  let seconds = localSeconds;
  if (!Number.isNaN(offsetSeconds) && track.sequence !== undefined) {
    const instant = localSeconds - offsetSeconds;
    seconds = instant + track.sequence.zone.offsetAt(instant);
  }
  const day = Math.floor((seconds - state.labelSeconds) / DAY_SECONDS);
  if (day > state.latest) refuseTime(state, chunk, at, 'future_time', shape);
  else finishRow(state, chunk, at, day, track, shape, QUALITY.good);
}

function processInstant(
  state: RowState,
  chunk: RecordChunk,
  at: number,
  track: Track,
  shape: CellError[] | null,
): void {
  const { localSeconds, microseconds, offsetSeconds } = state.timeReader;
  const { sequence } = track;
  if (!Number.isNaN(offsetSeconds)) {
    const micros = (localSeconds - offsetSeconds) * MICROS + microseconds;
    finishInstant(state, chunk, at, micros, track, shape, QUALITY.good);
    return;
  }
  if (sequence === undefined) {
    refuseTime(state, chunk, at, 'zone_unknown', shape);
    return;
  }
  const instant = sequence.offer(localSeconds);
  if (instant === HOLD) {
    if (track.held.length >= MAX_HELD) flushHeld(state, track, undefined);
    track.held.push({ chunk: copyRow(chunk, at), microseconds });
  } else if (instant !== NONEXISTENT) {
    if (track.held.length > 0) flushHeld(state, track, instant);
    finishInstant(state, chunk, at, instant * MICROS + microseconds, track, shape, QUALITY.good);
  } else if (state.shifts) {
    finishInstant(state, chunk, at, sequence.shifted * MICROS + microseconds, track, shape, QUALITY.shifted);
  } else {
    refuseTime(state, chunk, at, 'nonexistent_local_time', shape);
  }
}

/** Finishes the rows of the hour that occurred twice; `nextInstant` is that of the row after them (seconds). */
function flushHeld(state: RowState, track: Track, nextInstant: number | undefined): void {
  const instants = track.sequence?.resolveHeld(nextInstant) ?? [];
  for (const [i, { chunk, microseconds }] of track.held.splice(0).entries()) {
    const instant = instants[i] ?? Number.NaN;
    const shape = findShapeErrors(state, chunk, 0);
    if (Number.isNaN(instant)) refuseTime(state, chunk, 0, 'ambiguous_local_time', shape);
    else finishInstant(state, chunk, 0, instant * MICROS + microseconds, track, shape, QUALITY.good);
  }
}
