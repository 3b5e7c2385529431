// Stands between the row program and the table where rows are derived: takes readings, and hands on rows once the file is read.
import type { CellError } from '@cei-inoe/shared/batches';
import type { RejectionCode } from '@cei-inoe/shared/error-catalogue';
import { Fault } from '@cei-inoe/shared/errors';
import { openZone, type Zone } from '@cei-inoe/shared/zone';
import type { SourceExtent } from '../model/counts.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import { countCells, type RecordChunk, readCell } from '../model/records.ts';
import { QUALITY, type Row, type RowSink } from '../model/row.ts';
import type { DeriveSpec } from '../model/shape.ts';
import type { Filled } from '../stages/derive/buckets.ts';
import type { Endings } from '../stages/derive/ending.ts';
import { makeReadings, type Readings } from '../stages/derive/readings.ts';
import { deriveSeries } from '../stages/derive/series.ts';
import { normalizeHeader } from '../stages/map/match-header.ts';
import { makeCellError } from '../stages/validate/checks.ts';
import { type DerivedChecks, makeDerivedChecks } from './derived-checks.ts';
import type { SourceOf } from './row-state.ts';
import { makePowerTest } from './scale-rows.ts';
import { makeTrack, type Track } from './track.ts';

/** Readings of a file are held until it is read, in about 40 bytes each; more than these are not. */
const MAX_READINGS = 2_000_000;

/** Energy is the first and only measure of its datasets; others have no largest power. */
const ENERGY = 0;

/** Where rows go, and what is told by the line of the file once the records are gone. */
export interface LineSink extends RowSink {
  acceptDerived(row: Row): void;
  /** `context`: line that must come back with it. */
  refuseLine(line: number, errors: readonly CellError[], context: number | undefined): void;
  skipLine(line: number, code: string): void;
  note(line: number, code: string, text: string): void;
}

export interface Deriver {
  /** Takes the readings. */
  readonly sink: RowSink;
  /** Hands on the rows; stops after each, so that the caller can send them off. */
  finish(): Generator<void>;
  extents(): SourceExtent[];
}

interface Series {
  readonly source: Source;
  readonly zone: Zone;
  readonly readings: Readings;
  readonly track: Track;
}

interface State {
  readonly plan: FilePlan;
  readonly spec: DeriveSpec;
  readonly out: LineSink;
  readonly checks: DerivedChecks;
  readonly measures: readonly number[];
  readonly series: Map<number, Series>;
  /** Of sources whose readings are parts: times of the refused ones. */
  readonly missed: Map<number, number[]>;
  readonly row: Row;
}

/** For plans whose mapping adds up readings, or reads counters. */
export function makeDeriver(plan: FilePlan, spec: DeriveSpec, sourceOf: SourceOf, out: LineSink): Deriver {
  const state: State = {
    plan,
    spec,
    out,
    checks: makeDerivedChecks(plan, spec),
    measures: listReadMeasures(plan),
    series: new Map(),
    missed: new Map(),
    row: makeRow(plan),
  };
  const nameOfPart = makePartNames(plan, spec);
  const testPower = makePowerTest(plan, spec);
  let count = 0;
  return {
    sink: {
      accept(row, chunk, at) {
        const series = state.series.get(row.datasourceId) ?? openSeries(state, sourceOf(chunk, at));
        if (series === undefined) {
          out.refuse(chunk, at, [
            makeCellError('zone_unknown', null, null, 'Without its time zone, the days of a datasource are not known.'),
          ]);
          return;
        }
        const errors = testPower(row.values[ENERGY] as number);
        if (errors !== null) {
          out.refuse(chunk, at, errors);
          return;
        }
        if (++count > MAX_READINGS)
          throw new Fault('too_many_readings', `More than ${MAX_READINGS} readings are to be added up.`);
        series.readings.push(row, nameOfPart(chunk, at));
      },
      refuse: out.refuse,
      skip: out.skip,
      miss(datasourceId, time) {
        if (spec.parts.length === 0) return;
        const times = state.missed.get(datasourceId);
        if (times === undefined) state.missed.set(datasourceId, [time]);
        else times.push(time);
      },
    },
    *finish() {
      for (const series of state.series.values()) yield* finishSeries(state, series);
    },
    extents: () => [...state.series.values()].flatMap(({ track }) => track.extent() ?? []),
  };
}

const makeRow = (plan: FilePlan): Row => ({
  datasourceId: 0,
  time: 0,
  values: new Float64Array(plan.mapping.dataset.measures.length),
  line: 0,
  quality: QUALITY.good,
  records: 0,
});

