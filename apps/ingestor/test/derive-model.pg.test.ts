import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { account, openTrial, type Trial } from './support/open-trial.ts';

// The invariant: what a meter really used, written down as intervals, as mean power or as a counter, in any step, order and zone, with
// false, missing and repeated readings and in files that overlap, comes back as hours that are true to the last Wh, or is refused.

const HOUR_MS = 3_600_000;
const QUIET = { requestedBy: null, dryRun: false };
const MAX_KW = 40;

interface World {
  readonly kind: 'interval' | 'counter' | 'mean_power';
  readonly minutes: 15 | 30 | 60;
  readonly zone: string;
  readonly start: number;
  /** Times with their offset, or those of the wall clock. */
  readonly offsets: boolean;
  readonly descending: boolean;
  /** Wh of every step. */
  readonly used: readonly number[];
  readonly faults: readonly { readonly at: number; readonly kind: 'false' | 'missing' | 'repeated' }[];
  /** The second file begins so many readings before the end of the first, which ends at `cut`. */
  readonly cut: number;
  readonly common: number;
}

/** A day before the clocks change, where they do; the hours run over the change. */
const PLACES: readonly (readonly [string, string])[] = [
  ['UTC', '2025-07-01T05:00:00Z'],
  ['Asia/Kolkata', '2025-07-01T05:30:00Z'],
  ['Asia/Nicosia', '2025-10-25T12:00:00Z'],
  ['Asia/Nicosia', '2025-03-29T12:00:00Z'],
  ['Europe/Madrid', '2025-10-25T18:00:00Z'],
  ['America/St_Johns', '2025-11-01T16:30:00Z'],
  ['America/St_Johns', '2025-03-08T20:30:00Z'],
];

const world: fc.Arbitrary<World> = fc
  .record({
    kind: fc.constantFrom('interval', 'counter', 'mean_power'),
    minutes: fc.constantFrom(15, 30, 60),
    place: fc.constantFrom(...PLACES),
    late: fc.nat(3),
    offsets: fc.boolean(),
    descending: fc.boolean(),
    hours: fc.integer({ min: 14, max: 30 }),
    seed: fc.array(fc.nat(9_999), { minLength: 7, maxLength: 7 }),
    faults: fc.array(fc.record({ at: fc.nat(200), kind: fc.constantFrom('false', 'missing', 'repeated') }), {
      maxLength: 4,
    }),
    cut: fc.nat(200),
    common: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ place: [zone, start], late, hours, seed, minutes, faults, cut, ...rest }) => {
    const steps = (hours * 60) / minutes;
    // The file need not begin with an hour.
    const begin = Date.parse(start) + (minutes === 60 ? 0 : late * minutes * 60_000);
    return {
      ...rest,
      zone,
      minutes: minutes as World['minutes'],
      start: begin,
      used: Array.from({ length: steps }, (_, i) => (seed[i % seed.length]! * (i + 1)) % 9_973),
      faults: spread(faults, steps).filter(
        ({ at }) => !isNearChange(zone, begin + at * minutes * 60_000),
      ) as World['faults'],
      cut: 8 + (cut % (steps - 8)),
    } as World;
  });

/** Single faults: those of a counter that stand side by side are another meter's. */
function spread<T extends { at: number }>(faults: readonly T[], steps: number): T[] {
  const placed = faults.map((fault) => ({ ...fault, at: fault.at % steps })).sort((a, b) => a.at - b.at);
  return placed.filter((fault, i) => i === 0 || fault.at - placed[i - 1]!.at >= 8);
}

/** Nobody could tell a repeated reading from the second pass of the hour that occurs twice. */
const isNearChange = (zone: string, ms: number): boolean =>
  offsetOf(zone, ms - 4 * HOUR_MS) !== offsetOf(zone, ms + 4 * HOUR_MS);

const clocks = new Map<string, Intl.DateTimeFormat>();
/** Milliseconds east of UTC, by the calendar of the process and no code of ours. */
function offsetOf(zone: string, ms: number): number {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    clocks.set(zone, clock);
  }
  return Date.parse(`${clock.format(ms).replace(' ', 'T')}Z`) - ms;
}

