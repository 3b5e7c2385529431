// What the instants of a source showed so far: which way the file runs, in what steps, and whether rows repeat. Knows no zones.

export interface Trail {
  /** The last instant, NaN at the start. */
  readonly last: number;
  /** 1 the file runs forward, -1 backward, 0 not known yet. */
  readonly direction: number;
  /** Takes the next instant (seconds). */
  note(instant: number): void;
  /** Goes on from an instant that does not follow the last one directly. */
  jump(instant: number): void;
  /** Rows lately had equal times, so that two equal times are no proof of two different hours. */
  hasRepeats(): boolean;
  /** Rows lately ran both ways, so that their order proves nothing. */
  hasTurned(): boolean;
  /** The smallest of the last steps, Infinity where there was none. */
  smallestStep(): number;
  /** The step that has not changed for long, NaN where there is none. */
  steadyStep(): number;
}

/** How many steps back the past still counts. */
const MEMORY = 24;
/** So many equal steps one after the other are no chance, even where rows are missing. */
const STEADY_STEPS = 12;

export function makeTrail(): Trail {
  const steps = new Float64Array(MEMORY).fill(Number.POSITIVE_INFINITY);
  let count = 0;
  let last = Number.NaN;
  let direction = 0;
  let sinceRepeat = MEMORY;
  let sinceTurn = MEMORY;
  let step = 0;
  let equalSteps = 0;

  function note(instant: number): void {
    const difference = instant - last;
    last = instant;
    if (difference === 0) sinceRepeat = 0;
    else if (!Number.isNaN(difference)) noteStep(difference);
  }

  function noteStep(difference: number): void {
    const size = Math.abs(difference);
    const sign = difference > 0 ? 1 : -1;
    sinceTurn = direction === -sign ? 0 : sinceTurn + 1;
    direction = sign;
    sinceRepeat++;
    equalSteps = size === step ? equalSteps + 1 : 1;
    step = size;
    steps[count % MEMORY] = size;
    count++;
  }

  function jump(instant: number): void {
    if (instant !== last && !Number.isNaN(last)) direction = instant > last ? 1 : -1;
    last = instant;
  }

  return {
    note,
    jump,
    hasRepeats: () => sinceRepeat < MEMORY,
    hasTurned: () => sinceTurn < MEMORY,
    smallestStep: () => Math.min(...steps),
    steadyStep: () => (equalSteps >= STEADY_STEPS ? step : Number.NaN),
    get last() {
      return last;
    },
    get direction() {
      return direction;
    },
  };
}
