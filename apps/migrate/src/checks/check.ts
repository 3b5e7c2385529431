// One line of `pnpm verify`. Checks nothing itself.

export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do where it failed. */
  readonly remedy?: string;
}

export const pass = (name: string, detail: string): Check => ({ name, passed: true, detail });

export const fail = (name: string, detail: string, remedy: string): Check => ({ name, passed: false, detail, remedy });

/** A check that passes when nothing is found wrong. */
export const expectNone = (name: string, wrong: readonly string[], good: string, remedy: string): Check =>
  wrong.length === 0 ? pass(name, good) : fail(name, shorten(wrong), remedy);

const MOST = 10;

export const shorten = (names: readonly string[]): string =>
  names.length <= MOST ? names.join(', ') : `${names.slice(0, MOST).join(', ')} and ${names.length - MOST} more`;
