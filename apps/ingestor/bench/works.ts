// The works that are measured, with their targets: files into empty tables. Those on stored rows and of many files are in works-stored.ts.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { interleave, type Ratio, type Side } from '@cei-inoe/shared/bench/interleave';
import {
  type Bench,
  emptyDataDir,
  emptyTables,
  expectRows,
  findId,
  makeFloor,
  makeOurs,
  makeReference,
  runWorker,
} from './bench-context.ts';
import { ENERGY, type Expected, type GenerateOptions, generateEnergy, generateWeather, startOf } from './generate.ts';
import { generateWorkbook } from './generate-workbook.ts';
import { findPgloader, loadObviously } from './reference.ts';
import { workChanged, workIdentical, workSmallFiles } from './works-stored.ts';

export interface Memory {
  readonly rows: number;
  readonly peakMb: number;
  readonly baseMb: number;
}

export interface WorkResult {
  readonly title: string;
  /** The target holds for the first. */
  readonly ratios: readonly Ratio[];
  readonly memory?: readonly Memory[];
}

export interface Work {
  readonly name: string;
  readonly title: string;
  /** Highest ratio to the first reference; undefined where the ratio is only reported. */
  readonly target?: number;
  /** Left out of the quick run. */
  readonly slow?: boolean;
  run(bench: Bench): Promise<WorkResult>;
}

export const MEMORY_TARGET_MB = 160;
/** "Flat": what memory may grow by from the smaller file to the larger one. */
export const MEMORY_TARGET_GROWTH = 1.15;

const count = (rows: number): string => rows.toLocaleString('en-US');

interface EnergyFiles {
  readonly options: GenerateOptions;
  readonly expected: Expected;
  readonly clean: string;
}

function makeEnergyFiles(bench: Bench, more: Partial<GenerateOptions>): EnergyFiles {
  const clean = join(bench.dir, 'clean.csv');
  const options = {
    ...ENERGY,
    raw: join(bench.dir, 'raw.csv'),
    clean,
    rows: bench.sizes.energy,
    datasourceId: findId(bench, 'bench-meter'),
    ...more,
  };
  return { options, expected: generateEnergy(options), clean };
}

const makeEnergySide = (bench: Bench, { options, expected }: EnergyFiles): Side =>
  makeOurs(bench, {
    path: options.raw,
    datasource: 'bench-meter',
    table: 'fact_energy_hourly',
    column: 'energy_kwh',
    expected,
  });

async function workEnergy(bench: Bench, title: string, more: Partial<GenerateOptions>): Promise<WorkResult> {
  const files = makeEnergyFiles(bench, more);
  const { accepted } = files.expected;
  const { ours, floor } = makeFloor(bench, makeEnergySide(bench, files), 'fact_energy_hourly', accepted);
  const ratios = await interleave(
    ours,
    [makeReference(bench, 'bench_energy', [files.clean], accepted), floor, ...makePgloader(bench, files)],
    bench.rounds,
  );
  return { title: `${title}, ${count(files.expected.read)} rows`, ratios };
}

function makePgloader(bench: Bench, files: EnergyFiles): Side[] {
  const load = findPgloader();
  if (load === undefined) return [];
  return [
    {
      name: 'pgloader',
      prepare: () => emptyTables(bench),
      async run() {
        const ms = await load(bench.server.url, files.clean);
        await expectRows(bench, 'bench_energy', files.expected.accepted);
        return ms;
      },
    },
  ];
}

/** psql with the three columns of lineage in its file and table too: what it would take to write the very same rows. */
async function workLineage(bench: Bench): Promise<WorkResult> {
  const lineage = ',01890000-0000-7000-8000-000000000000,1000000,0';
  const files = makeEnergyFiles(bench, { cleanSuffix: lineage });
  const reference = makeReference(bench, 'bench_lineage', [files.clean], files.expected.accepted);
  const ratios = await interleave(makeEnergySide(bench, files), [reference], bench.rounds);
  return {
    title: `energy, against psql that writes the lineage columns too, ${count(files.expected.read)} rows`,
    ratios,
  };
}

