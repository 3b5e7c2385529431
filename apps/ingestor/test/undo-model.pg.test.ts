import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replayBatch } from '../src/compose/replay-batch.ts';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import {
  anyFile,
  anyStrategy,
  anyVariant,
  applyReading,
  compareTables,
  type ModelFile,
  nameDataset,
  type Reading,
  type Strategy,
  type Tables,
  type Variant,
  writeFile,
  writeMapping,
} from './support/history-model.ts';
import { account, openTrial, type Trial, type TrialOptions } from './support/open-trial.ts';

// The invariant: after any sequence of loads, undos, redos and replays, the tables (values, lineage, source rows) equal what loading the
// completed batches that are not undone, in the order of their places, would give; history tells what they said at any instant on the
// way; and every operation reports what it changed.

/** How a file says whose it is. */
type Means = 'name' | 'option' | 'folder' | 'column';
interface Load {
  readonly strategy: Strategy;
  readonly means: Means;
  readonly station: number;
  readonly force: boolean;
}
type Step =
  | { readonly kind: 'load'; readonly file: ModelFile; readonly load: Load }
  | { readonly kind: 'again'; readonly at: number; readonly load: Load }
  | { readonly kind: 'toggle'; readonly at: number }
  | {
      readonly kind: 'replay';
      readonly at: number;
      readonly strategy: Strategy;
      readonly variant: Variant;
      /** The station that it is for, where that is said anew. */
      readonly station: number | undefined;
    };

interface Entry {
  readonly no: number;
  readonly batchId: string;
  readonly reading: Reading;
  readonly byColumn: boolean;
  readonly forced: boolean;
  /** Place in the order; undefined for a batch that failed. */
  readonly place: number | undefined;
  counts: boolean;
}

const load = fc.record<Load>({
  strategy: anyStrategy,
  means: fc.constantFrom('name', 'option', 'folder', 'column', 'column'),
  station: fc.integer({ min: 0, max: 1 }),
  force: fc.boolean(),
});
const at = fc.nat(9);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('load' as const), file: anyFile, load }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), at, load }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('toggle' as const), at }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('replay' as const),
      at,
      strategy: anyStrategy,
      variant: anyVariant,
      station: fc.constantFrom(undefined, undefined, undefined, 0, 1),
    }),
  },
);
const quiet = { requestedBy: null, dryRun: false };

let t: Trial;
let runs = 0;
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

const TABLES = [
  {
    dataset: 'environmental_metrics',
    table: 'environmental_metrics',
    time: 'timestamp',
    measures: ['temperature', 'humidity'],
  },
  { dataset: 'energy_hourly', table: 'fact_energy_hourly', time: 'ts', measures: ['energy_kwh'] },
] as const;

/** What the tables say, or said at the instant `at`: the version whose period holds it, else the row of today if its batch was applied by then. */
async function readTables(ids: readonly number[], entries: readonly Entry[], at?: string): Promise<Tables> {
  const tables: Tables = new Map();
  for (const { dataset, table, time, measures } of TABLES) {
    const columns = `datasource_id, ${time} AS time, ${measures.join(', ')}, batch_id, source_row`;
    const then = `
      SELECT ${columns} FROM ${table}_history WHERE valid_from <= $2::timestamptz AND valid_to > $2::timestamptz
      UNION ALL
      SELECT ${columns} FROM ${table} f WHERE (SELECT applied_at FROM ingest_batch b WHERE b.batch_id = f.batch_id) <= $2::timestamptz
        AND NOT EXISTS (SELECT 1 FROM ${table}_history h WHERE h.datasource_id = f.datasource_id AND h.${time} = f.${time}
          AND h.valid_from <= $2::timestamptz AND h.valid_to > $2::timestamptz)`;
    const now = `SELECT ${columns} FROM ${table} WHERE $2::text IS NULL`;
    const rows = await t.query<Record<string, unknown> & { datasource_id: number; batch_id: string }>(
      `SELECT v.*, extract(hour FROM v.time AT TIME ZONE 'UTC')::int AS hour FROM (${at === undefined ? now : then}) v
       WHERE v.datasource_id = ANY ($1::int[])`,
      [ids, at ?? null],
    );
    for (const row of rows) {
      const key = `${dataset}|${ids.indexOf(row.datasource_id)}|${String(row.hour)}`;
      expect(tables.has(key)).toBe(false);
      const values = Object.fromEntries(measures.flatMap((name) => (row[name] === null ? [] : [[name, row[name]]])));
      const no = entries.find((entry) => entry.batchId === row.batch_id)?.no ?? -1;
      tables.set(key, { values, batch: no, line: Number(row.source_row) });
    }
  }
  return tables;
}

