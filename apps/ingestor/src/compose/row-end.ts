// The end of every record: its measures are read and checked, then it is accepted or refused.
import type { CellError } from '@cei-inoe/shared/batches';
import type { FilePlan } from '../model/plan.ts';
import { type RecordChunk, readCell } from '../model/records.ts';
import { makeCellError } from '../stages/validate/checks.ts';
import { SKIPPED } from './measures.ts';
import { MICROS, type RowState } from './row-state.ts';
import type { Track } from './track.ts';

const TIME_MESSAGES = {
  required: () => 'The time is missing.',
  not_a_time: (plan: FilePlan) => `Not a time in the form ${plan.timeFormat}, which this file uses.`,
  nonexistent_local_time: () => 'The clocks were put forward over this time: it does not exist.',
  ambiguous_local_time: () =>
    'The clocks were put back over this time: it occurred twice, and the rows around it do not tell which is meant.',
  zone_unknown: () => 'The time has no offset, and the time zone of its datasource is not known.',
  pattern_mismatch: () => 'The text is not of the form that the mapping asks for.',
  future_time: () => 'The time lies more than a day in the future.',
} as const;

export type TimeFault = keyof typeof TIME_MESSAGES;

/** Refuses a record whose time or source is not known, and names everything else that is wrong with it. */
export function refuseWhole(
  state: RowState,
  chunk: RecordChunk,
  at: number,
  error: CellError,
  shape: CellError[] | null,
): void {
  // In a row of the wrong shape the cells may have shifted: what they say is no evidence of further mistakes.
  const all = shape ?? state.readMeasures(chunk, at, state.row.values, [error]);
  if (all === SKIPPED) state.sink.skip(chunk, at);
  else state.sink.refuse(chunk, at, all ?? [error]);
}

export function refuseTime(
  state: RowState,
  chunk: RecordChunk,
  at: number,
  code: TimeFault,
  shape: CellError[] | null,
): void {
  const text = readCell(chunk, at, state.timeCell);
  refuseWhole(state, chunk, at, makeCellError(code, state.timeHeader, text, TIME_MESSAGES[code](state.plan)), shape);
}

/** Ends a record whose time (in units of Row.time) is known. `shape`: what is wrong with the form of the record. */
export function finishRow(
  state: RowState,
  chunk: RecordChunk,
  at: number,
  time: number,
  track: Track,
  shape: CellError[] | null,
  quality: number,
): void {
  const { row } = state;
  const errors = shape ?? state.readMeasures(chunk, at, row.values, null);
  if (errors !== null) {
    if (errors === SKIPPED) state.sink.skip(chunk, at);
    else {
      state.sink.miss?.(track.source.id, time);
      state.sink.refuse(chunk, at, errors);
    }
    return;
  }
  row.datasourceId = track.source.id;
  row.time = time;
  row.line = chunk.lines[at] as number;
  row.quality = quality;
  track.note(time);
  state.sink.accept(row, chunk, at);
}

/** Ends a record whose label stands for the instant `micros` (microseconds since 1970). */
export function finishInstant(
  state: RowState,
  chunk: RecordChunk,
  at: number,
  micros: number,
  track: Track,
  shape: CellError[] | null,
  quality: number,
): void {
  const time = micros - state.labelSeconds * MICROS;
  if (time > state.latest) refuseTime(state, chunk, at, 'future_time', shape);
  else finishRow(state, chunk, at, time, track, shape, quality);
}
