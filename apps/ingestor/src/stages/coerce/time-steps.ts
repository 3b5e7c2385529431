// A format as a list of small steps, and the machine that runs them over bytes. Assembles no time.
import { measureBlank, skipBlanks } from './blanks.ts';
import { type Field, type PatternPart, parsePattern } from './time-pattern.ts';
import { SLOT, skipLetters, takeFraction, takeHalf, takeMonthName, takeNumber, takeOffset } from './time-pieces.ts';

const STEP = {
  number: 0,
  byte: 1,
  blanks: 2,
  monthName: 3,
  fraction: 4,
  half: 5,
  offset: 6,
  optional: 7,
  letters: 8,
} as const;

/** All steps have all properties, so that the engine sees one shape. */
export interface Step {
  readonly code: number;
  /** Fewest digits or blanks. */
  readonly min: number;
  /** Most digits. */
  readonly max: number;
  /** Of the fields, for numbers. */
  readonly slot: number;
  /** The byte to be met, of numbers before the digits (-1: none). */
  readonly byte: number;
  /** Of `optional`, the number of steps that may be left out. */
  readonly count: number;
}

/** A compiled format. The date's steps are `steps[dateFrom..dateTo)`. */
export interface TimeProgram {
  readonly steps: readonly Step[];
  readonly dateFrom: number;
  readonly dateTo: number;
  /** No part of the time of day stands inside the date. */
  readonly dateIsWhole: boolean;
  /** The date ends in a number of one or two digits, so that a digit after it may be part of it. */
  readonly dateEndsOpen: boolean;
  readonly shortYear: boolean;
  readonly halfDays: boolean;
}

/** @throws Fault mapping_invalid */
export function compileSteps(format: string): TimeProgram {
  const parts = parsePattern(format);
  const steps: Step[] = [];
  let dateFrom = -1;
  let dateTo = -1;
  let timeFields = 0;
  let timesBetween = 0;
  let opened = -1;
  parts.forEach((part, i) => {
    if (part.kind === 'open') opened = steps.push(makeStep(STEP.optional)) - 1;
    else if (part.kind === 'close') steps[opened] = makeStep(STEP.optional, { count: steps.length - opened - 1 });
    else if (part.kind === 'literal') steps.push(...makeLiteral(part.text, parts[i + 1]));
    else {
      const isDate = isDateField(part.field);
      if (isDate && dateFrom < 0) dateFrom = steps.length;
      else if (isDate) timesBetween += timeFields;
      timeFields = isDate ? 0 : timeFields + 1;
      pushField(steps, makeFieldStep(part.field, part.letters, isTight(parts, i)), dateFrom);
      if (isDate) dateTo = steps.length;
    }
  });
  const last = steps[dateTo - 1];
  const has = (test: (part: PatternPart) => boolean): boolean => parts.some(test);
  return {
    steps,
    dateFrom,
    dateTo,
    dateIsWhole: timesBetween === 0,
    dateEndsOpen: last !== undefined && (last.code !== STEP.number || last.min < last.max),
    shortYear: has((part) => part.kind === 'field' && part.letters === 'yy'),
    halfDays: has((part) => part.kind === 'field' && part.field === 'half'),
  };
}

/** A single byte before a number (`:mm`, `/yyyy`) is met by the number's own step: half as many steps, half the time. */
function pushField(steps: Step[], step: Step, dateFrom: number): void {
  const before = steps.at(-1);
  if (step.code !== STEP.number || before?.code !== STEP.byte || steps.length === dateFrom) steps.push(step);
  else steps[steps.length - 1] = makeStep(step.code, { ...step, byte: before.byte });
}

const isDateField = (field: Field): boolean => field === 'year' || field === 'month' || field === 'day';

/** Property by property, so that all steps have one shape for the engine. */
const makeStep = (code: number, more: Partial<Step> = {}): Step => ({
  code,
  min: more.min ?? 0,
  max: more.max ?? 0,
  slot: more.slot ?? 0,
  byte: more.byte ?? -1,
  count: more.count ?? 0,
});

