// Pieces of time with their values → one row per hour or day, if enough of it is covered. Knows no counters, files or zones.
import { makeDecimalSum } from '../../model/decimal.ts';
import type { How } from '../../model/shape-schema.ts';
import type { Bucket, FindBucket } from './bounds.ts';
import type { Endings } from './ending.ts';

/** What one reading says about the time from `start` to `end`. `at` is its position in Readings. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly at: number;
  /** The reading before, where the value is the difference to it. */
  readonly from: number | undefined;
}

export interface BucketRules {
  readonly findBucket: FindBucket;
  /** Of each measure. */
  readonly how: readonly How[];
  /** Whole numbers: of their mean the whole part counts. */
  readonly isWhole: readonly boolean[];
  /** The readings are parts of a whole (cows of a herd): they cover nothing and overlap nothing. */
  readonly isParts: boolean;
  /** How many parts of the whole were refused: without them it is not whole. */
  readonly countRefused: (bucket: Bucket) => number;
  readonly minShare: number;
  /** Every sum is multiplied and divided by these whole numbers: mean power becomes energy. */
  readonly multiply: number;
  readonly divide: number;
  readonly valueAt: (piece: Piece, measure: number) => number;
  /** A time at which readings contradicted one another and were refused. */
  readonly isDisputed: (bucket: Bucket) => boolean;
  readonly formatTime: (time: number) => string;
  readonly formatLength: (length: number) => string;
}

/** A bucket that is covered. */
export interface Filled {
  readonly bucket: Bucket;
  readonly pieces: readonly Piece[];
  /** NaN where a measure has no value, or too little of one. */
  readonly values: readonly number[];
}

/** @param pieces by their start */
export function* fillBuckets(pieces: Iterable<Piece>, rules: BucketRules, endings: Endings): Generator<Filled> {
  let open: Piece[] = [];
  let bucket: Bucket | undefined;
  let spoiledUntil = Number.NEGATIVE_INFINITY;
  for (const piece of pieces) {
    const own = rules.findBucket(piece.start);
    if (bucket !== undefined && own.start !== bucket.start) {
      const filled = closeBucket(bucket, open, spoiledUntil, rules, endings);
      if (filled !== undefined) yield filled;
      open = [];
    }
    bucket = own;
    if (piece.end <= own.end) open.push(piece);
    else {
      refuseMisfit(piece, own, rules, endings);
      if (piece.from === undefined) spoiledUntil = piece.end;
    }
  }
  const filled = bucket && closeBucket(bucket, open, spoiledUntil, rules, endings);
  if (filled !== undefined) yield filled;
}

/** A reading that lies in two buckets can be put on neither. */
function refuseMisfit(piece: Piece, own: Bucket, rules: BucketRules, endings: Endings): void {
  const { formatTime } = rules;
  const from = formatTime(piece.start);
  if (piece.from === undefined) {
    const message = `The reading lasts ${rules.formatLength(piece.end - piece.start)} from ${from}: beyond ${formatTime(own.end)}.`;
    endings.refuse(piece.at, 'interval_misfit', message);
    return;
  }
  const energy = rules.valueAt(piece, 0);
  const message = `${energy} kWh were used from ${from} to ${formatTime(piece.end)}; how much of it when cannot be known.`;
  endings.refuse(piece.at, 'counter_gap', message, piece.from);
}

function closeBucket(
  bucket: Bucket,
  pieces: readonly Piece[],
  spoiledUntil: number,
  rules: BucketRules,
  endings: Endings,
): Filled | undefined {
  const reason = findReason(bucket, pieces, spoiledUntil, rules);
  if (reason !== undefined) {
    for (const piece of pieces) endings.refuse(piece.at, reason.code, reason.message, piece.from);
    return undefined;
  }
  const sums = sumPieces(bucket, pieces, rules);
  const full = sums.map((sum) => sum.share >= rules.minShare);
  if (!full.includes(true)) {
    const message = describeMissing(bucket, pieces, rules);
    for (const piece of pieces) endings.refuse(piece.at, 'incomplete_interval', message, piece.from);
    return undefined;
  }
  const partial = sums.some((sum, i) => sum.share > 0 && full[i] === false);
  const first = pieces[0];
  if (partial && first !== undefined)
    endings.note(first.at, 'incomplete_measure', describeMissing(bucket, pieces, rules));
  return { bucket, pieces, values: sums.map((sum, i) => (full[i] === true ? sum.value : Number.NaN)) };
}