const hourOf = (zone: string, ms: number): number => {
  const offset = offsetOf(zone, ms);
  return Math.floor((ms + offset) / HOUR_MS) * HOUR_MS - offset;
};

function formatTime({ zone, offsets }: World, ms: number): string {
  const offset = offsetOf(zone, ms);
  const local = new Date(ms + offset).toISOString().slice(0, 16);
  if (!offsets) return local.replace('T', ' ');
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${local}:00${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

interface Line {
  readonly text: string;
  /** Step of the reading; a counter's is the one that ends with it, -1 for the first. */
  readonly step: number;
}

/** The readings with their faults, in the order of time. Returns what each says, and which steps cannot be known. */
function writeReadings(w: World, from: number, to: number) {
  const lost = new Set<number>();
  const lines: Line[] = [];
  const counts = [5_000_000];
  for (const wh of w.used) counts.push(counts.at(-1)! + wh);
  for (let i = from; i <= (w.kind === 'counter' ? to : to - 1); i++) {
    const fault = w.faults.find(({ at }) => at === i)?.kind;
    const time = formatTime(w, w.start + i * w.minutes * 60_000);
    if (fault === 'false' || fault === 'missing') {
      lost.add(i);
      if (w.kind === 'counter') lost.add(i - 1);
    }
    if (fault === 'missing') continue;
    lines.push({ text: `${time},${fault === 'false' ? writeFalse(w, i) : writeTrue(w, i, counts)}`, step: i });
    if (fault === 'repeated') lines.push(lines.at(-1)!);
  }
  return { lines, lost };
}

const writeTrue = (w: World, i: number, counts: readonly number[]): string => {
  if (w.kind === 'counter') return (counts[i]! / 1000).toFixed(3);
  return ((w.used[i]! / 1000) * (w.kind === 'mean_power' ? 60 / w.minutes : 1)).toFixed(3);
};
const writeFalse = (w: World, i: number): string => (w.kind === 'counter' ? (i % 2 === 0 ? '0' : '999999') : 'x');

const write = (w: World, lines: readonly Line[], nonce: string): string =>
  `Time,kWh,${nonce}\n${(w.descending ? lines.toReversed() : lines).map((line) => `${line.text},\n`).join('')}`;

/** Hours of which every step lies in [from, to) and none is lost, with their Wh. */
function listTrue(w: World, from: number, to: number, lost: ReadonlySet<number>): Map<number, number> {
  const hours = new Map<number, { wh: number; minutes: number }>();
  for (let i = from; i < to; i++) {
    const hour = hourOf(w.zone, w.start + i * w.minutes * 60_000);
    const sum = hours.get(hour) ?? { wh: 0, minutes: 0 };
    hours.set(hour, { wh: sum.wh + w.used[i]!, minutes: sum.minutes + (lost.has(i) ? 0 : w.minutes) });
  }
  return new Map([...hours].filter(([, { minutes }]) => minutes === 60).map(([hour, { wh }]) => [hour, wh]));
}

const mapping = (w: World) => `
dataset: energy_hourly
columns: { Time: ts, kWh: energy_kwh }
values: { kind: ${w.kind}, interval: ${w.minutes}min, max_power_kw: ${MAX_KW} }
aggregate: { to: hour }
time: { format: ["yyyy-MM-dd HH:mm", "iso"] }
`;

let t: Trial;
let runs = 0;
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

const readHours = async (id: number): Promise<Map<number, number>> => {
  const rows = await t.query<{ ts: Date; kwh: number }>(
    'SELECT ts, energy_kwh AS kwh FROM fact_energy_hourly WHERE datasource_id = $1 ORDER BY ts',
    [id],
  );
  return new Map(rows.map(({ ts, kwh }) => [ts.getTime(), kwh]));
};

/** Every stored hour is true; every hour that the file tells is stored. */
function judge(w: World, stored: ReadonlyMap<number, number>, told: ReadonlyMap<number, number>): void {
  const truth = listTrue(w, 0, w.used.length, new Set());
  for (const [hour, kwh] of stored) expect(kwh, new Date(hour).toISOString()).toBe(truth.get(hour)! / 1000);
  const missing = [...told.keys()].filter((hour) => !stored.has(hour));
  // Clock times alone may leave the hour that occurs twice untold, and a counter's hours beside it.
  const excused = missing.filter((hour) => !w.offsets && isNearChange(w.zone, hour));
  expect(missing.map((hour) => new Date(hour).toISOString())).toEqual(
    excused.map((hour) => new Date(hour).toISOString()),
  );
}

describe('what a meter used', () => {
  it('comes back true from any way of writing it down, or is refused', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (w) => {
        const run = ++runs;
        const id = await t.addSource(`w${run}`, w.zone);
        const options = { mapping: 'mine', mappings: { mine: mapping(w) } };
        const steps = w.used.length;
        const first = writeReadings(w, 0, w.cut);
        const begin = Math.max(0, w.cut - w.common);
        const second = writeReadings(w, begin, steps);
        const told = [listTrue(w, 0, w.cut, first.lost), listTrue(w, begin, steps, second.lost)] as const;

        const load = async (name: string, lines: readonly Line[]) => {
          const text = write(w, lines, `${run}${name}`);
          const dry = await t.load(`w${run}-${name}.csv`, text, { ...options, dryRun: true });
          const result = await t.load(`w${run}-${name}.csv`, text, options);
          expect(account(dry)).toBe(account(result));
          if (result.outcome.kind === 'loaded') expect(result.outcome.loaded.counts.read).toBe(lines.length);
          else expect(account(result)).toBe('nothing_loadable');
          return result;
        };
        await load('a', first.lines);
        const afterFirst = await readHours(id);
        judge(w, afterFirst, told[0]);
        const b = await load('b', second.lines);
        const afterBoth = await readHours(id);
        judge(w, afterBoth, new Map([...told[0], ...told[1]]));
        if (b.outcome.kind !== 'loaded') return;
        await undoBatch(t.around, b.batchId, QUIET);
        expect(await readHours(id)).toEqual(afterFirst);
        await redoBatch(t.around, b.batchId, QUIET);
        expect(await readHours(id)).toEqual(afterBoth);
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it('is the same sum in the file, in the table and in what was refused', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const w: World = { ...given, kind: 'interval', faults: given.faults.filter((fault) => fault.kind !== 'false') };
        const run = ++runs;
        const id = await t.addSource(`w${run}`, w.zone);
        const { lines } = writeReadings(w, 0, w.used.length);
        const text = write(w, lines, `${run}`);
        const { batchId } = await t.load(`w${run}-a.csv`, text, { mapping: 'mine', mappings: { mine: mapping(w) } });
        const inFile = lines.reduce((sum, line) => sum + Math.round(Number(line.text.split(',')[1]) * 1000), 0);
        const stored = [...(await readHours(id)).values()].reduce((sum, kwh) => sum + Math.round(kwh * 1000), 0);
        const [refused] = await t.query<{ wh: number }>(
          `SELECT coalesce(sum(round((raw->>'kWh')::numeric * 1000)), 0)::int AS wh FROM ingest_rejection WHERE batch_id = $1`,
          [batchId],
        );
        const [batch] = await t.query<{ skipped: number }>(
          'SELECT records_skipped::int AS skipped FROM ingest_batch WHERE batch_id = $1',
          [batchId],
        );
        const repeated = lines.filter((line, i) => i > 0 && line === lines[i - 1]);
        expect(batch!.skipped).toBeLessThanOrEqual(repeated.length);
        const skipped = repeated.slice(0, batch!.skipped).reduce((sum, { step }) => sum + w.used[step]!, 0);
        expect(stored + refused!.wh + (batch!.skipped === repeated.length ? skipped : Number.NaN)).toBe(inFile);
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});
