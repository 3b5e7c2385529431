// Local times of one source to instants, in the order of the file: the hour that occurs twice is told apart by the rows around it.
// Keeps no rows: the caller holds those that must wait. Reads no text.
import { makeLocalInstants, type Zone } from '@cei-inoe/shared/zone';
import { resolveOverlap } from './overlap.ts';
import { makeTrail } from './trail.ts';

/** What to do with a local time that occurs twice. */
export type AmbiguousPolicy = 'sequence' | 'first' | 'second' | 'reject';

/** Instead of an instant: the row must wait until `resolveHeld`. */
export const HOLD = Number.NEGATIVE_INFINITY;
/** Instead of an instant: the clocks were put forward over this local time. */
export const NONEXISTENT = Number.POSITIVE_INFINITY;

export interface Sequence {
  readonly zone: Zone;
  /** How many rows wait. */
  readonly held: number;
  /** After NONEXISTENT: the instant that the local time means when it is moved forward by the length of the gap. */
  readonly shifted: number;
  /**
   * Takes the next row of the source, rows included that are refused for other reasons: they are part of the order.
   * @param localSeconds the wall clock's reading as if it were UTC
   * @returns the instant in seconds since 1970, HOLD or NONEXISTENT. An instant while rows wait ends their waiting: call
   *   `resolveHeld(instant)` before the next `offer`.
   */
  offer(localSeconds: number): number;
  /**
   * Decides the rows that wait.
   * @param nextInstant of the row after them, undefined at the end of the file
   * @returns their instants in the order they were offered; NaN where the rows do not tell which of the two it is
   */
  resolveHeld(nextInstant: number | undefined): Float64Array;
}

export function makeSequence(zone: Zone, policy: AmbiguousPolicy): Sequence {
  const found = makeLocalInstants();
  const trail = makeTrail();
  let firsts: number[] = [];
  let gaps: number[] = [];
  let transitions: number[] = [];
  // The change of clocks whose rows were decided without the row after them; more rows of it cannot be judged by themselves.
  let cutTransition = Number.NaN;
  let shifted = Number.NaN;

  function offer(localSeconds: number): number {
    zone.findInstants(localSeconds, found);
    if (found.count === 1) {
      if (firsts.length === 0) trail.note(found.first);
      return found.first;
    }
    if (found.count === 0) {
      shifted = found.first;
      return NONEXISTENT;
    }
    if (policy === 'first') return found.first;
    if (policy === 'second') return found.second;
    firsts.push(found.first);
    gaps.push(found.second - found.first);
    transitions.push(found.transition);
    return HOLD;
  }

  function resolveHeld(nextInstant: number | undefined): Float64Array {
    const instants = new Float64Array(firsts.length).fill(Number.NaN);
    if (policy === 'sequence')
      for (let from = 0; from < firsts.length; ) from = resolveRun(from, nextInstant, instants);
    cutTransition = nextInstant === undefined ? (transitions.at(-1) ?? Number.NaN) : Number.NaN;
    if (nextInstant !== undefined) trail.jump(nextInstant);
    firsts = [];
    gaps = [];
    transitions = [];
    return instants;
  }

  /** Decides the waiting rows from `from` on that belong to one change of the clocks; returns where the next one's begin. */
  function resolveRun(from: number, nextInstant: number | undefined, instants: Float64Array): number {
    const transition = transitions[from] as number;
    let to = from;
    while (to < transitions.length && transitions[to] === transition) to++;
    if (transition === cutTransition) return to;
    const isFirst = from === 0;
    const isLast = to === transitions.length;
    const overlap = {
      firsts: firsts.slice(from, to),
      gapSeconds: gaps[from] as number,
      transition,
      // A run of another year stands for its time: good enough to tell which way the file runs.
      before: isFirst ? trail.last : (transitions[from - 1] as number),
      after: isLast ? (nextInstant ?? Number.NaN) : (transitions[to] as number),
      stepSeconds: isFirst && isLast ? trail.steadyStep() : Number.NaN,
    };
    instants.set(resolveOverlap(overlap, trail), from);
    return to;
  }

  return {
    zone,
    offer,
    resolveHeld,
    get held() {
      return firsts.length;
    },
    get shifted() {
      return shifted;
    },
  };
}
