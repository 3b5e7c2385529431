// Runs the steps of `pnpm verify` and `pnpm diagnose`, and shows what they found. Checks nothing itself.
import { makeFault } from '@cei-inoe/shared/errors';
import { type Check, fail } from './check.ts';

export type Step = readonly [name: string, run: () => Promise<Check | Check[]>];

export function showCheck({ name, passed, detail, remedy }: Check): string {
  const line = `${passed ? 'ok    ' : 'failed'}  ${name.padEnd(12)}  ${detail}`;
  return passed ? line : `${line}\n        → ${remedy}`;
}

/** A check that breaks is a check that failed; the others go on. */
export async function runStep([name, run]: Step): Promise<Check[]> {
  try {
    return [await run()].flat();
  } catch (error) {
    const fault = makeFault(error);
    return [fail(name, `${fault.code}: ${fault.message}`, fault.remedy)];
  }
}