/** Numbers that touch another number have no room for a shorter form: yyyyMMdd. */
function isTight(parts: readonly PatternPart[], at: number): boolean {
  const isNumber = (part: PatternPart | undefined): boolean =>
    part?.kind === 'field' &&
    part.field !== 'half' &&
    part.field !== 'offset' &&
    part.field !== 'zoneName' &&
    part.letters.length < 5 &&
    !/^MMM/.test(part.letters);
  return isNumber(parts[at - 1]) || isNumber(parts[at + 1]);
}

function makeFieldStep(field: Field, letters: string, tight: boolean): Step {
  if (field === 'half') return makeStep(STEP.half);
  if (field === 'offset') return makeStep(STEP.offset);
  if (field === 'zoneName') return makeStep(STEP.letters);
  if (field === 'fraction') return makeStep(STEP.fraction);
  if (field === 'month' && letters.length > 2) return makeStep(STEP.monthName);
  if (field === 'year') return makeStep(STEP.number, { min: letters.length, max: letters.length, slot: SLOT.year });
  // Minutes and seconds are written with two digits wherever they are written mm and ss; a lone `5` would be a slip.
  const isFixed = tight || ((field === 'minute' || field === 'second') && letters.length === 2);
  const slot = field === 'hour12' ? SLOT.hour : SLOT[field];
  return makeStep(STEP.number, { min: isFixed ? 2 : 1, max: 2, slot });
}

function makeLiteral(text: string, next: PatternPart | undefined): Step[] {
  // 10:00AM and 10:00 AM are the same form.
  if (text === ' ') return [makeStep(STEP.blanks, { min: next?.kind === 'field' && next.field === 'half' ? 0 : 1 })];
  return [...Buffer.from(text, 'utf8')].map((byte) => makeStep(STEP.byte, { byte }));
}

/** Runs `steps[from..to)` from `start`; returns the position behind what they took, or -1 where the text does not fit. */
export function runSteps(
  steps: readonly Step[],
  from: number,
  to: number,
  bytes: Buffer,
  start: number,
  end: number,
  fields: Int32Array,
): number {
  let at = start;
  // Where to go on when a part in brackets does not fit.
  let resumeAt = -1;
  let resumeStep = -1;
  for (let i = from; i < to; i++) {
    const step = steps[i] as Step;
    let next: number;
    if (step.code === STEP.number) next = takeNumberStep(step, bytes, at, end, fields);
    else if (step.code === STEP.byte) next = at < end && bytes[at] === step.byte ? at + 1 : -1;
    else if (step.code === STEP.optional) {
      next = at;
      resumeAt = at;
      resumeStep = i + step.count;
    } else next = runRareStep(step, bytes, at, end, fields);
    if (next < 0) {
      if (i > resumeStep) return -1;
      next = resumeAt;
      i = resumeStep;
    }
    at = next;
  }
  return at;
}

function takeNumberStep(step: Step, bytes: Buffer, start: number, end: number, fields: Int32Array): number {
  let at = start;
  if (step.byte >= 0) {
    if (at >= end || bytes[at] !== step.byte) return -1;
    at++;
  }
  if (step.max > 2) return takeNumber(bytes, at, end, step.min, step.max, fields, step.slot);
  // All numbers but the year have one or two digits.
  const first = at < end ? (bytes[at] as number) - 0x30 : -1;
  if (first < 0 || first > 9) return -1;
  const second = at + 1 < end ? (bytes[at + 1] as number) - 0x30 : -1;
  const isPair = second >= 0 && second <= 9;
  if (!isPair && step.min > 1) return -1;
  fields[step.slot] = isPair ? first * 10 + second : first;
  return isPair ? at + 2 : at + 1;
}

function runRareStep(step: Step, bytes: Buffer, at: number, end: number, fields: Int32Array): number {
  switch (step.code) {
    case STEP.blanks:
      return step.min > 0 && measureBlank(bytes, at, end) === 0 ? -1 : skipBlanks(bytes, at, end);
    case STEP.monthName:
      return takeMonthName(bytes, at, end, fields);
    case STEP.fraction:
      return takeFraction(bytes, at, end, fields);
    case STEP.half:
      return takeHalf(bytes, at, end, fields);
    case STEP.letters:
      return skipLetters(bytes, at, end);
    default:
      return takeOffset(bytes, at, end, fields);
  }
}
