// Decides the one format of a file's times from a sample of them. Never settles for a date order that the sample does not prove.
import { READ, type TimeReader } from '../../model/coerced.ts';
import { DAY_SECONDS } from './calendar.ts';
import { type DateOrder, findOrder, listRivals, reorder } from './date-order.ts';
import { findEpoch, listCandidates } from './time-candidates.ts';
import { compileTimeFormat } from './time-format.ts';

export interface TimeSniffOptions {
  /** What the mapping names; none: the usual formats are tried. */
  readonly formats: readonly string[];
  /** What the user says; it decides wherever a date could be meant in several orders. */
  readonly order?: DateOrder | undefined;
}

/** Plain data, so that it can be stored with the batch; `format` is what `compileTimeFormat` takes. */
export type TimeDecision =
  | { readonly ok: true; readonly format: string }
  | { readonly ok: false; readonly code: 'date_order_ambiguous' | 'time_format_unknown'; readonly message: string };

/** Few texts are enough to drop the formats that read none of them. */
const FIRST_LOOK = 400;
/** From this share of rows on that fit only the other date order, the mapping's order is in doubt. */
const DOUBTFUL_SHARE = 0.05;
const DOUBTFUL_ROWS = 2;
/** Of 1982 to 2064 in one system, 1986 to 2068 in the other. */
const SERIAL = /^[345]\d{4}([.,]\d+)?$/;

interface Candidate {
  readonly format: string;
  readonly reader: TimeReader;
}

/**
 * Chooses the format that reads the most texts, at least half of them; blank ones do not count.
 * @param texts cells of the time column, as many as are at hand: a year of days may be needed to tell the order
 */
export function sniffTimeFormat(texts: Iterable<string>, options: TimeSniffOptions): TimeDecision {
  const cells = listCells(texts);
  const stated = listStated(options);
  const formats = stated.length > 0 ? stated : listCandidates(options.order);
  if (cells.length === 0) {
    return stated[0] === undefined
      ? refuse('time_format_unknown', 'No row of the file has a time.')
      : { ok: true, format: stated[0] };
  }
  const epoch = findEpoch(cells.map((cell) => cell.toString('utf8').trim()));
  if (epoch === 'epoch_s' && stated.length > 0 && stated.every((format) => format === 'epoch_ms'))
    return refuse('time_format_unknown', `"${cells[0]}" counts seconds, not milliseconds: that is epoch_s.`);
  if (epoch !== undefined && stated.length === 0) return { ok: true, format: epoch };
  const best = findBest(formats.map(makeCandidate), cells);
  const doubt = options.order === undefined ? findDoubt(best, cells, stated) : undefined;
  if (doubt !== undefined) return refuse('date_order_ambiguous', doubt);
  if (best.reads * 2 < cells.length) return refuse('time_format_unknown', describeUnknown(best, cells, stated));
  return { ok: true, format: best.candidate.format };
}

const refuse = (code: 'date_order_ambiguous' | 'time_format_unknown', message: string): TimeDecision => ({
  ok: false,
  code,
  message,
});

const listCells = (texts: Iterable<string>): Buffer[] =>
  Array.from(texts)
    .filter((text) => text.trim() !== '')
    .map((text) => Buffer.from(text, 'utf8'));

/** The mapping's formats, in the user's date order where that is given. */
function listStated({ formats, order }: TimeSniffOptions): string[] {
  const turned = formats.map((format) =>
    order === undefined || findOrder(format) === undefined ? format : reorder(format, order),
  );
  return [...new Set(turned)];
}

const makeCandidate = (format: string): Candidate => ({ format, reader: compileTimeFormat(format) });

const fits = ({ reader }: Candidate, cell: Buffer): boolean => reader.read(cell, 0, cell.length) === READ.value;

const countReads = (candidate: Candidate, cells: readonly Buffer[]): number =>
  cells.reduce((count, cell) => (fits(candidate, cell) ? count + 1 : count), 0);

interface Best {
  readonly candidate: Candidate;
  readonly reads: number;
}

