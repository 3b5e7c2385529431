import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replayBatch } from '../src/compose/replay-batch.ts';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { account, openTrial, type Trial } from './support/open-trial.ts';

// The invariant: after any sequence of loads, undos, redos and replays, and of a first zone for a source without one, the rollup by month
// says of every local month with readings what plain SQL over the readings says, and of no other month anything.

interface File {
  readonly strategy: string;
  readonly rows: readonly { readonly hours: number; readonly value: number }[];
}
type Step =
  | { readonly load: File }
  | { readonly toggle: number }
  | { readonly replay: number; readonly unit: string }
  | { readonly zone: true };

// Some hours around the turns of months, also of those at which clocks change; instants carry their offset.
const TURNS = ['2024-12-31T18:00Z', '2025-03-31T20:00Z', '2025-04-30T12:00Z', '2011-12-30T06:00Z'].map(Date.parse);
const file: fc.Arbitrary<File> = fc.record({
  strategy: fc.constantFrom('update', 'update', 'ignore', 'append'),
  rows: fc.array(
    fc.record({
      hours: fc
        .tuple(fc.constantFrom(...TURNS), fc.integer({ min: -10, max: 20 }))
        .map(([at, h]) => at / 3.6e6 + h / 2),
      value: fc.integer({ min: -50, max: 500 }).map((n) => n / 10),
    }),
    { minLength: 1, maxLength: 12 },
  ),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: file.map((load) => ({ load })) },
  { weight: 2, arbitrary: fc.nat(9).map((toggle) => ({ toggle })) },
  { weight: 2, arbitrary: fc.record({ replay: fc.nat(9), unit: fc.constantFrom('Wh', 'MWh') }) },
  { weight: 1, arbitrary: fc.constant({ zone: true as const }) },
);
const zone = fc.constantFrom(null, 'UTC', 'Asia/Nicosia', 'America/Havana', 'Australia/Lord_Howe', 'Pacific/Apia');

const mapping = (strategy: string, unit = 'kWh') => `
dataset: energy_hourly
columns: { time: ts, value: { to: energy_kwh, unit: ${unit} } }
conflict_resolution: { strategy: ${strategy} }
time: { format: iso }
`;
const write = (f: File, nonce: number) =>
  `time,value,nonce ${nonce}\n${f.rows.map((r) => `${new Date(r.hours * 3.6e6).toISOString()},${r.value},\n`).join('')}`;

let t: Trial;
let runs = 0;
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

async function checkMonths(id: number): Promise<void> {
  const wanted = await t.query<{ sum: number }>(
    `SELECT to_char(ts AT TIME ZONE coalesce(d.timezone, 'UTC'), 'YYYY-MM') AS month, count(DISTINCT date_trunc('hour', ts))::int AS received,
            sum(energy_kwh::numeric)::float8 AS sum, min(energy_kwh) AS min, max(energy_kwh) AS max
     FROM fact_energy_hourly JOIN datasource d ON d.id = datasource_id WHERE datasource_id = $1 GROUP BY 1 ORDER BY 1`,
    [id],
  );
  const stored = await t.query<{ sum: number }>(
    `SELECT to_char(month, 'YYYY-MM') AS month, received, energy_kwh AS sum, energy_kwh_min AS min, energy_kwh_max AS max
     FROM fact_energy_hourly_month WHERE datasource_id = $1 ORDER BY 1`,
    [id],
  );
  // Sums of doubles in two orders: to the last but two of sixteen digits.
  const settle = (rows: { sum: number }[]) => rows.map((row) => ({ ...row, sum: Math.round(row.sum * 1e6) / 1e6 }));
  expect(settle(stored)).toEqual(settle(wanted));
}

interface Loaded {
  batchId: string;
  undone: boolean;
}

async function takeStep(name: string, no: number, loaded: Loaded[], s: Step): Promise<void> {
  if ('zone' in s) {
    const sql = "UPDATE datasource SET timezone = 'Asia/Kathmandu' WHERE external_id = $1 AND timezone IS NULL";
    await t.query(sql, [name]);
    return;
  }
  if ('load' in s) {
    const options = { mapping: 'mine', mappings: { mine: mapping(s.load.strategy) } };
    await t.load(`${name}-x.csv`, write(s.load, no), { ...options, dryRun: true });
    const result = await t.load(`${name}-x.csv`, write(s.load, no), options);
    if (account(result) !== 'nothing_loadable') loaded.push({ batchId: result.batchId, undone: false });
    return;
  }
  const target = loaded[('toggle' in s ? s.toggle : s.replay) % Math.max(loaded.length, 1)];
  if (target === undefined) return;
  if ('replay' in s) {
    t.useMappings({ mine: mapping('update', s.unit) });
    const options = { requestedBy: null, dryRun: false, load: { mapping: 'mine' } };
    target.batchId = (await replayBatch(t.around, target.batchId, options)).new_batch_id!;
    target.undone = false;
    return;
  }
  await (target.undone ? redoBatch : undoBatch)(t.around, target.batchId, { requestedBy: null, dryRun: false });
  target.undone = !target.undone;
}

// As many records as the month has readings in the end, but one of them came twice, and another reading was there before.
const REPEATED: Step[] = [[[12, 5]], [13, 13].map((hour) => [hour, 7])].map((rows) => ({
  load: { strategy: 'update', rows: rows.map(([hour, value]) => ({ hours: 480_000 + hour!, value: value! })) },
}));

describe('the months of energy', () => {
  it('say what the readings say, after any history', async () => {
    await fc.assert(
      fc.asyncProperty(zone, fc.array(step, { minLength: 1, maxLength: 7 }), async (timezone, steps) => {
        const run = ++runs;
        const id = await t.addSource(`m${run}`, timezone);
        const loaded: Loaded[] = [];
        for (const [no, s] of steps.entries()) {
          await takeStep(`m${run}`, run * 100 + no, loaded, s);
          await checkMonths(id);
        }
      }),
      { numRuns: 40, examples: [['UTC', REPEATED]] },
    );
  });
});
