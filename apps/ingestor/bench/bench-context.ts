// What every work of the benchmark needs: the server, a folder, sizes, and the two ways to load. Decides nothing about what is compared.
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Side } from '@cei-inoe/shared/bench/interleave';
import { INGESTOR_NODE_OPTIONS } from '@cei-inoe/shared/node-options';
import type { BenchServer } from './bench-server.ts';
import type { Expected } from './generate.ts';
import type { CopyReference, ReferenceTable } from './reference.ts';
import { runProcess } from './run-process.ts';
import type { WorkerReport, WorkerTask } from './worker.ts';

export interface Sizes {
  readonly energy: number;
  readonly weather: number;
  readonly stored: number;
  readonly files: number;
  readonly obvious: number;
  readonly workbook: number;
  readonly memory: readonly [number, number];
}

export const FULL: Sizes = {
  energy: 5_000_000,
  weather: 2_000_000,
  stored: 1_000_000,
  files: 2_000,
  obvious: 400_000,
  workbook: 100_000,
  memory: [1_000_000, 10_000_000],
};

export const QUICK: Sizes = {
  energy: 500_000,
  weather: 200_000,
  stored: 200_000,
  files: 100,
  obvious: 100_000,
  workbook: 20_000,
  memory: [300_000, 1_500_000],
};

export interface Bench {
  readonly server: BenchServer;
  readonly dir: string;
  readonly sizes: Sizes;
  readonly rounds: number;
  readonly reference: CopyReference;
}

/** The counts that went wrong; the benchmark ends with exit code 1. */
export class WrongCounts extends Error {}

export function expectEqual(what: string, found: number, wanted: number): void {
  if (found !== wanted) throw new WrongCounts(`${what}: ${found} instead of ${wanted}`);
}

export const findId = ({ server }: Bench, name: string): number => {
  const id = server.ids.get(name);
  if (id === undefined) throw new Error(`There is no datasource ${name}.`);
  return id;
};

/** Empties all tables of facts and batches and those of the references, and writes everything down. */
export async function emptyTables({ server }: Bench): Promise<void> {
  // History is append-only but for the purge; this says that it is one. One simple query is one transaction.
  // The months hang on no batch; sums of readings that are gone would be made anew by every load.
  await server.pool.query(`
    SET LOCAL cei.purge = 'on';
    TRUNCATE ingest_batch, fact_energy_hourly_month, bench_energy, bench_lineage, bench_weather CASCADE`);
  await server.pool.query('CHECKPOINT');
}

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

const dataDirOf = (bench: Bench): string => join(bench.dir, 'data');

/** Gives the ingestor an empty DATA_DIR; `dropped`, if given, is a folder whose files then lie in incoming/. */
export async function emptyDataDir(bench: Bench, dropped?: string): Promise<void> {
  await rm(dataDirOf(bench), { recursive: true, force: true });
  if (dropped === undefined) await mkdir(dataDirOf(bench));
  else await cp(dropped, join(dataDirOf(bench), 'incoming'), { recursive: true });
}

/** Runs the product's load in a process of its own. BENCH_NODE_OPTIONS reach that process alone: for a profile. */
export async function runWorker(bench: Bench, task: WorkerTask): Promise<WorkerReport> {
  const options = `${INGESTOR_NODE_OPTIONS} ${process.env.BENCH_NODE_OPTIONS ?? ''}`.trim().split(/ +/);
  const { stdout } = await runProcess(process.execPath, [...options, '--import', 'tsx', WORKER, JSON.stringify(task)], {
    env: {
      ...process.env,
      DATABASE_URL: bench.server.url,
      DATA_DIR: dataDirOf(bench),
      LOG_LEVEL: 'warn',
      FILE_STABLE_MS: '0',
    },
  });
  return JSON.parse(stdout) as WorkerReport;
}

/** What is in the table: rows, and the sum of the first measure in thousandths. */
export async function expectStored(bench: Bench, table: string, column: string, expected: Expected): Promise<void> {
  const { rows } = await bench.server.pool.query<{ rows: string; sum: string | null }>(
    `SELECT count(*) AS rows, sum(round(${column}::numeric * 1000)) AS sum FROM ${table}`,
  );
  expectEqual(`rows of ${table}`, Number(rows[0]?.rows), expected.accepted);
  expectEqual(`sum of ${table}.${column}`, Number(rows[0]?.sum), expected.sumThousandths);
}

export interface LoadPlan {
  readonly path: string;
  readonly datasource: string;
  readonly table: string;
  readonly column: string;
  readonly expected: Expected;
}

/** Our load of one file into empty tables. */
export function makeOurs(bench: Bench, plan: LoadPlan): Side {
  return {
    name: 'ours',
    async prepare() {
      await emptyTables(bench);
      await emptyDataDir(bench);
    },
    async run() {
      const { ms, counts } = await runWorker(bench, {
        kind: 'file',
        path: plan.path,
        datasource: plan.datasource,
        force: false,
      });
      expectEqual('records read', counts.read, plan.expected.read);
      expectEqual('records inserted', counts.inserted, plan.expected.accepted);
      expectEqual('records rejected', counts.rejected, plan.expected.rejected);
      await expectStored(bench, plan.table, plan.column, plan.expected);
      return ms;
    },
  };
}

/**
 * What no loader can be faster than: the server alone copies the very rows that ours left in the table, from a binary file on its own disk,
 * without row checks of foreign keys. `ours` has to run first.
 */
export function makeFloor(bench: Bench, ours: Side, table: string, rows: number): { ours: Side; floor: Side } {
  const { pool } = bench.server;
  let file: string | undefined;
  async function store(): Promise<string> {
    const { rows: found } = await pool.query<{ dir: string }>("SELECT current_setting('data_directory') AS dir");
    const path = `${found[0]?.dir}/floor-${table}`;
    await pool.query(`COPY (SELECT * FROM ${table} ORDER BY batch_id, source_row) TO '${path}' (FORMAT binary)`);
    return path;
  }
  return {
    ours: {
      ...ours,
      async run() {
        const ms = await ours.run();
        file ??= await store();
        return ms;
      },
    },
    floor: {
      name: 'the server alone',
      prepare: () => emptyTables(bench),
      async run() {
        const startedMs = performance.now();
        await pool.query(
          `SET session_replication_role = replica; COPY ${table} FROM '${file}' (FORMAT binary); SET session_replication_role = origin`,
        );
        const ms = performance.now() - startedMs;
        await expectRows(bench, table, rows);
        return ms;
      },
    },
  };
}

/** psql (or what stands for it) on cleaned files into an empty table. */
export function makeReference(bench: Bench, table: ReferenceTable, files: readonly string[], rows: number): Side {
  return {
    name: bench.reference.name,
    prepare: () => emptyTables(bench),
    async run() {
      const ms = await bench.reference.copy(bench.server.url, table, files);
      await expectRows(bench, table, rows);
      return ms;
    },
  };
}

export async function expectRows(bench: Bench, table: string, rows: number): Promise<void> {
  const found = await bench.server.pool.query<{ rows: string }>(`SELECT count(*) AS rows FROM ${table}`);
  expectEqual(`rows of ${table}`, Number(found.rows[0]?.rows), rows);
}
