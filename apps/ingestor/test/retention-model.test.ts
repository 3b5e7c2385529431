import { DATASETS } from '@cei-inoe/shared/datasets';
import { readSql } from '@cei-inoe/shared/sql';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replayBatch } from '../src/compose/replay-batch.ts';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { pruneArchive } from '../src/retention/prune-archive.ts';
import { pruneHistory } from '../src/retention/prune-history.ts';
import {
  applyReading,
  type ModelFile,
  type Reading,
  type Tables,
  writeFile,
  writeMapping,
} from './support/history-model.ts';
import { account, openTrial, type Trial } from './support/open-trial.ts';

// The invariant: whatever the policy removes, and whenever, what is answered is exact and the rest is refused as history_pruned. Tables stay
// what the surviving batches give; an instant from the horizon on is told as it was; an operation is refused if, and only if, a file that it has
// to read was removed; and no file goes that the undo or redo of a batch used after the horizon has to read.

type Step =
  | { readonly kind: 'load'; readonly file: ModelFile; readonly strategy: 'update' | 'ignore' }
  | { readonly kind: 'toggle' | 'replay'; readonly at: number }
  | { readonly kind: 'prune'; readonly what: 'history' | 'archive'; readonly back: number };

interface Entry {
  readonly no: number;
  readonly batchId: string;
  readonly reading: Reading;
  readonly place: number;
  /** When it was received, loaded or brought back, in steps. */
  used: number;
  counts: boolean;
  kept: boolean;
}

