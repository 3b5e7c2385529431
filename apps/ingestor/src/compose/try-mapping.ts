// Runs the tests inside a mapping through the same identification and row program as a real file. Needs no database.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellError } from '@cei-inoe/shared/batches';
import { makeFault } from '@cei-inoe/shared/errors';
import type { ClaimedBatch } from '../model/batch.ts';
import type { Mapping } from '../model/mapping.ts';
import type { FilePlan, Source } from '../model/plan.ts';
import type { Row } from '../model/row.ts';
import { makeCsvLine } from '../stages/report/rejects-csv.ts';
import { identifyFile } from './identify.ts';
import { openRecords } from './open-records.ts';
import { compileRowProgram } from './row-program.ts';

export interface Trial {
  /** One object per accepted row: the time and the measures that have a value. */
  readonly rows: Record<string, string | number>[];
  readonly rejects: { readonly line: number; readonly errors: readonly CellError[] }[];
}

const FAR_FUTURE_MICROS = Date.UTC(2200, 0, 1) * 1000;

/** Reads `text` as a file by `mapping`, with a source in `zone`. @throws Fault as identifyFile */
export async function tryMapping(mapping: Mapping, text: string, zone: string | null): Promise<Trial> {
  const dir = await mkdtemp(join(tmpdir(), 'cei-mapping-'));
  const path = join(dir, 'trial.csv');
  try {
    await writeFile(path, text);
    const batch: ClaimedBatch = {
      batchId: '',
      attempt: 1,
      claimedBy: '',
      sourceType: 'file',
      sourceName: 'trial.csv',
      sha256: '',
      sizeBytes: text.length,
      datasourceId: null,
      dryRun: true,
      context: {},
      createdAt: new Date(),
    };
    const plan = await identifyFile(path, batch, [mapping]);
    return await readAll(path, plan, { id: 1, externalId: 'trial', zone });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function readAll(path: string, plan: FilePlan, source: Source): Promise<Trial> {
  const trial: Trial = { rows: [], rejects: [] };
  const program = compileRowProgram(
    plan,
    () => source,
    {
      accept: (row) => void trial.rows.push(describeRow(plan, row)),
      refuse: (chunk, at, errors) => void trial.rejects.push({ line: chunk.lines[at] as number, errors }),
    },
    FAR_FUTURE_MICROS,
  );
  for await (const chunk of openRecords(path, 'trial.csv', plan)) program.process(chunk);
  program.finish();
  return trial;
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
    const delimiter = mapping.file.delimiter === 'auto' ? ',' : mapping.file.delimiter;
    const header =
      test.header === undefined
        ? makeCsvLine(
            mapping.columns.map((c) => c.header),
            delimiter,
          )
        : `${test.header}\n`;
    const complaints: string[] = [];
    try {
      const trial = await tryMapping(mapping, header + test.rows.map((row) => `${row}\n`).join(''), test.zone ?? null);
      complaints.push(...compare(test, trial));
    } catch (error) {
      complaints.push(`${makeFault(error).code}: ${makeFault(error).message}`);
    }
    results.push({ mapping: mapping.name, test: at + 1, complaints });
  }
  return results;
}

function compare(test: Mapping['tests'][number], trial: Trial): string[] {
  const complaints: string[] = [];
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
