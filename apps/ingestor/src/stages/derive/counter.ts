// Readings of a counter → the energy between neighbours; rollovers, resets, exchanged meters and single false readings are told apart.
// Knows no hours: what lies between two readings is handed on with both.
import { countDecimals, subtract } from '../../model/decimal.ts';
import type { Endings } from './ending.ts';
import type { Readings } from './readings.ts';

export interface CounterRules {
  /** The first value that the counter cannot show, kWh; undefined: it never rolls over. */
  readonly rolloverAt: number | undefined;
  /** More than this cannot flow, kW. */
  readonly maxPowerKw: number | undefined;
  /** Hours between two times of readings. */
  readonly hoursBetween: (from: number, to: number) => number;
}

/** Energy used from reading `from` to reading `to` (positions in Readings). */
export interface Used {
  readonly from: number;
  readonly to: number;
  readonly energy: number;
}

/** How a reading follows from the one before. */
const LINKS = { start: 0, plain: 1, rollover: 2, reset: 3, exchange: 4 } as const;
type Link = (typeof LINKS)[keyof typeof LINKS];

/** A run of so few readings after a break is taken for false readings if the counter then goes on where it was before. */
const SHORT_RUN = 4;
/** So many times more is far more. */
const LEAP = 2;
/** Without a largest power, a counter rolls over from its last tenth into its first. */
const ROLLOVER_SHARE = 0.1;
/** A counter that is set back starts within this share of what it showed, or one unit. */
const RESET_SHARE = 0.01;

interface Series extends CounterRules {
  readonly readings: Readings;
  readonly order: Uint32Array;
  /** One unit of the last digit that the counter shows: energy is known no better. */
  readonly resolution: number;
  /** Positions in `order` of the `count` readings that are believed so far, and their LINKS. */
  readonly believed: Int32Array;
  readonly links: Uint8Array;
  count: number;
  /** Places in `believed` of the breaks: resets and exchanges. */
  readonly breaks: number[];
}

/** @param order positions of the readings by time, no time twice */
export function* followCounter(
  readings: Readings,
  order: Uint32Array,
  rules: CounterRules,
  endings: Endings,
): Generator<Used> {
  const series: Series = {
    ...rules,
    readings,
    order,
    resolution: findResolution(readings, order),
    believed: new Int32Array(order.length),
    links: new Uint8Array(order.length),
    count: 0,
    breaks: [],
  };
  const doubted = new Set<number>();
  for (let i = 0; i < order.length; i++) take(series, i, doubted);
  let place = 0;
  for (let i = 0; i < order.length; i++) {
    if (doubted.has(i)) {
      refuseGlitch(series, i, believedAt(series, place - 1), believedAt(series, place), endings);
    } else {
      const used = end(series, place++, endings);
      if (used !== undefined) yield used;
    }
  }
}

/** The reading at `place` of those that are believed. */
const believedAt = ({ believed, count }: Series, place: number): number | undefined =>
  place < 0 || place >= count ? undefined : believed[place];

type Shown = Pick<Series, 'readings' | 'order'>;

const shownAt = ({ readings, order }: Shown, i: number): number => readings.valueAt(order[i] as number, 0);
const timeOf = ({ readings, order }: Series, i: number): number => readings.timeOf(order[i] as number);

const SAMPLE = 1_000;

function findResolution(readings: Readings, order: Uint32Array): number {
  let decimals = 0;
  for (const at of order.subarray(0, SAMPLE))
    decimals = Math.max(decimals, countDecimals(readings.valueAt(at, 0)) || 0);
  return 10 ** -decimals;
}

/** Energy from i to k if k follows from i without anything having happened to the counter, else undefined. */
function measurePlain(series: Series, i: number, k: number): number | undefined {
  const energy = subtract(shownAt(series, k), shownAt(series, i));
  return energy >= 0 && isPossible(series, i, k, energy) ? energy : undefined;
}

function isPossible(series: Series, i: number, k: number, energy: number): boolean {
  if (series.maxPowerKw === undefined) return true;
  return energy <= series.maxPowerKw * series.hoursBetween(timeOf(series, i), timeOf(series, k)) + series.resolution;
}

/** Energy from i to k if the counter went over its last value in between, else undefined. */
function measureRollover(series: Series, i: number, k: number): number | undefined {
  const { rolloverAt: top } = series;
  const from = shownAt(series, i);
  const to = shownAt(series, k);
  if (top === undefined || to >= from) return undefined;
  const energy = subtract(subtract(top, from), -to);
  // Registers that are added may show more than the one that rolls over.
  if (energy < 0) return undefined;
  const isLikely =
    series.maxPowerKw !== undefined || (from >= top * (1 - ROLLOVER_SHARE) && to <= top * ROLLOVER_SHARE);
  return isLikely && isPossible(series, i, k, energy) ? energy : undefined;
}

const measure = (series: Series, i: number, k: number): number | undefined =>
  measurePlain(series, i, k) ?? measureRollover(series, i, k);