let nonces = 0;
const anyFile: fc.Arbitrary<ModelFile> = fc
  .array(
    fc.record({
      hour: fc.integer({ min: 0, max: 5 }),
      station: fc.constantFrom(0, 1),
      cells: fc.tuple(fc.integer({ min: 0, max: 2 })),
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((rows) => ({ columns: ['temperature'] as const, rows, nonce: ++nonces }));
const at = fc.nat(9);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('load' as const),
      file: anyFile,
      strategy: fc.constantFrom('update', 'update', 'ignore'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('toggle' as const), at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replay' as const), at }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('prune' as const),
      what: fc.constantFrom('history', 'archive'),
      back: fc.integer({ min: 0, max: 4 }),
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

const { table, time } = DATASETS.environmental_metrics;
const columns = `datasource_id, "${time}", temperature, batch_id, source_row`;
/** As the API reads it. */
const asOf = (instant: string) =>
  readSql('api/as-of.sql', {
    table,
    history: `${table}_history`,
    time: `"${time}"`,
    columns,
    at: `${instant}::timestamptz`,
  });

async function openHistory() {
  const run = ++runs;
  const stations = [`k${run}a`, `k${run}b`];
  const ids = [await t.addSource(stations[0]!, 'UTC', 'weather'), await t.addSource(stations[1]!, 'UTC', 'weather')];
  const entries: Entry[] = [];
  let tables: Tables = new Map();
  /** The end of each step, and what the tables said then. */
  const moments: { readonly at: string; readonly rows: unknown }[] = [];
  /** In steps: what ended by it is gone. */
  let historyGone = -1;
  let archiveGone = -1;

  async function readTables(instant?: string): Promise<unknown> {
    const rows = await t.query<{ id: number; hour: number; temperature: number; batch_id: string; source_row: number }>(
      `SELECT datasource_id AS id, extract(hour FROM "${time}" AT TIME ZONE 'UTC')::int AS hour, temperature, batch_id, source_row
       FROM ${instant === undefined ? table : asOf(`'${instant}'`)} v WHERE datasource_id = ANY ($1::int[]) ORDER BY 1, 2`,
      [ids],
    );
    return rows.map((row) => [
      ids.indexOf(row.id),
      row.hour,
      row.temperature,
      entries.find((entry) => entry.batchId === row.batch_id)?.no,
      row.source_row,
    ]);
  }
  const expectRows = (from: Tables) =>
    [...from]
      .map(([key, { values, batch, line }]) => {
        const [, station, hour] = key.split('|');
        return [Number(station), Number(hour), values.temperature, batch, line];
      })
      .sort((a, b) => Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1]));

  /** Hours of each station that the rows of a file span, contradicting ones among them. */
  function findSpans({ reading }: Entry): Map<number, readonly [number, number]> {
    const found = new Map<number, readonly [number, number]>();
    for (const { station, hour } of reading.file.rows) {
      const [low, high] = found.get(station) ?? [hour, hour];
      found.set(station, [Math.min(low, hour), Math.max(high, hour)]);
    }
    return found;
  }
  const overlap = (a: Entry, b: Entry): boolean => {
    const others = findSpans(b);
    return [...findSpans(a)].some(([station, [low, high]]) => {
      const span = others.get(station);
      return span !== undefined && span[0] <= high && span[1] >= low;
    });
  };
  const rebuild = (counting: readonly Entry[]): Tables => {
    const made: Tables = new Map();
    for (const { reading, no } of [...counting].sort((a, b) => a.place - b.place)) applyReading(made, reading, no);
    return made;
  };

  async function addLoad(file: ModelFile, strategy: Reading['strategy']): Promise<void> {
    const reading: Reading = { file, strategy, variant: 'plain', station: undefined };
    const options = { mapping: 'mine', mappings: { mine: writeMapping(reading, true) } };
    const result = await t.load('x.csv', writeFile(file, stations), options);
    const no = entries.length;
    const told = applyReading(new Map(tables), reading, no);
    expect(account(result)).toBe(told);
    if (!told.includes('=')) return;
    applyReading(tables, reading, no);
    entries.push({ no, batchId: result.batchId, reading, place: no, used: moments.length, counts: true, kept: true });
  }

  async function toggle(entry: Entry): Promise<void> {
    const isUndo = entry.counts;
    const read = entries.filter((each) => (each === entry ? !isUndo : each.counts && overlap(each, entry)));
    const work = (isUndo ? undoBatch : redoBatch)(t.around, entry.batchId, quiet);
    if (read.some((each) => !each.kept)) {
      await expect(work).rejects.toMatchObject({ code: 'history_pruned' });
      return;
    }
    await work;
    entry.counts = !isUndo;
    if (!isUndo) entry.used = moments.length;
    tables = rebuild(entries.filter((each) => each.counts));
  }

  /** Only looked at: what a replay changes is the subject of another test. */
  async function replay(entry: Entry): Promise<void> {
    t.useMappings({ mine: writeMapping(entry.reading, true) });
    const read = entries.filter((each) => each === entry || (each.counts && overlap(each, entry)));
    const work = replayBatch(t.around, entry.batchId, { ...quiet, dryRun: true, load: { mapping: 'mine' } });
    if (read.some((each) => !each.kept)) await expect(work).rejects.toMatchObject({ code: 'history_pruned' });
    else await work;
  }

  async function prune(what: 'history' | 'archive', back: number): Promise<void> {
    const step = moments.length - 1 - back;
    const moment = moments[step];
    if (moment === undefined) return;
    if (what === 'history') {
      await pruneHistory(t.pool, moment.at);
      historyGone = Math.max(historyGone, step);
      return;
    }
    await pruneArchive(t.around, moment.at);
    archiveGone = Math.max(archiveGone, step);
    for (const entry of entries) {
      const isNeeded =
        entry.counts && entries.some((each) => each !== entry && each.used > archiveGone && overlap(each, entry));
      if (entry.used <= archiveGone && !isNeeded) entry.kept = false;
      expect(
        await t.around.archive.find(`${(await t.batch(entry.batchId)).file_sha256}`).then(
          () => true,
          () => false,
        ),
      ).toBe(entry.kept);
    }
  }

  return {
    async take(s: Step): Promise<void> {
      if (s.kind === 'load') await addLoad(s.file, s.strategy);
      else if (s.kind === 'prune') await prune(s.what, s.back);
      else {
        const entry = entries[s.at % Math.max(entries.length, 1)];
        if (entry !== undefined) await (s.kind === 'toggle' ? toggle : replay)(entry);
      }
      expect(await readTables()).toEqual(expectRows(tables));
      const [now] = await t.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
      moments.push({ at: now!.at, rows: expectRows(tables) });
    },
    async checkPast(): Promise<void> {
      for (const [step, { at: instant, rows }] of moments.entries()) {
        const [told] = await t.query<{ gone: boolean }>(
          "SELECT EXISTS (SELECT FROM retention WHERE what = 'history' AND $1::timestamptz < horizon) AS gone",
          [instant],
        );
        expect(told!.gone, `step ${step}`).toBe(step < historyGone);
        if (!told!.gone) expect(await readTables(instant), `as of step ${step}`).toEqual(rows);
      }
    },
  };
}

describe('any sequence of loads, undos, redos and replays with pruning in between', () => {
  it('answers exactly, or history_pruned', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 6, maxLength: 14 }), async (steps) => {
        // Horizons only grow, so each history begins without.
        await t.query('ALTER TABLE retention DISABLE TRIGGER retention_only_grows; DELETE FROM retention');
        await t.query('ALTER TABLE retention ENABLE TRIGGER retention_only_grows');
        const history = await openHistory();
        for (const step of steps) await history.take(step);
        await history.checkPast();
      }),
      { numRuns: 30 },
    );
  }, 120_000);
});
