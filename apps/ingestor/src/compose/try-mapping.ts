// Runs the tests inside a mapping through the same identification and row program as a real file. Needs no database.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellError } from '@cei-inoe/shared/batches';
import { makeFault } from '@cei-inoe/shared/errors';
import type { ClaimedBatch } from '../model/batch.ts';
import type { Mapping } from '../model/mapping.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import type { RecordChunk } from '../model/records.ts';
import type { Row } from '../model/row.ts';
import { makeCsvLine } from '../stages/report/rejects-csv.ts';
import { identifyFile } from './identify.ts';
import { hasGroup, listSourceCells, makeSourceName } from './name-source.ts';
import { makeRowPipeline } from './row-pipeline.ts';
import { openShaped } from './shape-records.ts';

export interface Trial {
  /** One object per accepted row: its datasource, its time and the measures that have a value. */
  readonly rows: Record<string, string | number>[];
  readonly rejects: { readonly line: number; readonly errors: readonly CellError[] }[];
  skipped: number;
}

/** A file to try a mapping on. */
export interface TrialFile {
  readonly text: string;
  readonly name?: string | undefined;
  readonly date?: string | undefined;
  /** Of its datasource. */
  readonly zone: string | null;
}

const FAR_FUTURE_MICROS = Date.UTC(2200, 0, 1) * 1000;
const TRIAL = 'trial';

/** Reads a file by `mapping`. Whatever name a record gives its datasource, there is one. @throws Fault as identifyFile */
export async function tryMapping(mapping: Mapping, file: TrialFile): Promise<Trial> {
  const dir = await mkdtemp(join(tmpdir(), 'cei-mapping-'));
  const path = join(dir, 'trial');
  try {
    await writeFile(path, file.text);
    const batch: ClaimedBatch = {
      batchId: '',
      attempt: 1,
      claimedBy: '',
      sourceType: 'file',
      sourceName: file.name ?? 'trial.csv',
      sha256: '',
      sizeBytes: file.text.length,
      datasourceId: null,
      dryRun: true,
      // On purpose, as a mapping is tested by its name.
      context: { options: { mapping: mapping.name, ...(file.date === undefined ? {} : { date: file.date }) } },
      createdAt: new Date(),
    };
    const plan = { ...(await identifyFile(path, batch, [mapping])), meter: nameTrialMeter(mapping) };
    return await readAll(path, batch.sourceName, plan, file.zone);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const nameTrialMeter = (mapping: Mapping): string | undefined =>
  hasGroup(mapping, 'register') && mapping.datasource.from !== 'column' ? TRIAL : undefined;

async function readAll(path: string, fileName: string, plan: FilePlan, zone: string | null): Promise<Trial> {
  const trial: Trial = { rows: [], rejects: [], skipped: 0 };
  const sources = makeTrialSources(plan, zone);
  const accept = (row: Row) =>
    void trial.rows.push({ datasource: sources.nameOf(row.datasourceId), ...describeRow(plan, row) });
  const pipeline = makeRowPipeline(
    plan,
    sources.of,
    {
      accept,
      acceptDerived: accept,
      refuse: (chunk, at, errors) => void trial.rejects.push({ line: chunk.lines[at] as number, errors }),
      refuseLine: (line, errors) => void trial.rejects.push({ line, errors }),
      skip: () => void trial.skipped++,
      skipLine: () => void trial.skipped++,
      note: () => undefined,
    },
    FAR_FUTURE_MICROS,
  );
  for await (const chunk of openShaped(path, fileName, plan)) pipeline.process(chunk);
  for (const _ of pipeline.finish());
  return trial;
}

/** A source for every name in the file; the one called `trial` where its records name none. */
function makeTrialSources(plan: FilePlan, zone: string | null) {
  const named = new Map<string, Source>();
  const nameOf = makeSourceName(plan);
  const hasNames = listSourceCells(plan).length > 0;
  return {
    of(chunk: RecordChunk, at: number): Source | undefined {
      const name = hasNames ? nameOf(chunk, at) : TRIAL;
      if (name === '') return undefined;
      const source = named.get(name) ?? { id: named.size + 1, externalId: name, zone };
      named.set(name, source);
      return source;
    },
    nameOf: (id: number): string => [...named.keys()][id - 1] ?? '',
  };
}

function describeRow(plan: FilePlan, row: Row): Record<string, string | number> {
  const { dataset } = plan.mapping;
  const time =
    dataset.timeKind === 'day'
      ? new Date(row.time * 86_400_000).toISOString().slice(0, 10)
      : new Date(row.time / 1000).toISOString().replace('.000Z', 'Z');
  const values = dataset.measures.flatMap((m, at) => {
    const value = row.values[at] as number;
    return Number.isNaN(value) ? [] : [[m.name, value] as const];
  });
  return { [dataset.time]: time, ...Object.fromEntries(values) };
}

/** What a test inside a mapping says, and how it went: no complaints = passed. */
export interface TestResult {
  readonly mapping: string;
  readonly test: number;
  readonly complaints: readonly string[];
}

/** Runs every test inside the mapping. */
export async function runMappingTests(mapping: Mapping): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const [at, test] of mapping.tests.entries()) {
    const complaints: string[] = [];
    try {
      const file = { text: writeTrialText(mapping, test), name: test.name, date: test.date, zone: test.zone ?? null };
      complaints.push(...compare(test, await tryMapping(mapping, file)));
    } catch (error) {
      const { code, message } = makeFault(error);
      // A test may expect that the file is refused as a whole.
      if (test.fails !== code) complaints.push(`${code}: ${message}`);
    }
    results.push({ mapping: mapping.name, test: at + 1, complaints });
  }
  return results;
}

