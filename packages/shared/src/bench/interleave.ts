// Runs two or more sides in turn, so that what the machine does meanwhile meets both, and makes ratios of their times.

export interface Side {
  readonly name: string;
  /** Not timed: empties tables, brings the state about that the run begins with. */
  prepare(): Promise<void>;
  /** Returns milliseconds, and throws where the outcome is wrong. */
  run(): Promise<number>;
}

export interface Ratio {
  readonly reference: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function findMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}

/** Runs `ours` and the references `rounds` times in alternating order. The ratios are of the runs of one round: ours / reference. */
export async function interleave(ours: Side, references: readonly Side[], rounds: number): Promise<Ratio[]> {
  const times = new Map<Side, number[]>();
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [ours, ...references] : [...references, ours];
    for (const side of order) {
      await side.prepare();
      times.set(side, [...(times.get(side) ?? []), await side.run()]);
    }
  }
  return references.map((reference) => {
    const theirs = times.get(reference) ?? [];
    const ratios = (times.get(ours) ?? []).map((ms, round) => ms / (theirs[round] ?? Number.NaN));
    return {
      reference: reference.name,
      median: findMedian(ratios),
      min: Math.min(...ratios),
      max: Math.max(...ratios),
    };
  });
}