/** The candidate that reads the most; of equals the first. */
function findBest(candidates: readonly Candidate[], cells: readonly Buffer[]): Best {
  const stride = Math.ceil(cells.length / FIRST_LOOK);
  const look = cells.filter((_, i) => i % stride === 0);
  const hopeful = candidates.filter((candidate) => countReads(candidate, look) > 0);
  const ranked = (hopeful.length > 0 ? hopeful : candidates).map((candidate) => ({
    candidate,
    reads: countReads(candidate, cells),
  }));
  return ranked.reduce((best, other) => (other.reads > best.reads ? other : best));
}

/** Why the date order of the best format is in doubt; undefined where it is not. */
function findDoubt(best: Best, cells: readonly Buffer[], stated: readonly string[]): string | undefined {
  for (const format of listRivals(best.candidate.format)) {
    const rival = makeCandidate(format);
    const split = compare(best.candidate, rival, cells);
    const isStated = stated.length > 0 && !stated.includes(format);
    const doubt = isStated ? doubtStated(best, rival, split, cells) : doubtSniffed(best, rival, split);
    if (doubt !== undefined) return doubt;
  }
  return undefined;
}

interface Split {
  onlyBest: number;
  onlyRival: number;
  exampleBest: Buffer | undefined;
  exampleRival: Buffer | undefined;
  /** A text that the two read as different days, else any that both read. */
  exampleBoth: Buffer | undefined;
}

function compare(best: Candidate, rival: Candidate, cells: readonly Buffer[]): Split {
  const split: Split = {
    onlyBest: 0,
    onlyRival: 0,
    exampleBest: undefined,
    exampleRival: undefined,
    exampleBoth: undefined,
  };
  let differs = false;
  for (const cell of cells) {
    const first = fits(best, cell);
    const second = fits(rival, cell);
    if (first && !second) {
      split.onlyBest++;
      split.exampleBest ??= cell;
    } else if (second && !first) {
      split.onlyRival++;
      split.exampleRival ??= cell;
    } else if (first && !differs) {
      split.exampleBoth = cell;
      differs = best.reader.localSeconds !== rival.reader.localSeconds;
    }
  }
  return split;
}

/** The mapping says the order: a few texts of the other order are bad rows, many are another kind of file. */
function doubtStated(best: Best, rival: Candidate, split: Split, cells: readonly Buffer[]): string | undefined {
  if (split.onlyRival < Math.max(DOUBTFUL_ROWS, cells.length * DOUBTFUL_SHARE)) return undefined;
  return (
    `The mapping reads the times as ${best.candidate.format}, but ${split.onlyRival} of ${cells.length} rows looked at, ` +
    `such as "${split.exampleRival}", fit only ${rival.format}.`
  );
}

/** Nobody says the order: the rows must prove it, and with one voice. */
function doubtSniffed(best: Best, rival: Candidate, split: Split): string | undefined {
  if (split.onlyBest > 0 && split.onlyRival > 0) {
    return (
      `Two date orders are mixed in one column: "${split.exampleBest}" fits only ${best.candidate.format}, ` +
      `"${split.exampleRival}" fits only ${rival.format}.`
    );
  }
  if (split.onlyBest > 0 || split.exampleBoth === undefined) return undefined;
  const { exampleBoth } = split;
  return `"${exampleBoth}" may be ${describeReading(best.candidate, exampleBoth)} or ${describeReading(rival, exampleBoth)}, and no row tells which.`;
}

/** `4 March 2025 (mdy)` */
function describeReading(candidate: Candidate, cell: Buffer): string {
  fits(candidate, cell);
  const midnight = Math.floor(candidate.reader.localSeconds / DAY_SECONDS) * DAY_SECONDS;
  const day = new Date(midnight * 1000).toLocaleDateString('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
  return `${day} (${findOrder(candidate.format)})`;
}

function describeUnknown(best: Best, cells: readonly Buffer[], stated: readonly string[]): string {
  const unread = cells.filter((cell) => !fits(best.candidate, cell)).slice(0, 3);
  const examples = unread.map((cell) => `"${cell.toString('utf8').slice(0, 40)}"`).join(', ');
  const tried =
    stated.length > 0 ? `written as the mapping says (${stated.join(' or ')})` : 'in one form that is known';
  const hint = unread.every((cell) => SERIAL.test(cell.toString('utf8').trim()))
    ? ' Serial dates of a spreadsheet are serial_1900, on old Macs serial_1904.'
    : '';
  return `At least half of the times must be ${tried}; ${best.reads} of ${cells.length} are. Not so: ${examples}.${hint}`;
}
