// What commands print: data on stdout, text for people on stderr. Knows no database.
import { stderr, stdout } from 'node:process';
import { describeFault, type Fault } from '@cei-inoe/shared/errors';

export const writeText = (text: string): void => void stderr.write(`${text}\n`);
export const writeJson = (data: unknown): void => void stdout.write(`${JSON.stringify(data, null, 2)}\n`);
export const writeData = (text: string): void => void stdout.write(text);

const colours = stderr.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
export const green = paint(32);
export const yellow = paint(33);
export const red = paint(31);
export const dim = paint(2);

/** 12345 → 12,345 */
export const formatCount = (count: number): string => count.toLocaleString('en-US');

export const writeFault = (fault: Fault): void => writeText(red(describeFault(fault)));

/** A fault as `--json` shows it. */
export const describeAsData = ({ code, title, message, remedy, errors }: Fault): object => ({
  code,
  title,
  message,
  remedy,
  errors,
});

/** Lines up columns of texts. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
