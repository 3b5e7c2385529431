// Takes a format such as `MM/dd/yyyy hh:mm[:ss] a` apart and checks it. Reads no times.
import { Fault } from '@cei-inoe/shared/errors';

/** What a letter of the pattern stands for. */
export type Field =
  | 'year'
  | 'month'
  | 'day'
  | 'hour'
  | 'hour12'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'half'
  | 'offset'
  | 'zoneName';

export type PatternPart =
  | { readonly kind: 'field'; readonly field: Field /** The letters, such as `yyyy`. */; readonly letters: string }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'open' }
  | { readonly kind: 'close' };

/** Letters as in Unicode TR 35 (and Java, Luxon, date-fns). */
const LETTERS: readonly (readonly [RegExp, Field])[] = [
  [/^(yyyy|yy)$/, 'year'],
  [/^M{1,4}$/, 'month'],
  [/^dd?$/, 'day'],
  [/^HH?$/, 'hour'],
  [/^hh?$/, 'hour12'],
  [/^mm?$/, 'minute'],
  [/^ss?$/, 'second'],
  [/^S{1,9}$/, 'fraction'],
  [/^a{1,3}$/, 'half'],
  [/^(X{1,3}|x{1,3}|Z{1,3})$/, 'offset'],
  [/^z{1,3}$/, 'zoneName'],
];

const DATE_FIELDS: readonly Field[] = ['year', 'month', 'day'];

/**
 * The parts of a format in order.
 * @throws Fault mapping_invalid, which names the format and what is wrong in it
 */
export function parsePattern(format: string): PatternPart[] {
  if (format.length > 100) throw makeTrouble(format, 'it is longer than 100 characters');
  const parts: PatternPart[] = [];
  // A quoted text ('' is the quote itself), a run of one letter, or any other character.
  for (const [text] of format.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[\s\S]/g)) parts.push(readPart(format, text));
  checkBrackets(format, parts);
  checkFields(format, parts);
  return parts;
}

function readPart(format: string, text: string): PatternPart {
  if (text === '[') return { kind: 'open' };
  if (text === ']') return { kind: 'close' };
  if (text === "'") throw makeTrouble(format, 'a quote is not closed');
  if (text === "''") return { kind: 'literal', text: "'" };
  if (text.startsWith("'")) return { kind: 'literal', text: text.slice(1, -1).replaceAll("''", "'") };
  // ISO 8601's T is so often written without quotes that it is no letter of ours.
  if (!/^[A-Za-z]/.test(text) || text === 'T') return { kind: 'literal', text };
  const field = LETTERS.find(([pattern]) => pattern.test(text))?.[1];
  if (field === undefined) throw makeTrouble(format, `"${text}" is unknown; ${LETTERS_KNOWN}`);
  return { kind: 'field', field, letters: text };
}

const LETTERS_KNOWN =
  'the letters are yyyy yy MM MMM dd HH hh mm ss SSS a XXX zzz, and other text stands in single quotes';

function checkBrackets(format: string, parts: readonly PatternPart[]): void {
  let open = false;
  for (const part of parts) {
    if (part.kind === 'open' && open) throw makeTrouble(format, 'brackets cannot stand inside brackets');
    if (part.kind === 'close' && !open) throw makeTrouble(format, 'a bracket is closed that was not opened');
    if (part.kind === 'open' || part.kind === 'close') open = part.kind === 'open';
    if (
      open &&
      part.kind === 'field' &&
      part.field !== 'second' &&
      part.field !== 'fraction' &&
      part.field !== 'offset' &&
      part.field !== 'zoneName'
    ) {
      throw makeTrouble(format, 'only seconds, fractions, offsets and names of zones can be optional');
    }
  }
  if (open) throw makeTrouble(format, 'a bracket is not closed');
}

function checkFields(format: string, parts: readonly PatternPart[]): void {
  const fields = parts.flatMap((part) => (part.kind === 'field' ? [part.field] : []));
  const has = (field: Field): boolean => fields.includes(field);
  const twice = fields.find((field, i) => fields.indexOf(field) !== i);
  if (twice !== undefined) throw makeTrouble(format, `the ${twice} occurs twice`);
  const missing = DATE_FIELDS.find((field) => !has(field));
  if (missing !== undefined) throw makeTrouble(format, `the ${missing} is missing`);
  if (has('hour') && (has('half') || has('hour12')))
    throw makeTrouble(format, 'hours before AM or PM are written hh, not HH');
  if (has('hour12') !== has('half'))
    throw makeTrouble(format, 'hh and a belong together; hours from 0 to 23 are written HH');
  if (has('minute') && !has('hour') && !has('hour12')) throw makeTrouble(format, 'it has minutes but no hours');
  if (has('second') && !has('minute')) throw makeTrouble(format, 'it has seconds but no minutes');
  // CEST, IST and their like mean different things in different places.
  if (has('zoneName') && !has('offset'))
    throw makeTrouble(format, 'a name of a zone (zzz) is only read over beside an offset (XXX)');
  if (has('fraction') && !has('second')) throw makeTrouble(format, 'it has a fraction but no seconds');
}

const makeTrouble = (format: string, what: string): Fault =>
  new Fault('mapping_invalid', `The time format "${format.slice(0, 100)}" cannot be used: ${what}.`);