function writeTrialText(mapping: Mapping, test: Mapping['tests'][number]): string {
  if (test.file !== undefined) return test.file;
  const delimiter = mapping.file.delimiter === 'auto' ? ',' : mapping.file.delimiter;
  const names = mapping.columns.filter((c) => !c.made).map((c) => c.header);
  const header = test.header === undefined ? makeCsvLine(names, delimiter) : `${test.header}\n`;
  return header + (test.rows ?? []).map((row) => `${row}\n`).join('');
}

function compare(test: Mapping['tests'][number], trial: Trial): string[] {
  const complaints: string[] = [];
  if (test.fails !== undefined) complaints.push(`the file was not refused as ${test.fails}`);
  if (test.skipped !== undefined && test.skipped !== trial.skipped) {
    complaints.push(`${trial.skipped} skipped instead of ${test.skipped}`);
  }
  const expected = test.expect ?? [];
  if (test.expect !== undefined && trial.rows.length !== expected.length) {
    complaints.push(
      `${trial.rows.length} rows instead of ${expected.length}: ${JSON.stringify(trial.rows)}; refused: ${JSON.stringify(trial.rejects)}`,
    );
  }
  expected.forEach((wanted, at) => {
    for (const [key, value] of Object.entries(wanted)) {
      const got = trial.rows[at]?.[key] ?? null;
      if (got !== value) complaints.push(`row ${at + 1}: ${key} is ${got}, expected ${value}`);
    }
  });
  const refused = trial.rejects.flatMap((r) => r.errors.map((e) => ({ line: r.line, code: e.code })));
  const wantedRejects = test.rejects ?? [];
  for (const wanted of wantedRejects) {
    const met = refused.some((r) => r.code === wanted.code && (wanted.line === undefined || wanted.line === r.line));
    if (!met)
      complaints.push(
        `line ${wanted.line ?? '?'} was not refused as ${wanted.code}; refused were ${JSON.stringify(refused)}`,
      );
  }
  if (trial.rejects.length > wantedRejects.length)
    complaints.push(`${trial.rejects.length} refused instead of ${wantedRejects.length}: ${JSON.stringify(refused)}`);
  return complaints;
}