/** Why nothing of the bucket can be used, whatever its values; undefined where it can. */
function findReason(bucket: Bucket, pieces: readonly Piece[], spoiledUntil: number, rules: BucketRules) {
  if (pieces.length === 0) return undefined;
  const { formatTime } = rules;
  if (rules.isDisputed(bucket)) {
    const message = `Readings between ${formatTime(bucket.start)} and ${formatTime(bucket.end)} contradict one another.`;
    return { code: 'incomplete_interval', message } as const;
  }
  if (rules.isParts) return undefined;
  if (bucket.start < spoiledUntil) {
    const message = `A reading here lasts until ${formatTime(spoiledUntil)}: how much of it is whose cannot be known.`;
    return { code: 'interval_overlap', message } as const;
  }
  const overlap = pieces.findIndex((piece, i) => i > 0 && piece.start < (pieces[i - 1]?.end ?? 0));
  if (overlap < 0) return undefined;
  const message = `The readings of ${formatTime(pieces[overlap - 1]?.start ?? 0)} and ${formatTime(pieces[overlap]?.start ?? 0)} overlap.`;
  return { code: 'interval_overlap', message } as const;
}

function sumPieces(bucket: Bucket, pieces: readonly Piece[], rules: BucketRules): { value: number; share: number }[] {
  return rules.how.map((how, measure) => {
    const there = pieces.filter((piece) => !Number.isNaN(rules.valueAt(piece, measure)));
    if (there.length === 0) return { value: Number.NaN, share: -1 };
    const values = there.map((piece) => rules.valueAt(piece, measure));
    const covered = there.reduce((sum, piece) => sum + piece.end - piece.start, 0);
    const share = rules.isParts
      ? pieces.length / (pieces.length + rules.countRefused(bucket))
      : covered / (bucket.end - bucket.start);
    return { value: addUp(values, how, measure, rules), share };
  });
}

function addUp(values: readonly number[], how: How, measure: number, rules: BucketRules): number {
  if (how === 'max' || how === 'min') return values.reduce((a, b) => Math[how](a, b));
  const sum = makeDecimalSum();
  for (const value of values) sum.add(value);
  if (how === 'sum') return sum.total(rules.multiply, rules.divide);
  const mean = sum.total(1, values.length);
  return rules.isWhole[measure] === true ? Math.trunc(mean) : mean;
}

const SHOWN = 3;

function describeMissing(bucket: Bucket, pieces: readonly Piece[], rules: BucketRules): string {
  const { formatTime, formatLength } = rules;
  if (rules.isParts) {
    const refused = rules.countRefused(bucket);
    return `${refused} of the ${pieces.length + refused} records of ${formatTime(bucket.start)} were refused: without them it is not whole.`;
  }
  const gaps: string[] = [];
  let at = bucket.start;
  let covered = 0;
  const isThere = (piece: Piece) =>
    Array.from({ length: rules.how.length }, (_, m) => rules.valueAt(piece, m)).every((v) => !Number.isNaN(v));
  for (const piece of [...pieces.filter(isThere), { start: bucket.end, end: bucket.end }]) {
    if (piece.start > at) gaps.push(`${formatTime(at)} to ${formatTime(piece.start)}`);
    covered += piece.end - piece.start;
    at = piece.end;
  }
  const more = gaps.length > SHOWN ? ` and ${gaps.length - SHOWN} more` : '';
  const there = `${formatLength(covered)} of ${formatLength(bucket.end - bucket.start)} from ${formatTime(bucket.start)} are there`;
  return `${there}; missing: ${gaps.slice(0, SHOWN).join(', ')}${more}.`;
}
