// Readings of one time of a source: repeats are skipped, contradicting ones are refused, each naming the others. Keeps the rest in order.
import type { Endings } from './ending.ts';
import type { Readings } from './readings.ts';

export interface Distinct {
  /** Positions of the readings that count, by time. */
  readonly order: Uint32Array;
  /** Times at which readings contradict one another. */
  readonly disputed: ReadonlySet<number>;
}

const SHOWN = 6;

export function dropSameTimes(readings: Readings, endings: Endings): Distinct {
  const order = readings.order();
  const disputed = new Set<number>();
  let kept = 0;
  for (let from = 0, to = 0; from < order.length; from = to) {
    const first = order[from] as number;
    for (to = from + 1; to < order.length && isSame(readings, first, order[to] as number); to++);
    if (to - from === 1) {
      order[kept++] = first;
      continue;
    }
    const group = order.slice(from, to);
    if (group.every((at) => hasSameValues(readings, first, at))) {
      for (const at of group.subarray(1)) endings.skip(at, 'repeated');
      order[kept++] = first;
    } else {
      disputed.add(readings.timeOf(first));
      for (const at of group) endings.refuse(at, 'duplicate_conflict', describeOthers(readings, group, at));
    }
  }
  return { order: order.subarray(0, kept), disputed };
}

const isSame = (readings: Readings, a: number, b: number): boolean =>
  readings.timeOf(a) === readings.timeOf(b) && readings.partOf(a) === readings.partOf(b);

function hasSameValues(readings: Readings, a: number, b: number): boolean {
  for (let i = 0; i < readings.width; i++) if (!Object.is(readings.valueAt(a, i), readings.valueAt(b, i))) return false;
  return true;
}

function describeOthers(readings: Readings, group: Uint32Array, at: number): string {
  const all = [...group].map((other) => readings.lineOf(other));
  const lines = [...new Set(all)].filter((line) => line !== readings.lineOf(at));
  const others = `Line ${lines.slice(0, SHOWN).join(', ')}${lines.length > SHOWN ? ' …' : ''}`;
  return `${lines.length === 0 ? 'Another column of the line' : others} gives another value for the same time and datasource.`;
}
