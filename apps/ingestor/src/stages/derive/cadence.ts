// How long the readings of a file last: the step in which they come. Pure: times in, seconds out.

export interface Cadence {
  /** The most common step between neighbouring readings of one series, in seconds; NaN where there is none. */
  readonly stepSeconds: number;
  /** Share of the steps that are this one. */
  readonly share: number;
  /** The step that comes second, NaN where there is only one. */
  readonly otherSeconds: number;
}

/** @param readings in the order of the file: which series each belongs to, and when it was (seconds) */
export function findCadence(readings: Iterable<{ readonly series: string; readonly seconds: number }>): Cadence {
  const last = new Map<string, number>();
  const steps = new Map<number, number>();
  let count = 0;
  for (const { series, seconds } of readings) {
    const step = Math.abs(seconds - (last.get(series) ?? Number.NaN));
    last.set(series, seconds);
    if (Number.isNaN(step) || step === 0) continue;
    count++;
    steps.set(step, (steps.get(step) ?? 0) + 1);
  }
  const ranked = [...steps].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return {
    stepSeconds: ranked[0]?.[0] ?? Number.NaN,
    share: count === 0 ? 0 : (ranked[0]?.[1] ?? 0) / count,
    otherSeconds: ranked[1]?.[0] ?? Number.NaN,
  };
}