/** Positions of the measures that the file has, each once. */
const listReadMeasures = ({ columns, mapping }: FilePlan): number[] => [
  ...new Set(
    columns.flatMap((column) => {
      const target = mapping.columns[column.spec]?.target;
      return target?.kind === 'measure' ? [target.at] : [];
    }),
  ),
];

/** Numbers the texts of the columns that tell parts of a whole apart; 0 where there are none. */
function makePartNames(plan: FilePlan, spec: DeriveSpec): (chunk: RecordChunk, at: number) => number {
  if (spec.parts.length === 0) return () => 0;
  const header = plan.header.map(normalizeHeader);
  const cells = spec.parts.map((name) => header.lastIndexOf(normalizeHeader(name)));
  const numbers = new Map<string, number>();
  return (chunk, at) => {
    const name = cells
      .map((cell) => (cell < 0 || cell >= countCells(chunk, at) ? '' : readCell(chunk, at, cell).trim()))
      .join('\u001f');
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  };
}

function openSeries(state: State, source: Source | undefined): Series | undefined {
  const zone = source && findClock(state, source);
  if (source === undefined || zone === undefined) return undefined;
  const series = { source, zone, readings: makeReadings(state.measures), track: makeTrack(source, undefined) };
  state.series.set(source.id, series);
  return series;
}

/** Hours and days are those of the source's clocks; the hours of a source that has none are those of UTC, its days are not known. */
function findClock({ plan, spec }: State, source: Source): Zone | undefined {
  const { zone } = plan.mapping.time;
  const name = source.zone ?? (zone === 'datasource' ? undefined : zone);
  if (name !== undefined) return openZone(name);
  return spec.bucket === 'hour' || plan.deriving?.reads === 'day' ? openZone('UTC') : undefined;
}

function* finishSeries(state: State, series: Series): Generator<void> {
  const { spec, plan, checks } = state;
  const { readings, zone } = series;
  const rules = {
    kind: spec.kind,
    how: state.measures.map((at) => spec.how[at] ?? 'sum'),
    isWhole: state.measures.map((at) => plan.mapping.dataset.measures[at]?.type === 'integer'),
    minShare: spec.minShare,
    bucket: spec.bucket ?? 'hour',
    reads: plan.deriving?.reads ?? 'instant',
    zone,
    intervalSeconds: plan.deriving?.intervalSeconds ?? 0,
    isParts: spec.parts.length > 0,
    refusedTimes: state.missed.get(series.source.id) ?? [],
    rolloverAt: checks.rolloverAt,
    maxPowerKw: checks.maxPowerKw,
  };
  for (const filled of deriveSeries(readings, rules, makeEndings(state, readings))) {
    handOn(state, series, filled);
    yield;
  }
}

function makeEndings({ out, checks }: State, readings: Readings): Endings {
  return {
    refuse: (at, code, message, context) =>
      out.refuseLine(
        readings.lineOf(at),
        [makeError(checks, code, message)],
        context === undefined ? undefined : readings.lineOf(context),
      ),
    skip: (at, code) => out.skipLine(readings.lineOf(at), code),
    note: (at, code, message) => out.note(readings.lineOf(at), code, message),
  };
}

const makeError = (checks: DerivedChecks, code: RejectionCode, message: string): CellError =>
  makeCellError(code, checks.header, null, message);

/** Checks a row that is whole, and hands it on; a broken rule refuses every reading that fed it. */
function handOn(state: State, series: Series, { bucket, pieces, values }: Filled): void {
  const { row, measures, spec, checks, out } = state;
  const { readings } = series;
  row.datasourceId = series.source.id;
  row.time = bucket.rowTime;
  row.records = pieces.length;
  row.values.fill(Number.NaN);
  measures.forEach((at, i) => {
    row.values[at] = values[i] as number;
  });
  if (spec.count !== undefined) row.values[spec.count] = pieces.length;
  row.line = pieces.reduce((line, piece) => Math.min(line, readings.lineOf(piece.at)), Number.POSITIVE_INFINITY);
  row.quality = pieces.reduce((quality, piece) => quality | readings.qualityOf(piece.at), 0);
  const errors = checks.check(row.values);
  if (errors === null) {
    series.track.note(row.time);
    out.acceptDerived(row);
    return;
  }
  for (const piece of pieces) {
    out.refuseLine(
      readings.lineOf(piece.at),
      errors,
      piece.from === undefined ? undefined : readings.lineOf(piece.from),
    );
  }
}
