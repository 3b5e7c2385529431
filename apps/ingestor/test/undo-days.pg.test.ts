import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { openTrial, type Trial } from './support/open-trial.ts';

// A file of days ends where the next one begins: what is next to a batch is not part of it.

let t: Trial;
let count = 0;
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

const quiet = { requestedBy: null, dryRun: false };
const DAYS = `
dataset: dairy_production
columns: { Date: production_date, kg: day_production_per_cow_kg }
time: { format: iso }
`;
const BY_COLUMN = DAYS.replace('time:', 'datasource: { from: column, name: Herd }\ntime:');

async function openHerd(zone: string, mapping: string) {
  const name = `herd${++count}`;
  const id = await t.addSource(name, zone, 'dairy');
  return {
    load: async (...days: string[]) => {
      const rows = days.map((day) => `${day},${Number(day.slice(-2))},${name}\n`).join('');
      const options = { mapping: 'days', mappings: { days: mapping } };
      return (await t.load(`${name}-x.csv`, `Date,kg,Herd\n${rows}`, options)).batchId;
    },
    read: async () =>
      (
        await t.query<{ day: string }>(
          'SELECT production_date::text AS day FROM dairy_production WHERE datasource_id = $1 ORDER BY 1',
          [id],
        )
      ).map((row) => row.day),
  };
}

const ZONES = ['Asia/Nicosia', 'UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/Havana'];
const CASES = ZONES.flatMap((zone) => [
  { zone, how: 'by name', mapping: DAYS },
  { zone, how: 'by column', mapping: BY_COLUMN },
]);

describe('the undo of a file of days', () => {
  // In Havana the clocks went forward at the midnight with which 9 March 2025 began.
  it.each(CASES)('leaves the days before and after it alone, and reads no other file: $zone, $how', async (c) => {
    const herd = await openHerd(c.zone, c.mapping);
    await herd.load('2025-03-06', '2025-03-07');
    const middle = await herd.load('2025-03-08', '2025-03-09');
    await herd.load('2025-03-10', '2025-03-11');
    expect(await undoBatch(t.around, middle, quiet)).toMatchObject({ removed: 2, changed: 0, added: 0, reread: 0 });
    expect(await herd.read()).toEqual(['2025-03-06', '2025-03-07', '2025-03-10', '2025-03-11']);
    expect(await redoBatch(t.around, middle, quiet)).toMatchObject({ removed: 0, changed: 0, added: 2, reread: 1 });
    expect(await herd.read()).toHaveLength(6);
  });

  it('reads a neighbour again rather than lose its rows, should the batch remember a longer period than it had', async () => {
    const herd = await openHerd('UTC', DAYS);
    await herd.load('2025-03-01', '2025-03-02');
    const second = await herd.load('2025-03-03');
    await t.query("UPDATE ingest_batch_datasource SET first = first - interval '1 day' WHERE batch_id = $1", [second]);
    expect(await undoBatch(t.around, second, quiet)).toMatchObject({ removed: 1, changed: 0, added: 0, reread: 1 });
    expect(await herd.read()).toEqual(['2025-03-01', '2025-03-02']);
  });
});
