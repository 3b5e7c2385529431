// Asks a person at a terminal before what cannot be taken back.
import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';

/** Whether somebody sits there to be asked. */
export const isTerminal = (): boolean => stdin.isTTY === true && stderr.isTTY === true;

/** Whoever closes the input has not said yes. */
export async function confirm(question: string): Promise<boolean> {
  const prompt = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    const closed = new Promise<string>((resolve) => prompt.once('close', () => resolve('')));
    return /^y(es)?$/i.test((await Promise.race([prompt.question(question), closed])).trim());
  } finally {
    prompt.close();
  }
}
