// `pnpm bench:api [--quick] [--json] [--only NAME…] [--rounds N] [--soak SECONDS] [--write-results]`: the API and its references in turn.
// Exit code: 0 however fast or slow; 1 where an answer is wrong or something fails.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type BenchServer, startBenchServer } from './bench-server.ts';
import { describeSetting, makePage, makeTable } from './report.ts';
import { soak } from './soak.ts';
import { exportCsv, exportMemory, type Line, months, page, type Work } from './works.ts';

const WORKS: readonly Work[] = [page, exportCsv, exportMemory, months, soak];
/** Of 10,000 hours each: five million rows, of which a million is exported. */
const METERS = 500;
const QUICK_METERS = 50;

interface Flags {
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly only?: readonly string[];
  readonly rounds: number;
  readonly soak?: number;
  readonly writeResults?: boolean;
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const readNumber = (text: string): number => {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 to 99999.');
  return Number(text);
};

function readFlags(): Flags {
  return new Command('bench:api')
    .description('Compare the API with psql and Prisma Client, in turn, on a PostgreSQL of its own. Prints ratios.')
    .option('--quick', 'a tenth of the rows, about a minute')
    .option('--json', 'print the results as JSON on stdout')
    .option('--only <names...>', `of ${WORKS.map((work) => work.name).join(', ')}`)
    .option('--rounds <n>', 'how often each side runs', readNumber, 5)
    .option('--soak <seconds>', 'how long the soak lasts', readNumber)
    .option('--write-results', 'write apps/api/bench/RESULTS.md')
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<Flags>();
}

function selectWorks({ only }: Flags): readonly Work[] {
  const unknown = only?.filter((name) => !WORKS.some((work) => work.name === name)) ?? [];
  if (unknown.length > 0) throw new InvalidArgumentError(`There is no work called ${unknown.join(', ')}.`);
  return WORKS.filter((work) => only?.includes(work.name) ?? true);
}

/** Runs everything on a server and a data folder of its own, and leaves neither behind. */
async function runBench(flags: Flags, works: readonly Work[]): Promise<{ version: string; lines: Line[] }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cei-bench-api-'));
  let server: BenchServer | undefined;
  try {
    server = await startBenchServer(flags.quick === true ? QUICK_METERS : METERS);
    say(`PostgreSQL ${server.version}; ${server.rows.toLocaleString('en-US')} rows; ${flags.rounds} rounds`);
    const seconds = flags.quick === true ? 2 : 5;
    const soakSeconds = flags.soak ?? (flags.quick === true ? 10 : 30);
    const lines: Line[] = [];
    for (const work of works) {
      const done = await work.run({ server, dataDir, rounds: flags.rounds, seconds, soakSeconds });
      for (const { work: title, value, target } of done) say(`${title}: ${value} ${target}`);
      lines.push(...done);
    }
    return { version: server.version, lines };
  } finally {
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const flags = readFlags();
  const { version, lines } = await runBench(flags, selectWorks(flags));
  const setting = describeSetting(version, flags.quick === true, flags.rounds);
  if (flags.writeResults === true) await writeFile(new URL('RESULTS.md', import.meta.url), makePage(setting, lines));
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ setting, lines }, null, 2)}\n`);
  else process.stdout.write(`${setting.join('\n')}\n\n${makeTable(lines)}\n`);
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
