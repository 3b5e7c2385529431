// The works on rows that are stored already, and of many small files.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { interleave, type Side } from '@cei-inoe/shared/bench/interleave';
import {
  type Bench,
  emptyDataDir,
  emptyTables,
  expectEqual,
  expectRows,
  expectStored,
  findId,
  makeReference,
  runWorker,
} from './bench-context.ts';
import { nameSmall, SMALL_SOURCES } from './bench-server.ts';
import { ENERGY, type Expected, generateEnergy, startOf } from './generate.ts';
import type { WorkResult } from './works.ts';

const count = (rows: number): string => rows.toLocaleString('en-US');

const TABLE = 'fact_energy_hourly';

/** Loads `path` for the one meter, and checks that every row had the one outcome. */
async function loadAll(
  bench: Bench,
  path: string,
  rows: number,
  outcome: 'inserted' | 'unchanged' | 'updated',
): Promise<number> {
  const { ms, counts } = await runWorker(bench, {
    kind: 'file',
    path,
    datasource: 'bench-meter',
    force: outcome === 'unchanged',
  });
  expectEqual('records read', counts.read, rows);
  expectEqual(`records ${outcome}`, counts[outcome], rows);
  return ms;
}

/** Empty tables, then the first file, and the state in which autovacuum leaves a table some minutes later. */
async function storeFirst(bench: Bench, path: string, rows: number): Promise<void> {
  await emptyTables(bench);
  await emptyDataDir(bench);
  await loadAll(bench, path, rows, 'inserted');
  await bench.server.pool.query(`VACUUM (ANALYZE) ${TABLE}`);
  await bench.server.pool.query('CHECKPOINT');
}

interface StoredFiles {
  readonly first: string;
  readonly second: string;
  readonly clean: string;
  /** After the second file. */
  readonly expected: Expected;
}

/** Two files of the same hours with other values, without bad rows. */
function makeStoredFiles(bench: Bench): StoredFiles {
  const [first, second, clean] = ['first', 'second', 'clean'].map((name) => join(bench.dir, `${name}.csv`)) as [
    string,
    string,
    string,
  ];
  const options = {
    ...ENERGY,
    rows: bench.sizes.stored,
    badPerMille: 0,
    quotedPerMille: 0,
    datasourceId: findId(bench, 'bench-meter'),
  };
  generateEnergy({ ...options, raw: first });
  // Odd thousandths against even ones: no value stays the same by chance.
  const expected = generateEnergy({ ...options, raw: second, clean, offsetThousandths: 1 });
  return { first, second, clean, expected };
}

/** The same file again, with `--force`, as its bytes are known otherwise. */
export async function workIdentical(bench: Bench): Promise<WorkResult> {
  const { first, clean } = makeStoredFiles(bench);
  const rows = bench.sizes.stored;
  const ours: Side = {
    name: 'ours',
    prepare: () => storeFirst(bench, first, rows),
    run: () => loadAll(bench, first, rows, 'unchanged'),
  };
  const ratios = await interleave(ours, [makeReference(bench, 'bench_energy', [clean], rows)], bench.rounds);
  return { title: `everything there already, identical, ${count(rows)} rows`, ratios };
}

export async function workChanged(bench: Bench): Promise<WorkResult> {
  const { first, second, clean, expected } = makeStoredFiles(bench);
  const rows = bench.sizes.stored;
  const ours: Side = {
    name: 'ours',
    prepare: () => storeFirst(bench, first, rows),
    async run() {
      const ms = await loadAll(bench, second, rows, 'updated');
      await expectStored(bench, TABLE, 'energy_kwh', expected);
      await expectRows(bench, `${TABLE}_history`, rows);
      return ms;
    },
  };
  const ratios = await interleave(ours, [makeReference(bench, 'bench_energy', [clean], rows)], bench.rounds);
  return { title: `everything there already, all changed, history included, ${count(rows)} rows`, ratios };
}

const FILE_ROWS = 744;
const HOUR_SECONDS = 3_600;

/** A month of hours per file, 100 meters in turn: the files of one meter follow each other. Dropped into the folder. */
export async function workSmallFiles(bench: Bench): Promise<WorkResult> {
  const { files } = bench.sizes;
  const raw = join(bench.dir, 'small');
  const clean = join(bench.dir, 'small-clean');
  await mkdir(raw);
  await mkdir(clean);
  const cleaned: string[] = [];
  let sum = 0;
  for (let file = 0; file < files; file++) {
    const source = nameSmall(file % SMALL_SOURCES);
    const month = Math.floor(file / SMALL_SOURCES);
    const name = `${source}-${String(month).padStart(2, '0')}.csv`;
    const expected = generateEnergy({
      ...ENERGY,
      raw: join(raw, name),
      clean: join(clean, name),
      rows: FILE_ROWS,
      // Midnight in winter: no file begins or ends in the hour that occurs twice.
      start: startOf('2020-01-01') + (month * FILE_ROWS - 2) * HOUR_SECONDS,
      stepSeconds: HOUR_SECONDS,
      seed: file + 1,
      badPerMille: 0,
      quotedPerMille: 0,
      datasourceId: findId(bench, source),
    });
    cleaned.push(join(clean, name));
    sum += expected.sumThousandths;
  }
  const rows = files * FILE_ROWS;
  const ours: Side = {
    name: 'ours',
    async prepare() {
      await emptyTables(bench);
      await emptyDataDir(bench, raw);
    },
    async run() {
      const { ms, counts } = await runWorker(bench, { kind: 'folder', files });
      expectEqual('records inserted', counts.inserted, rows);
      const expected = { read: rows, accepted: rows, rejected: 0, sumThousandths: sum };
      await expectStored(bench, TABLE, 'energy_kwh', expected);
      return ms;
    },
  };
  const reference = makeReference(bench, 'bench_energy', cleaned, rows);
  const ratios = await interleave(ours, [reference], bench.rounds);
  await Promise.all([raw, clean].map((folder) => rm(folder, { recursive: true })));
  return { title: `${count(files)} files of ${FILE_ROWS} rows, dropped into the folder`, ratios };
}
