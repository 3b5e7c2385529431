// Lists how the records of a CSV sample may be written, most plausible first. The composer decides by the headers of the mappings.
import type { CsvDialect } from '../../model/dialect.ts';
import { type RecordChunk, ROW_FLAWS } from '../../model/records.ts';
import { parseCsvText } from './csv.ts';

const DELIMITERS = [';', '\t', '|', ','] as const;

/** `sep=;` as the first line, behind a byte order mark perhaps: what spreadsheets write and obey. */
const SEP_LINE = /^(?:\xef\xbb\xbf)?"?sep=([^\r\n])"?[;,\t ]*(?:\r\n|\n|\r|$)/i;

/** How many lines at the top say `sep=` and are no record: 0 or 1. */
export const countSepLines = (sample: Buffer): number => (readSepLine(sample) === undefined ? 0 : 1);

/**
 * Dialects in which the sample (UTF-8, the first 64 KiB or so) has records of more than one cell, best first. An empty list: it has columns in none.
 * A `sep=` line leaves no choice of the delimiter. Otherwise that delimiter is best whose records agree most in their number of cells,
 * judged by the later half of the sample, as preambles stand at the top, then by all of it; on a tie `,` is last, as it is also a decimal sign.
 */
export function listDialects(sample: Buffer): CsvDialect[] {
  const said = readSepLine(sample);
  const quotes = hasSingleQuotes(sample) ? ['"', "'"] : ['"'];
  const dialects = (said === undefined ? DELIMITERS : [said]).flatMap((delimiter) =>
    quotes.map((quote): CsvDialect => ({ kind: 'csv', delimiter, quote })),
  );
  return dialects
    .map((dialect) => ({ dialect, ...judgeDialect(sample, dialect) }))
    .filter(({ cells }) => cells > 1)
    .sort((a, b) => b.score - a.score || b.agreeing - a.agreeing || b.quoted - a.quoted || b.cells - a.cells)
    .map(({ dialect }) => dialect);
}

function readSepLine(sample: Buffer): string | undefined {
  const delimiter = SEP_LINE.exec(sample.toString('latin1', 0, 64))?.[1];
  return delimiter !== undefined && delimiter >= '\t' && delimiter <= '~' ? delimiter : undefined;
}

/** Cells that begin and end with `'`, and none that does with `"`. */
const hasSingleQuotes = (sample: Buffer): boolean => {
  const text = sample.toString('latin1');
  return /(^|[\r\n,;\t|])'[^'\r\n]*'($|[\r\n,;\t|])/.test(text) && !/(^|[\r\n,;\t|])"/.test(text);
};

interface Judgement {
  /** Most frequent number of cells above one. */
  readonly cells: number;
  /** Share of the records that have it and are well formed, in twentieths: smaller differences say nothing. */
  readonly score: number;
  /** Number of records that have it in all of the sample: the header agrees with its own delimiter, not with decimal commas. */
  readonly agreeing: number;
  readonly quoted: number;
}

interface RecordShape {
  readonly cells: number;
  readonly sound: boolean;
  readonly quoted: number;
}

function judgeDialect(sample: Buffer, dialect: CsvDialect): Judgement {
  const shapes = readShapes(sample, dialect);
  const tail = shapes.slice(Math.floor(shapes.length / 2));
  const cells = findMode(tail.map((shape) => shape.cells).filter((count) => count > 1));
  const agrees = (shape: RecordShape) => shape.sound && shape.cells === cells;
  return {
    cells,
    score: Math.floor((20 * tail.filter(agrees).length) / Math.max(1, tail.length)),
    agreeing: shapes.filter(agrees).length,
    quoted: shapes.reduce((sum, shape) => sum + shape.quoted, 0),
  };
}

/** The records of the sample, without the last one where the end of the sample cuts it. */
function readShapes(sample: Buffer, dialect: CsvDialect): RecordShape[] {
  const shapes: RecordShape[] = [];
  const quote = (dialect.quote ?? '"').charCodeAt(0);
  // The scan changes what it reads.
  for (const chunk of parseCsvText(Buffer.from(sample), dialect)) {
    for (let row = 0; row < chunk.rows; row++) shapes.push(readShape(chunk, row, quote));
  }
  const last = sample.at(-1);
  if (shapes.length > 1 && last !== 10 && last !== 13) shapes.pop();
  return shapes;
}

function readShape(chunk: RecordChunk, row: number, quote: number): RecordShape {
  const from = chunk.first[row] as number;
  const to = chunk.first[row + 1] as number;
  let sound = chunk.flaws[row] !== ROW_FLAWS.badQuoting;
  let quoted = 0;
  for (let cell = from; cell < to; cell++) {
    const start = chunk.starts[cell] as number;
    if (start > 0 && chunk.bytes[start - 1] === quote) quoted++;
    // A quote inside an unquoted cell: a wrong delimiter cut the quoted cell in two.
    else if (chunk.bytes.subarray(start, chunk.ends[cell]).includes(quote)) sound = false;
  }
  return { cells: to - from, sound, quoted };
}

/** The most frequent number, the largest of several; 0 for none. */
function findMode(counts: readonly number[]): number {
  const times = new Map<number, number>();
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
  let mode = 0;
  for (const [count, seen] of times) {
    const best = times.get(mode) ?? 0;
    if (seen > best || (seen === best && count > mode)) mode = count;
  }
  return mode;
}