const sortTables = (tables: Tables) => [...tables].sort(([a], [b]) => (a < b ? -1 : 1));

/** The tables that the rule gives, and the account of each batch; or the code with which one of them would have failed. */
function expectTables(entries: readonly Entry[]): { tables: Tables; accounts: Map<number, string> } | string {
  const tables: Tables = new Map();
  const accounts = new Map<number, string>();
  const order = entries.filter((entry) => entry.counts).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
  for (const { reading, no } of order) {
    const told = applyReading(tables, reading, no);
    if (!told.includes('=')) return told;
    accounts.set(no, told);
  }
  return { tables, accounts };
}

/** What "the same bytes for the same dataset and datasource" means. */
const makeKey = ({ reading, byColumn }: Pick<Entry, 'reading' | 'byColumn'>): string =>
  [reading.file.nonce, nameDataset(reading), byColumn ? '*' : reading.station].join(':');
const holdsKey = (entries: readonly Entry[], wanted: Pick<Entry, 'reading' | 'byColumn'>): boolean =>
  entries.some((entry) => entry.counts && !entry.forced && makeKey(entry) === makeKey(wanted));

/** What the replay of `old` as `entry` gives, or the code with which it is refused. `others`: the batches as they are without `old`; `namesColumn`: the mapping takes the station from a column. */
function expectReplay(
  others: readonly Entry[],
  old: Entry,
  entry: Entry,
  namesColumn: boolean,
): ReturnType<typeof expectTables> {
  if (others.some((each) => each.counts && each.place === old.place)) return 'batch_not_replayable';
  if (applyReading(new Map(), entry.reading, entry.no) === 'header_unknown') return 'header_unknown';
  if (!old.forced && holdsKey(others, entry)) return 'duplicate_file';
  // Readings that a column gives to two stations cannot all be one's.
  const named = new Set(entry.reading.file.rows.map((row) => row.station));
  if (namesColumn && !entry.byColumn && named.size > 1) return 'datasource_in_file';
  return expectTables([...others, entry]);
}

