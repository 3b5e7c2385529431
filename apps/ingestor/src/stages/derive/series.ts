// One source's readings → its rows: differences of counters, mean power as energy, sums and means over hours and days.
// Puts the pieces of this stage together; what a file or a table is, it does not know.
import type { Zone } from '@cei-inoe/shared/zone';
import type { DeriveSpec } from '../../model/shape.ts';
import { type FindBucket, findDay, makeDayFinder, makeHourFinder } from './bounds.ts';
import { type BucketRules, type Filled, fillBuckets, type Piece } from './buckets.ts';
import { followCounter } from './counter.ts';
import type { Endings } from './ending.ts';
import type { Readings } from './readings.ts';
import { dropSameTimes } from './same-time.ts';
import { formatDay, formatLength, formatLocal } from './words.ts';

export interface SeriesRules extends Pick<DeriveSpec, 'kind' | 'minShare'>, Pick<BucketRules, 'how' | 'isWhole'> {
  readonly bucket: 'hour' | 'day';
  /** Times of the readings: instants in microseconds, or days. */
  readonly reads: 'instant' | 'day';
  /** Of the source: hours and days are those of its clocks. */
  readonly zone: Zone;
  /** Length of one reading in seconds; not asked of counters, nor where readings have days. */
  readonly intervalSeconds: number;
  readonly isParts: boolean;
  /** Times of the parts that were refused. */
  readonly refusedTimes: readonly number[];
  /** kWh */
  readonly rolloverAt: number | undefined;
  readonly maxPowerKw: number | undefined;
}

const MICROS = 1_000_000;
const HOUR_SECONDS = 3_600;

/** The rows of one source in the order of time; `endings` is told of every reading that feeds none. */
export function* deriveSeries(readings: Readings, rules: SeriesRules, endings: Endings): Generator<Filled> {
  const { order, disputed } = dropSameTimes(readings, endings);
  const energies = new Map<number, number>();
  const isCounter = rules.kind === 'counter';
  const pieces = isCounter ? listUsed(readings, order, rules, endings, energies) : listReadings(readings, order, rules);
  const valueAt = (piece: Piece, measure: number): number =>
    isCounter ? (energies.get(piece.at) ?? Number.NaN) : readings.valueAt(piece.at, measure);
  const bucketRules = makeBucketRules(rules, valueAt, makeDispute(disputed, isCounter));
  for (const filled of fillBuckets(pieces, bucketRules, endings)) {
    for (const piece of filled.pieces) energies.delete(piece.at);
    yield filled;
  }
}

function* listReadings(readings: Readings, order: Uint32Array, rules: SeriesRules): Generator<Piece> {
  const length = rules.reads === 'day' ? 1 : rules.intervalSeconds * MICROS;
  for (const at of order) {
    const start = readings.timeOf(at);
    yield { start, end: start + length, at, from: undefined };
  }
}

function* listUsed(
  readings: Readings,
  order: Uint32Array,
  rules: SeriesRules,
  endings: Endings,
  energies: Map<number, number>,
): Generator<Piece> {
  const perHour = rules.reads === 'day' ? 24 : 1 / (MICROS * HOUR_SECONDS);
  const counter = {
    rolloverAt: rules.rolloverAt,
    maxPowerKw: rules.maxPowerKw,
    hoursBetween: (from: number, to: number) => (to - from) * perHour,
  };
  for (const { from, to, energy } of followCounter(readings, order, counter, endings)) {
    energies.set(to, energy);
    yield { start: readings.timeOf(from), end: readings.timeOf(to), at: to, from };
  }
}

/** Contradicting readings spoil the bucket they lie in; a counter's neighbours tell what was used all the same. */
function makeDispute(disputed: ReadonlySet<number>, isCounter: boolean): BucketRules['isDisputed'] {
  if (disputed.size === 0 || isCounter) return () => false;
  const times = [...disputed];
  let next = 0;
  // Buckets come in the order of time, as the disputed times do.
  return (bucket) => {
    while ((times[next] ?? Number.POSITIVE_INFINITY) < bucket.start) next++;
    return (times[next] ?? Number.POSITIVE_INFINITY) < bucket.end;
  };
}

function makeCount(times: readonly number[], findBucket: FindBucket): BucketRules['countRefused'] {
  const counts = new Map<number, number>();
  for (const time of times) {
    const { start } = findBucket(time);
    counts.set(start, (counts.get(start) ?? 0) + 1);
  }
  return ({ start }) => counts.get(start) ?? 0;
}

function makeBucketRules(
  rules: SeriesRules,
  valueAt: BucketRules['valueAt'],
  isDisputed: BucketRules['isDisputed'],
): BucketRules {
  const { zone } = rules;
  const isDay = rules.reads === 'day';
  const makeFinder = rules.bucket === 'day' ? makeDayFinder : makeHourFinder;
  const isPower = rules.kind === 'mean_power';
  const findBucket = isDay ? findDay : makeFinder(zone);
  return {
    findBucket,
    how: rules.how,
    isWhole: rules.isWhole,
    isParts: rules.isParts,
    countRefused: makeCount(rules.refusedTimes, findBucket),
    minShare: rules.minShare,
    multiply: isPower ? rules.intervalSeconds : 1,
    divide: isPower ? HOUR_SECONDS : 1,
    valueAt,
    isDisputed,
    formatTime: isDay ? formatDay : (time) => formatLocal(time, zone),
    formatLength: isDay ? (days) => `${days} day${days === 1 ? '' : 's'}` : formatLength,
  };
}
