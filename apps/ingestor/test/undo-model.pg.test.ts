import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { applyFile, file, type ModelFile, mapping, type Stored, writeFile } from './support/load-model.ts';
import { account, openTrial, type Trial } from './support/open-trial.ts';

// The invariant: after any sequence of loads, undos and redos, the table (values, lineage, source rows) equals what loading the completed
// batches that are not undone, in the order of applied_seq, would give; and history tells what the table said at any instant on the way.

type Step = { readonly load: ModelFile } | { readonly toggle: number };
interface Loaded {
  readonly file: ModelFile;
  readonly no: number;
  readonly batchId: string;
  undone: boolean;
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: file.map((f) => ({ load: f })) },
  { weight: 2, arbitrary: fc.nat(9).map((toggle) => ({ toggle })) },
);
const quiet = { requestedBy: null, dryRun: false };

let t: Trial;
let runs = 0;
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

const readTable = (id: number) =>
  t.query(
    `SELECT extract(hour FROM timestamp AT TIME ZONE 'UTC')::int AS hour, temperature, humidity, batch_id, source_row
     FROM environmental_metrics WHERE datasource_id = $1 ORDER BY 1`,
    [id],
  );

/** What the table said at an instant, by the rule: the version whose period holds it, else the current row if its batch was applied by then. */
const readAsOf = (id: number, at: string) =>
  t.query(
    `SELECT extract(hour FROM v.timestamp AT TIME ZONE 'UTC')::int AS hour, v.temperature, v.humidity, v.batch_id, v.source_row FROM (
       SELECT timestamp, temperature, humidity, batch_id, source_row FROM environmental_metrics_history
       WHERE datasource_id = $1 AND valid_from <= $2::timestamptz AND valid_to > $2::timestamptz
       UNION ALL
       SELECT f.timestamp, f.temperature, f.humidity, f.batch_id, f.source_row FROM environmental_metrics f JOIN ingest_batch b USING (batch_id)
       WHERE f.datasource_id = $1 AND b.applied_at <= $2::timestamptz AND NOT EXISTS (
         SELECT 1 FROM environmental_metrics_history h WHERE h.datasource_id = $1 AND h.timestamp = f.timestamp
           AND h.valid_from <= $2::timestamptz AND h.valid_to > $2::timestamptz)
     ) v ORDER BY 1`,
    [id, at],
  );

function expectTable(loaded: readonly Loaded[]): object[] {
  const table = new Map<number, Stored>();
  for (const each of loaded) if (!each.undone) applyFile(table, each.file, each.no);
  return [...table]
    .sort(([a], [b]) => a - b)
    .map(([hour, s]) => ({
      hour,
      temperature: s.temperature ?? null,
      humidity: s.humidity ?? null,
      batch_id: loaded.find((l) => l.no === s.file)!.batchId,
      source_row: s.line,
    }));
}

async function takeStep(run: number, no: number, loaded: Loaded[], s: Step): Promise<void> {
  if ('load' in s) {
    const options = { mapping: 'mine', mappings: { mine: mapping(s.load.strategy) } };
    const result = await t.load(`u${run}-x.csv`, writeFile(s.load, run * 100 + no), options);
    if (account(result) !== 'nothing_loadable')
      loaded.push({ file: s.load, no, batchId: result.batchId, undone: false });
    return;
  }
  const target = loaded[s.toggle % Math.max(loaded.length, 1)];
  if (target === undefined) return;
  await (target.undone ? redoBatch : undoBatch)(t.around, target.batchId, quiet);
  target.undone = !target.undone;
}

describe('any sequence of loads, undos and redos', () => {
  it('leaves what loading the surviving batches in order would give, and a history of all that stood there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        const run = ++runs;
        const id = await t.addSource(`u${run}`, 'UTC', 'weather');
        const loaded: Loaded[] = [];
        const snapshots: { at: string; table: object[] }[] = [];
        for (const [no, s] of steps.entries()) {
          await takeStep(run, no, loaded, s);
          const table = await readTable(id);
          expect(table).toEqual(expectTable(loaded));
          const [now] = await t.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
          snapshots.push({ at: now!.at, table });
        }
        for (const { at, table } of snapshots) expect(await readAsOf(id, at)).toEqual(table);
      }),
      { numRuns: 40 },
    );
  });

  it('reads a batch again for the source it was loaded for, whatever its records say', async () => {
    const id = await t.addSource('given', 'UTC', 'weather');
    const mine = mapping('update').replace('time:', 'datasource: { from: column, name: Station }\ntime:');
    const options = { mapping: 'mine', mappings: { mine }, datasource: 'given' };
    const load = (a: number, b: number) =>
      t.load(
        'x.csv',
        `timestamp,temperature,Station\n2025-07-01T00:00:00Z,${a},nobody\n2025-07-01T01:00:00Z,${b},nobody\n`,
        options,
      );
    await load(1, 2);
    const { batchId } = await load(9, 2);
    await undoBatch(t.around, batchId, quiet);
    expect((await readTable(id)).map((row) => (row as { temperature: number }).temperature)).toEqual([1, 2]);
  });

  it('refuses to undo where a name in a surviving batch means another source today', async () => {
    const id = await t.addSource('station-a', 'UTC', 'weather');
    await t.query("INSERT INTO datasource_alias (kind, value, datasource_id) VALUES ('alias', 'roof', $1)", [id]);
    const mine = mapping('update').replace('time:', 'datasource: { from: column, name: Station }\ntime:');
    const load = (a: number) =>
      t.load('x.csv', `timestamp,temperature,Station\n2025-07-01T00:00:00Z,${a},Roof\n`, {
        mapping: 'mine',
        mappings: { mine },
      });
    await load(1);
    const { batchId } = await load(9);
    await t.query("DELETE FROM datasource_alias WHERE value = 'roof'");
    await expect(undoBatch(t.around, batchId, quiet)).rejects.toMatchObject({ code: 'undo_no_archive' });
    expect((await readTable(id)).map((row) => (row as { temperature: number }).temperature)).toEqual([9]);
  });

  it('is refused where it makes no sense, and a dry run of it changes nothing', async () => {
    const id = await t.addSource('nonsense', 'UTC', 'weather');
    const { batchId } = await t.load('nonsense-a.csv', 'timestamp,temperature (°C)\n2025-07-01T00:00:00Z,1\n');
    await expect(redoBatch(t.around, batchId, quiet)).rejects.toMatchObject({ code: 'batch_not_redoable' });
    expect(await undoBatch(t.around, batchId, { ...quiet, dryRun: true })).toMatchObject({ removed: 1, dry_run: true });
    expect(await readTable(id)).toHaveLength(1);
    expect(await undoBatch(t.around, batchId, quiet)).toMatchObject({ removed: 1, changed: 0, added: 0, reread: 0 });
    expect(await readTable(id)).toEqual([]);
    await expect(undoBatch(t.around, batchId, quiet)).rejects.toMatchObject({ code: 'batch_not_undoable' });
    expect(account(await t.load('nonsense-b.csv', 'timestamp,temperature (°C)\n2025-07-01T00:00:00Z,1\n'))).toBe(
      '1 = 1+0~ 0= 0- 0!',
    );
    await expect(redoBatch(t.around, batchId, quiet)).rejects.toMatchObject({ code: 'duplicate_file' });
  });
});