/** One history under test: two stations, the batches so far, and what the tables said after each step. */
async function openHistory() {
  const run = ++runs;
  const stations = [`u${run}a`, `u${run}b`];
  const ids = [await t.addSource(stations[0]!, 'UTC', 'weather'), await t.addSource(stations[1]!, 'UTC', 'weather')];
  let entries: Entry[] = [];
  let nos = 0;
  let places = 0;
  let tables: Tables = new Map();

  async function addLoad(file: ModelFile, { strategy, means, station, force }: Load): Promise<void> {
    const byColumn = means === 'column';
    const reading: Reading = { file, strategy, variant: 'plain', station: byColumn ? undefined : station };
    const options: TrialOptions = {
      mapping: 'mine',
      mappings: { mine: writeMapping(reading, byColumn) },
      ...(force ? { force: true } : {}),
      ...(means === 'option' ? { datasource: stations[station]! } : {}),
      ...(means === 'folder' ? { folder: stations[station]! } : {}),
    };
    const name = means === 'name' ? `${stations[station]}-x.csv` : 'x.csv';
    const next = new Map(tables);
    const told = applyReading(next, reading, nos);
    const wanted = !force && holdsKey(entries, { reading, byColumn }) ? 'duplicate' : told;
    const text = writeFile(file, stations);
    expect(account(await t.load(name, text, { ...options, dryRun: true }))).toBe(wanted);
    const result = await t.load(name, text, options);
    expect(account(result)).toBe(wanted);
    if (wanted === 'duplicate') return;
    const loaded = wanted.includes('=');
    const entry = {
      no: nos++,
      batchId: result.batchId,
      reading,
      byColumn,
      forced: force,
      place: loaded ? places++ : undefined,
    };
    entries.push({ ...entry, counts: loaded });
    if (loaded) tables = next;
  }

  async function toggle(entry: Entry): Promise<void> {
    if (entry.place === undefined) return;
    const isUndo = entry.counts;
    const next = entries.map((each) => (each === entry ? { ...each, counts: !isUndo } : each));
    const told = expectTables(next);
    const operation = isUndo ? undoBatch : redoBatch;
    const isTaken = !isUndo && entries.some((each) => each.counts && each.place === entry.place);
    const isLoaded = !isUndo && !entry.forced && holdsKey(entries, entry);
    const code = isTaken
      ? 'batch_not_redoable'
      : isLoaded
        ? 'duplicate_file'
        : typeof told === 'string'
          ? told
          : undefined;
    if (code !== undefined || typeof told === 'string') {
      await expect(operation(t.around, entry.batchId, quiet)).rejects.toMatchObject({ code });
      return;
    }
    const counts = compareTables(tables, told.tables);
    expect(await operation(t.around, entry.batchId, { ...quiet, dryRun: true })).toMatchObject(counts);
    expect(await operation(t.around, entry.batchId, quiet)).toMatchObject(counts);
    entries = next;
    tables = told.tables;
  }

  async function replay(old: Entry, { strategy, variant, station }: Extract<Step, { kind: 'replay' }>): Promise<void> {
    const byColumn = old.byColumn && station === undefined;
    const reading: Reading = {
      file: old.reading.file,
      strategy,
      variant,
      station: byColumn ? undefined : (station ?? old.reading.station),
    };
    t.useMappings({ mine: writeMapping(reading, old.byColumn) });
    const options = {
      ...quiet,
      load: { mapping: 'mine', ...(station === undefined ? {} : { datasource: stations[station]! }) },
    };
    const entry: Entry = {
      no: nos,
      batchId: '',
      reading,
      byColumn,
      forced: old.forced,
      place: old.place ?? places,
      counts: true,
    };
    const others = entries.map((each) => (each === old ? { ...each, counts: false } : each));
    const told = expectReplay(others, old, entry, old.byColumn);
    if (typeof told === 'string') {
      await expect(replayBatch(t.around, old.batchId, options)).rejects.toMatchObject({ code: told });
      return;
    }
    const preview = await replayBatch(t.around, old.batchId, { ...options, dryRun: true });
    expect(sortTables(await readTables(ids, entries))).toEqual(sortTables(tables));
    const { new_batch_id: batchId, records: r, ...rest } = await replayBatch(t.around, old.batchId, options);
    expect(preview).toEqual({ ...rest, records: r, dry_run: true, new_batch_id: null });
    expect(`${r.read} = ${r.inserted}+${r.updated}~ ${r.unchanged}= ${r.skipped}- ${r.rejected}!`).toBe(
      told.accounts.get(nos),
    );
    if (old.place !== undefined) expect(rest).toMatchObject(compareTables(tables, told.tables));
    if (old.place === undefined) places++;
    nos++;
    entries = [...others, { ...entry, batchId: batchId! }];
    tables = told.tables;
  }

  return {
    async take(s: Step): Promise<void> {
      if (s.kind === 'load') return addLoad(s.file, s.load);
      const entry = entries[s.at % Math.max(entries.length, 1)];
      if (entry === undefined) return;
      if (s.kind === 'again') return addLoad(entry.reading.file, s.load);
      return s.kind === 'toggle' ? toggle(entry) : replay(entry, s);
    },
    async check(at?: string): Promise<[string, object][]> {
      const found = sortTables(await readTables(ids, entries, at));
      if (at === undefined) expect(found).toEqual(sortTables(tables));
      return found;
    },
  };
}

describe('any sequence of loads, undos, redos and replays', () => {
  it('leaves what loading the surviving batches in order would give, and a history of all that stood there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async (steps) => {
        const history = await openHistory();
        const snapshots: { at: string; tables: object }[] = [];
        for (const s of steps) {
          await history.take(s);
          const tables = await history.check();
          const [now] = await t.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
          snapshots.push({ at: now!.at, tables });
        }
        for (const { at, tables } of snapshots) expect(await history.check(at)).toEqual(tables);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
