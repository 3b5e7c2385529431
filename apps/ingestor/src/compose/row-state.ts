// The parts that the row program of one file works with: put together once, then only read (but for `row` and `tracks`).

import type { TimeReader } from '../model/coerced.ts';
import { compilePattern, type Pattern } from '../model/pattern.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import type { RecordChunk } from '../model/records.ts';
import { QUALITY, type Row, type RowSink } from '../model/row.ts';
import { makeNoiseTest } from '../stages/validate/shape.ts';
import { compileMeasures, type MeasureReader } from './measures.ts';
import { makeSourceName, type SourceName } from './name-source.ts';
import { countMinCells } from './shape-records.ts';
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
  /** Of the text of the time, where the mapping has a rule for it. */
  readonly timePattern: Pattern | undefined;
  /** The name that a record gives its datasource, for messages. */
  readonly nameSource: SourceName;
  /** Latest time that is not in the future, in units of Row.time. */
  readonly latest: number;
  /** Seconds from the label to the start of the interval (0 where the label is the start). */
  readonly labelSeconds: number;
  /** Local times that do not exist are moved forward by the length of the gap, with a quality flag. */
  readonly shifts: boolean;
  /** Most and fewest cells of a well-formed record. */
  readonly width: number;
  readonly minCells: number;
  /** Positions of the cells that are read. */
  readonly cells: readonly number[];
  readonly row: Row;
  readonly tracks: Map<number, Track>;
  readonly trackOf: (source: Source) => Track;
}

/** Puts the parts together for one file. `nowMicros`: times more than a day after it lie in the future. */
export function makeRowState(plan: FilePlan, sourceOf: SourceOf, sink: RowSink, nowMicros: number): RowState {
  const { mapping } = plan;
  const { dataset } = mapping;
  const isDay = (plan.deriving?.reads ?? dataset.timeKind) === 'day';
  const timeColumn = plan.columns.find((c) => mapping.columns[c.spec]?.target.kind === 'time');
  return {
    plan,
    sink,
    sourceOf,
    timeReader: makeTimeReader(plan),
    readMeasures: compileMeasures(plan),
    // Lines that are no records have not been reshaped into one.
    isNoise: makeNoiseTest(plan.shaping === undefined ? mapping.file.footer : [], plan.header),
    isDay,
    timeCell: timeColumn?.cell ?? 0,
    timeHeader: timeColumn?.header ?? dataset.time,
    timePattern: compileOptional(mapping.columns[timeColumn?.spec ?? -1]?.pattern),
    nameSource: makeSourceName(plan),
    latest: isDay ? Math.floor(nowMicros / MICROS / DAY_SECONDS) + 1 : nowMicros + DAY_SECONDS * MICROS,
    labelSeconds: findLabelSeconds(plan, isDay),
    shifts: mapping.time.nonexistent === 'shift',
    width: plan.header.length,
    minCells: countMinCells(plan, plan.header),
    cells: plan.columns.map((column) => column.cell),
    row: {
      datasourceId: 0,
      time: 0,
      values: new Float64Array(dataset.measures.length),
      line: 0,
      quality: QUALITY.good,
      records: 1,
    },
    tracks: new Map(),
    trackOf: makeTrackOf(plan),
  };
}

const compileOptional = (pattern: string | undefined): Pattern | undefined =>
  pattern === undefined ? undefined : compilePattern(pattern);

/** How far the label of a reading lies behind the time that counts: the start of its interval, or the moment a counter was read. */
function findLabelSeconds(plan: FilePlan, isDay: boolean): number {
  const { mapping, deriving } = plan;
  if (mapping.time.label !== 'end') return 0;
  // The counter was read at the end of the interval that the label names.
  if (mapping.derive?.kind === 'counter') return isDay ? -DAY_SECONDS : -(deriving?.intervalSeconds ?? HOUR_SECONDS);
  // A day's label at its end is the midnight after it: any moment before will do.
  return isDay ? 1 : (deriving?.intervalSeconds ?? HOUR_SECONDS);
}