async function workWeather(bench: Bench): Promise<WorkResult> {
  const options: GenerateOptions = {
    ...ENERGY,
    raw: join(bench.dir, 'raw.csv'),
    clean: join(bench.dir, 'clean.csv'),
    rows: bench.sizes.weather,
    style: 'iso',
    datasourceId: findId(bench, 'bench-station'),
  };
  const expected = generateWeather(options);
  const plan = {
    path: options.raw,
    datasource: 'bench-station',
    table: 'environmental_metrics',
    column: 'temperature',
  };
  const { ours, floor } = makeFloor(bench, makeOurs(bench, { ...plan, expected }), plan.table, expected.accepted);
  const reference = makeReference(bench, 'bench_weather', [join(bench.dir, 'clean.csv')], expected.accepted);
  const ratios = await interleave(ours, [reference, floor], bench.rounds);
  return { title: `environmental, 10 columns, ${count(expected.read)} rows`, ratios };
}

async function workWorkbook(bench: Bench): Promise<WorkResult> {
  const options: GenerateOptions = {
    ...ENERGY,
    raw: join(bench.dir, 'raw.xlsx'),
    clean: join(bench.dir, 'clean.csv'),
    rows: bench.sizes.workbook,
    // Between two changes of the clocks.
    start: startOf('2023-05-01'),
    datasourceId: findId(bench, 'bench-meter'),
  };
  const expected = await generateWorkbook(options);
  const side = makeEnergySide(bench, { options, expected, clean: join(bench.dir, 'clean.csv') });
  const reference = makeReference(bench, 'bench_energy', [join(bench.dir, 'clean.csv')], expected.accepted);
  return {
    title: `energy as XLSX, ${count(expected.read)} rows`,
    ratios: await interleave(side, [reference], bench.rounds),
  };
}

/** In a winter, as the obvious way knows no change of clocks. */
async function workObvious(bench: Bench): Promise<WorkResult> {
  const files = makeEnergyFiles(bench, {
    rows: bench.sizes.obvious,
    style: 'iso',
    start: startOf('2023-11-01'),
    stepSeconds: 30,
  });
  const id = findId(bench, 'bench-meter');
  const obvious: Side = {
    name: 'csv-parse + zod + pg-copy-streams',
    prepare: () => emptyTables(bench),
    async run() {
      const ms = await loadObviously(bench.server.url, files.options.raw, id);
      await expectRows(bench, 'bench_energy', files.expected.accepted);
      return ms;
    },
  };
  return {
    title: `energy, the obvious way, ${count(files.expected.read)} rows`,
    ratios: await interleave(makeEnergySide(bench, files), [obvious], bench.rounds),
  };
}

async function workMemory(bench: Bench): Promise<WorkResult> {
  const memory: Memory[] = [];
  for (const rows of bench.sizes.memory) {
    const { options, expected } = makeEnergyFiles(bench, { rows, start: startOf('2000-01-01') });
    await rm(join(bench.dir, 'clean.csv'));
    await emptyTables(bench);
    await emptyDataDir(bench);
    const task = { kind: 'file', path: options.raw, datasource: 'bench-meter', force: false } as const;
    const report = await runWorker(bench, task);
    await expectRows(bench, 'fact_energy_hourly', expected.accepted);
    memory.push({ rows, peakMb: report.peakMb, baseMb: report.baseMb });
  }
  return { title: 'peak memory of the loading process', ratios: [], memory };
}

export const WORKS: readonly Work[] = [
  { name: 'energy-us', title: 'energy', target: 0.8, run: (b) => workEnergy(b, 'energy, US AM/PM', {}) },
  { name: 'energy-iso', title: 'energy', target: 0.8, run: (b) => workEnergy(b, 'energy, ISO', { style: 'iso' }) },
  { name: 'environmental', title: 'environmental', target: 0.85, run: workWeather },
  { name: 'identical', title: 'identical', target: 1.1, run: workIdentical },
  { name: 'changed', title: 'changed', target: 3.5, run: workChanged },
  { name: 'small-files', title: 'small files', target: 0.8, run: workSmallFiles },
  { name: 'memory', title: 'memory', run: workMemory },
  {
    name: 'decimal-comma',
    title: 'decimal comma',
    run: (b) => workEnergy(b, 'energy, semicolons and decimal commas', { style: 'iso', decimal: ',' }),
  },
  { name: 'lineage', title: 'lineage', slow: true, run: workLineage },
  { name: 'xlsx', title: 'XLSX', run: workWorkbook },
  { name: 'obvious', title: 'the obvious way', run: workObvious },
];
