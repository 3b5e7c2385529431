// The parts that the row program of one file works with: put together once, then only read (but for `row` and `tracks`).
import type { TimeReader } from '../model/coerced.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import type { RecordChunk } from '../model/records.ts';
import { QUALITY, type Row, type RowSink } from '../model/row.ts';
import { makeNoiseTest } from '../stages/validate/shape.ts';
import { compileMeasures, type MeasureReader } from './measures.ts';
import { makeTimeReader, makeTrackOf } from './times.ts';
import type { Track } from './track.ts';

export const MICROS = 1_000_000;
export const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

/** Finds the source of a record: the same for all, or by a column. */
export type SourceOf = (chunk: RecordChunk, row: number) => Source | undefined;

export interface RowState {
  readonly plan: FilePlan;
  readonly sink: RowSink;
  readonly sourceOf: SourceOf;
  readonly timeReader: TimeReader;
  readonly readMeasures: MeasureReader;
  /** Whether the cells are those of a line that is no record; asked only where the time cannot be read. */
  readonly isNoise: (cells: readonly string[]) => boolean;
  readonly isDay: boolean;
  readonly timeCell: number;
  readonly timeHeader: string;
  /** Latest time that is not in the future, in units of Row.time. */
  readonly latest: number;
  /** Seconds from the label to the start of the interval (0 where the label is the start). */
  readonly labelSeconds: number;
  /** Local times that do not exist are moved forward by the length of the gap, with a quality flag. */
  readonly shifts: boolean;
  /** Most and fewest cells of a well-formed record. */
  readonly width: number;
  readonly minCells: number;
  readonly row: Row;
  readonly tracks: Map<number, Track>;
  readonly trackOf: (source: Source) => Track;
}

/** Puts the parts together for one file. `nowMicros`: times more than a day after it lie in the future. */
export function makeRowState(plan: FilePlan, sourceOf: SourceOf, sink: RowSink, nowMicros: number): RowState {
  const { mapping } = plan;
  const { dataset } = mapping;
  const isDay = dataset.timeKind === 'day';
  const timeColumn = plan.columns.find((c) => mapping.columns[c.spec]?.target.kind === 'time');
  const isEnd = mapping.time.label === 'end';
  return {
    plan,
    sink,
    sourceOf,
    timeReader: makeTimeReader(plan),
    readMeasures: compileMeasures(plan),
    isNoise: makeNoiseTest(mapping.file.footer, plan.header),
    isDay,
    timeCell: timeColumn?.cell ?? 0,
    timeHeader: timeColumn?.header ?? dataset.time,
    latest: isDay ? Math.floor(nowMicros / MICROS / DAY_SECONDS) + 1 : nowMicros + DAY_SECONDS * MICROS,
    // A day's label at its end is the midnight after it: any moment before will do.
    labelSeconds: isEnd ? (isDay ? 1 : HOUR_SECONDS) : 0,
    shifts: mapping.time.nonexistent === 'shift',
    width: plan.header.length,
    // Sheets leave out empty cells at the end of a row; a header line may end in a separator.
    minCells: plan.dialect.kind === 'workbook' ? 0 : plan.header.findLastIndex((text) => text.trim() !== '') + 1,
    row: {
      datasourceId: 0,
      time: 0,
      values: new Float64Array(dataset.measures.length),
      line: 0,
      quality: QUALITY.good,
    },
    tracks: new Map(),
    trackOf: makeTrackOf(plan),
  };
}
