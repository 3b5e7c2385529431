// `pnpm bench [--quick] [--json] [--only NAME…] [--rounds N] [--write-results]`: our load and its references in turn, printed as ratios.
// Exit code: 0 however fast or slow; 1 where a count is wrong or something fails.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type Bench, FULL, QUICK } from './bench-context.ts';
import { type BenchServer, startBenchServer } from './bench-server.ts';
import { findCopyReference, REFERENCE_TABLES } from './reference.ts';
import { describeSetting, type Line, makeLines, makePage, makeTable } from './report.ts';
import { WORKS, type Work, type WorkResult } from './works.ts';

interface Flags {
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly only?: readonly string[];
  readonly rounds: number;
  readonly writeResults?: boolean;
}

interface Done {
  readonly work: Work;
  readonly result: WorkResult;
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function readRounds(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('It is a number from 1 to 99.');
  return Number(text);
}

function readFlags(): Flags {
  return new Command('bench')
    .description(
      'Compare our load with psql \\copy of cleaned rows, in turn, on a PostgreSQL of its own. Prints ratios.',
    )
    .option('--quick', 'smaller files, under two minutes')
    .option('--json', 'print the results as JSON on stdout')
    .option('--only <names...>', `of ${WORKS.map((work) => work.name).join(', ')}`)
    .option('--rounds <n>', 'how often each side runs', readRounds, 3)
    .option('--write-results', 'write apps/ingestor/bench/RESULTS.md')
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<Flags>();
}

function selectWorks({ only, quick }: Flags): readonly Work[] {
  if (only === undefined) return WORKS.filter((work) => quick !== true || work.slow !== true);
  const unknown = only.filter((name) => !WORKS.some((work) => work.name === name));
  if (unknown.length > 0) throw new InvalidArgumentError(`There is no work called ${unknown.join(', ')}.`);
  return WORKS.filter((work) => only.includes(work.name));
}

async function runWorks(works: readonly Work[], bench: Bench): Promise<Done[]> {
  const done: Done[] = [];
  for (const work of works) {
    const startedMs = performance.now();
    const result = await work.run(bench);
    done.push({ work, result });
    const [line] = makeLines(work, result);
    const took = Math.round((performance.now() - startedMs) / 1000);
    say(`${work.name}: ${line?.value} (${line?.spread}) ${line?.target}, measured in ${took} s`);
  }
  return done;
}

/** Runs everything on a server in a temporary folder, and leaves neither behind. */
async function runBench(flags: Flags, works: readonly Work[]): Promise<{ server: BenchServer; done: Done[] }> {
  const dir = await mkdtemp(join(tmpdir(), 'cei-bench-'));
  let server: BenchServer | undefined;
  let isCleared = false;
  const clear = async () => {
    if (isCleared) return;
    isCleared = true;
    await server?.stop();
    await rm(dir, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void clear().finally(() => process.exit(130)));
  }
  try {
    server = await startBenchServer(dir);
    await server.pool.query(REFERENCE_TABLES);
    const sizes = flags.quick === true ? QUICK : FULL;
    const reference = findCopyReference();
    say(`PostgreSQL ${server.version}; reference: ${reference.name}; ${flags.rounds} rounds`);
    const done = await runWorks(works, { server, dir, sizes, rounds: flags.rounds, reference });
    return { server, done };
  } finally {
    await clear();
  }
}

async function main(): Promise<void> {
  const flags = readFlags();
  const { server, done } = await runBench(flags, selectWorks(flags));
  const lines: Line[] = done.flatMap(({ work, result }) => makeLines(work, result));
  const setting = describeSetting(server.version, flags.quick === true, flags.rounds);
  if (flags.writeResults === true) await writeFile(new URL('RESULTS.md', import.meta.url), makePage(setting, lines));
  if (flags.json === true) {
    const works = done.map(({ work, result }) => ({ name: work.name, target: work.target ?? null, ...result }));
    process.stdout.write(`${JSON.stringify({ setting, works }, null, 2)}\n`);
  } else process.stdout.write(`${setting.join('\n')}\n\n${makeTable(lines)}\n`);
}

try {
  await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = error instanceof InvalidArgumentError ? 2 : 1;
  }
}
