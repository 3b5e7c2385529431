// What `pnpm start` prints: a line per step, with the time it took, on stderr.
import { stderr } from 'node:process';

const colours = stderr.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code: number, text: string): string => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);

export const say = (text: string): void => void stderr.write(`${text}\n`);
export const dim = (text: string): string => paint(2, text);
export const green = (text: string): string => paint(32, text);
export const yellow = (text: string): string => paint(33, text);
export const red = (text: string): string => paint(31, text);
export const bold = (text: string): string => paint(1, text);

/** Runs one step and says how long it took. `work` returns what was done, in a few words. */
export async function sayStep(name: string, work: () => Promise<string>): Promise<void> {
  const started = performance.now();
  const done = await work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`${green('✓')} ${name.padEnd(11)} ${done} ${dim(`${seconds} s`)}`);
}
