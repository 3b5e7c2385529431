// Finds a line of an archived text file by its number. Knows no columns.
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A record whose quotes go on over line ends is shown up to this. */
const MAX_LINE_CHARS = 10_000;

export interface LinePlace {
  /** 1-based line of the file. */
  readonly line: number;
  /** Name for TextDecoder. */
  readonly encoding: string;
  readonly gzip: boolean;
  readonly quote: string | null;
}

/** The record that begins in that line, without its line end; undefined where the file ends before. */
export async function findLine(
  file: Readable,
  { line, encoding, gzip, quote }: LinePlace,
): Promise<string | undefined> {
  const source = gzip ? file.pipe(createGunzip().on('close', () => file.destroy())) : file;
  file.on('error', (error) => source.destroy(error));
  const lines = splitLines(source, encoding);
  let number = 0;
  let found: string | undefined;
  for await (const text of lines) {
    number++;
    if (number < line) continue;
    found = found === undefined ? text : `${found}\n${text}`;
    if (found.length > MAX_LINE_CHARS) return `${found.slice(0, MAX_LINE_CHARS)}…`;
    if (quote === null || found.split(quote).length % 2 === 1) return found;
  }
  return found;
}

async function* splitLines(source: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  let rest = '';
  for await (const piece of source) {
    const text = rest + decoder.decode(piece, { stream: true });
    // A CR at the end may be half of a line end.
    const whole = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, whole).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + text.slice(whole);
    yield* lines;
  }
  rest += decoder.decode();
  yield* rest.split(/\r\n|\n|\r/);
}