function take(series: Series, i: number, doubted: Set<number>): void {
  const last = believedAt(series, series.count - 1);
  if (last === undefined) {
    push(series, i, LINKS.start);
    return;
  }
  const energy = measure(series, last, i);
  if (leaveShortRun(series, i, energy, doubted)) return;
  if (energy !== undefined) follow(series, last, i);
  else judgeBreak(series, last, i, doubted);
}

function push(series: Series, i: number, link: Link): void {
  if (link === LINKS.reset || link === LINKS.exchange) series.breaks.push(series.count);
  series.believed[series.count] = i;
  series.links[series.count] = link;
  series.count++;
}

const follow = (series: Series, before: number, i: number): void =>
  push(series, i, measurePlain(series, before, i) === undefined ? LINKS.rollover : LINKS.plain);

/** After a few readings elsewhere the counter goes on where it was: those few were false. */
function leaveShortRun(series: Series, i: number, energy: number | undefined, doubted: Set<number>): boolean {
  const start = series.breaks.at(-1) ?? -1;
  const before = believedAt(series, start - 1);
  if (before === undefined || series.count - start > SHORT_RUN) return false;
  const whole = measure(series, before, i);
  if (whole === undefined || (energy !== undefined && !isLeap(series, start, energy, whole))) return false;
  for (const each of series.believed.subarray(start, series.count)) doubted.add(each);
  series.count = start;
  series.breaks.pop();
  follow(series, before, i);
  return true;
}

/** Going on from the run would take far more than it took so far, and than going on from before the run takes. */
function isLeap(series: Series, start: number, energy: number, whole: number): boolean {
  const run = [...series.believed.subarray(start, series.count)].map((i) => shownAt(series, i));
  const steps = run.slice(1).map((value, k) => value - (run[k] as number));
  return energy > LEAP * Math.max(whole, ...steps);
}

/** `i` does not follow from `last`: one of the two is false, or something happened to the counter. */
function judgeBreak(series: Series, last: number, i: number, doubted: Set<number>): void {
  const { links, order, count } = series;
  const isJoined = links[count - 1] === LINKS.plain || links[count - 1] === LINKS.rollover;
  const before = isJoined ? believedAt(series, count - 2) : undefined;
  const isFall = shownAt(series, i) < shownAt(series, last);
  // After a leap upwards the reading before it is none the worse; the reading itself is false where the counter comes back.
  const lastIsFalse = isFall && before !== undefined && measure(series, before, i) !== undefined;
  const comesBack = i + 1 < order.length && measure(series, last, i + 1) !== undefined;
  const thisIsFalse = comesBack && (isFall || measure(series, i, i + 1) === undefined);
  if (lastIsFalse) {
    series.count--;
    doubted.add(last);
    if (!thisIsFalse) follow(series, before, i);
  }
  if (thisIsFalse) doubted.add(i);
  if (!lastIsFalse && !thisIsFalse) push(series, i, isReset(series, last, i) ? LINKS.reset : LINKS.exchange);
}

function isReset(series: Series, last: number, i: number): boolean {
  const value = shownAt(series, i);
  if (value < 0 || value >= shownAt(series, last)) return false;
  if (series.maxPowerKw !== undefined) return isPossible(series, last, i, value);
  return value <= Math.max(1, shownAt(series, last) * RESET_SHARE);
}

/** Ends the believed reading at `place`: skipped, refused, or the end of a stretch of use. */
function end(series: Series, place: number, endings: Endings): Used | undefined {
  const i = series.believed[place] as number;
  const at = series.order[i] as number;
  const link = series.links[place];
  if (link === LINKS.start) {
    endings.skip(at, 'counter_start');
    return undefined;
  }
  const previous = series.believed[place - 1] as number;
  const from = series.order[previous] as number;
  const values = `from ${shownAt(series, previous)} to ${shownAt(series, i)}`;
  if (link === LINKS.reset) {
    const message = `The counter was set back ${values}; what was used in between cannot be known.`;
    endings.refuse(at, 'counter_reset', message, from);
    return undefined;
  }
  if (link === LINKS.exchange) {
    const message = `The counter jumps ${values} and goes on from there, as another meter would; what was used in between cannot be known.`;
    endings.refuse(at, 'counter_exchange', message, from);
    return undefined;
  }
  if (link === LINKS.rollover) endings.note(at, 'counter_rollover', `The counter rolled over ${values}.`);
  return { from, to: at, energy: measure(series, previous, i) ?? Number.NaN };
}

function refuseGlitch(
  series: Series,
  i: number,
  before: number | undefined,
  after: number | undefined,
  endings: Endings,
): void {
  const around = [
    ...(before === undefined ? [] : [`${shownAt(series, before)} before`]),
    ...(after === undefined ? [] : [`${shownAt(series, after)} after`]),
  ].join(' and ');
  const message = `The counter shows ${shownAt(series, i)} here, but ${around}.`;
  endings.refuse(
    series.order[i] as number,
    'counter_glitch',
    message,
    before === undefined ? undefined : series.order[before],
  );
}
