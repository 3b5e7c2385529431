// Tells the two passes of the hour apart that the clocks of autumn show twice. Pure: rows in, instants out. Knows no zones.

/** The rows of one source that fall into one such hour, in the order of the file. */
export interface Overlap {
  /** The earlier of the two possible instants of each row. */
  readonly firsts: readonly number[];
  /** How far the clocks were put back: the later instant is this much after the earlier one. */
  readonly gapSeconds: number;
  /** When the clocks were put back: earlier instants lie before it, later ones after. */
  readonly transition: number;
  /** Instants of the rows before and after, NaN where the file begins or ends. */
  readonly before: number;
  readonly after: number;
  /** The step in which the rows before came without exception, NaN where there is none. */
  readonly stepSeconds: number;
}

/** What the rows before show (trail.ts). */
export interface Past {
  readonly direction: number;
  hasRepeats(): boolean;
  hasTurned(): boolean;
  smallestStep(): number;
}

/**
 * The instants of the rows, all NaN where the order of the file does not prove them.
 *
 * A file that runs forward shows the hour's first pass and then its second: the one place where the local times fall back parts
 * them, whatever rows are missing. Without such a place there is at most one pass (or a part of each), and nothing tells which,
 * unless every row before came in one step and exactly one choice keeps it. A file that runs backward is the mirror image.
 */
export function resolveOverlap(overlap: Overlap, past: Past): number[] {
  const direction = past.hasTurned() ? 0 : findDirection(overlap, past.direction);
  if (direction === 0) return refuse(overlap);
  if (direction > 0) return resolveForward(overlap, past) ?? resolvePairs(overlap, past) ?? refuse(overlap);
  const mirrored = { ...overlap, firsts: overlap.firsts.toReversed(), before: overlap.after, after: overlap.before };
  return resolveForward(mirrored, past)?.reverse() ?? refuse(overlap);
}

const refuse = ({ firsts }: Overlap): number[] => firsts.map(() => Number.NaN);

/** 1 forward, -1 backward, 0 where nothing tells or the signs contradict each other. */
function findDirection({ firsts, transition, before, after }: Overlap, pastDirection: number): number {
  const signs = [pastDirection, Math.sign(transition - before), Math.sign(after - transition)].filter(
    (sign) => sign === 1 || sign === -1,
  );
  if (signs.length > 0) return signs.every((sign) => sign === signs[0]) ? (signs[0] as number) : 0;
  // Nothing but this hour in the file: it runs the way in which it falls back once, if it falls back oftener the other way.
  const forward = findWraps(firsts).length;
  const backward = findWraps(firsts.toReversed()).length;
  if (forward === 1 && backward > 1) return 1;
  return backward === 1 && forward > 1 ? -1 : 0;
}

/** Where a local time is not later than the one before it. */
function findWraps(firsts: readonly number[]): number[] {
  return firsts.flatMap((first, i) => (i > 0 && first <= (firsts[i - 1] as number) ? [i] : []));
}

function resolveForward(overlap: Overlap, past: Past): number[] | undefined {
  const { firsts, gapSeconds } = overlap;
  const steady = followSteps(overlap);
  if (steady !== undefined) return steady;
  const wraps = findWraps(firsts);
  const [wrap] = wraps;
  if (wrap === undefined || wraps.length > 1) return undefined;
  if (firsts[wrap] === firsts[wrap - 1] && !provesByRepeat(overlap, past)) return undefined;
  return firsts.map((first, i) => (i < wrap ? first : first + gapSeconds));
}

/**
 * Two rows of one local time are the two passes where rows come once an hour (once per `gapSeconds`) or more seldom.
 * Where they come more often, or repeat elsewhere too, one of them may be a repetition.
 */
function provesByRepeat({ firsts, gapSeconds, after }: Overlap, past: Past): boolean {
  if (firsts.length !== 2 || past.hasRepeats() || past.smallestStep() < gapSeconds) return false;
  return !(after - ((firsts[1] as number) + gapSeconds) < gapSeconds);
}

/** The instants if one choice of them continues the step of the rows before, up to the row after; else undefined. */
function followSteps({ firsts, gapSeconds, before, after, stepSeconds }: Overlap): number[] | undefined {
  if (before + (firsts.length + 1) * stepSeconds !== after) return undefined;
  const instants = firsts.map((_, i) => before + (i + 1) * stepSeconds);
  const fits = instants.every((instant, i) => instant === firsts[i] || instant === (firsts[i] as number) + gapSeconds);
  return fits ? instants : undefined;
}

/**
 * A file sorted by local time has the two passes side by side: 3:00 3:00 3:30 3:30. The sorting left equal times in their order.
 * Both passes must be whole, so that they are not taken for rows that come twice. Sorted the other way, equal times may have been
 * turned or not: that is not resolved.
 */
function resolvePairs({ firsts, gapSeconds, before }: Overlap, past: Past): number[] | undefined {
  if (firsts.length < 4 || firsts.length % 2 === 1 || Number.isNaN(before) || past.hasRepeats()) return undefined;
  const begin = firsts[0] as number;
  const step = (firsts[2] as number) - begin;
  const paired = firsts.every((first, i) => first === begin + Math.floor(i / 2) * step);
  if (!paired || step * firsts.length !== gapSeconds * 2 || past.smallestStep() < step) return undefined;
  return firsts.map((first, i) => (i % 2 === 0 ? first : first + gapSeconds));
}
