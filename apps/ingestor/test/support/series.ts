// A series of readings written by hand, and what becomes of them: for tests of counters, power and sums.
import { openZone } from '@cei-inoe/shared/zone';
import { makeReadings } from '../../src/stages/derive/readings.ts';
import { deriveSeries, type SeriesRules } from '../../src/stages/derive/series.ts';

/** A reading: its time (ISO, or a day), and its values. */
export type Reading = readonly [time: string, ...values: number[]];

export interface Result {
  /** `2025-07-01T10:00:00Z 1.5` */
  readonly rows: string[];
  /** `3 counter_gap`: number of the reading, counted from 1, and its code. */
  readonly refused: string[];
  readonly messages: string[];
  readonly skipped: string[];
  readonly notes: string[];
}

const RULES: SeriesRules = {
  kind: 'interval',
  how: ['sum'],
  isWhole: [false],
  minShare: 1,
  bucket: 'hour',
  reads: 'instant',
  zone: openZone('UTC'),
  intervalSeconds: 900,
  isParts: false,
  refusedTimes: [],
  rolloverAt: undefined,
  maxPowerKw: undefined,
};

export type Given = Partial<Omit<SeriesRules, 'zone'>> & { readonly zone?: string; readonly parts?: readonly number[] };

/** Derives the rows of one source; `parts`: a number per reading. */
export function derive(given: Given, readings: readonly Reading[]): Result {
  const { zone = 'UTC', parts, ...rest } = given;
  const rules = { ...RULES, ...rest, zone: openZone(zone) };
  const held = makeReadings(rules.how.map((_, at) => at));
  for (const [i, [time, ...values]] of readings.entries()) {
    held.push(
      {
        datasourceId: 1,
        time: readTime(time, rules.reads),
        values: Float64Array.from(values),
        line: i + 1,
        quality: 0,
        records: 1,
      },
      parts?.[i] ?? 0,
    );
  }
  const result: Result = { rows: [], refused: [], messages: [], skipped: [], notes: [] };
  const endings = {
    refuse(at: number, code: string, message: string) {
      result.refused.push(`${held.lineOf(at)} ${code}`);
      result.messages.push(message);
    },
    skip: (at: number, code: string) => void result.skipped.push(`${held.lineOf(at)} ${code}`),
    note: (at: number, code: string) => void result.notes.push(`${held.lineOf(at)} ${code}`),
  };
  for (const { bucket, values, pieces } of deriveSeries(held, rules, endings)) {
    const weight = pieces.length;
    result.rows.push(`${formatTime(bucket.rowTime, rules)} ${values.join(' ')}${weight === 1 ? '' : ` of ${weight}`}`);
  }
  for (const list of [result.refused, result.skipped])
    list.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return result;
}

const readTime = (text: string, reads: SeriesRules['reads']): number =>
  reads === 'day'
    ? Date.parse(`${text}T00:00:00Z`) / 86_400_000
    : Date.parse(text.length === 16 ? `${text}Z` : text) * 1000;

const formatTime = (time: number, { bucket, reads }: SeriesRules): string =>
  bucket === 'day' || reads === 'day'
    ? new Date(time * 86_400_000).toISOString().slice(0, 10)
    : new Date(time / 1000).toISOString().replace(':00.000Z', 'Z');

/** `count` readings of `values` from `start` on, every `minutes`. */
export const every = (start: string, minutes: number, values: readonly number[]): Reading[] =>
  values.map((value, i) => [new Date(Date.parse(start) + i * minutes * 60_000).toISOString(), value] as const);
