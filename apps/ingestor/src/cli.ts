// The ingestor's commands: what `pnpm ingest`, `pnpm batches` and `pnpm mappings` run, and `watch` for the service.
import './keep-heap-small.ts';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { listBatches, listRejects, operateOnBatch, showBatch } from './commands/batches.ts';
import { type IngestFlags, ingestFiles } from './commands/ingest.ts';
import { inferFile, showSchema, upgradeFile } from './commands/mapping-makers.ts';
import { lintMappings, showList, showMapping, testMappings } from './commands/mappings.ts';
import { describeAsData, writeFault, writeJson } from './commands/output.ts';
import { watch } from './commands/watch.ts';
import { type IngestorConfig, readIngestorConfig } from './config.ts';
import { type OpenSurroundings, openSurroundings } from './open-surroundings.ts';

type Json = { json?: boolean };

const program = new Command('ingestor')
  .description('Loads files of readings into PostgreSQL.')
  .exitOverride()
  // Wrong use is a fault like any other, told below.
  .configureOutput({ outputError: () => undefined });

const STATUSES = ['pending', 'processing', 'completed', 'failed', 'undone', 'duplicate'];

function readCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 100_000) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 100000.');
}

function readDay(text: string): string {
  const day = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('It is a day such as 2026-01-15.');
}

/** Runs `work` with everything open, and closes it again. */
async function withSurroundings(
  work: (around: OpenSurroundings, config: IngestorConfig) => Promise<number>,
): Promise<void> {
  const config = readIngestorConfig(process.env);
  const around = await openSurroundings(config);
  try {
    process.exitCode = await work(around, config);
  } finally {
    await around.close();
  }
}

program
  .command('ingest')
  .description('load files now; they stay where they are')
  .argument('<files...>')
  .option('--datasource <external-id>', 'the datasource of the files (external id or alias)')
  .option('--mapping <name>', 'the mapping to read them with')
  .addOption(new Option('--date-order <order>', 'which comes first in the dates').choices(['mdy', 'dmy', 'ymd']))
  .option('--date <YYYY-MM-DD>', 'the day of files whose records do not say it', readDay)
  .option('--dry-run', 'do everything, then roll it back')
  .option('--force', 'load again what was loaded already')
  .option('--quiet', 'say only what failed')
  .option('--json', 'report as JSON on stdout')
  .action((files: string[], flags: IngestFlags) =>
    withSurroundings((around, config) => ingestFiles(around, files, flags, config.MAX_FILE_BYTES)),
  );

program
  .command('watch')
  .description('serve the queue and the drop folder until stopped')
  .action(() =>
    withSurroundings(async (around, config) => {
      await watch(around, config);
      return 0;
    }),
  );

const batches = program.command('batches').description('what was loaded, and what was refused');
batches
  .command('list')
  .addOption(new Option('--status <status>', 'only these').choices(STATUSES))
  .option('--limit <n>', 'how many, newest first', readCount, 50)
  .option('--json')
  .action((flags: { status?: string; limit: number } & Json) =>
    withSurroundings(({ pool }) => listBatches(pool, flags).then(() => 0)),
  );
batches
  .command('show')
  .argument('<id>', 'batch id, or its short id')
  .option('--json')
  .action((id: string, flags: Json) => withSurroundings(({ pool }) => showBatch(pool, id, flags).then(() => 0)));
batches
  .command('rejects')
  .argument('<id>', 'batch id, or its short id')
  .option('--json')
  .action((id: string, flags: Json) => withSurroundings(({ pool }) => listRejects(pool, id, flags).then(() => 0)));

for (const operation of ['undo', 'redo'] as const) {
  batches
    .command(operation)
    .description(
      operation === 'undo'
        ? 'take a batch back, restoring what it overwrote'
        : 'bring an undone batch back to its place',
    )
    .argument('<id>', 'batch id, or its short id')
    .option('--dry-run', 'count what would change, and keep nothing')
    .option('--json')
    .action((id: string, flags: Json & { dryRun?: boolean }) =>
      withSurroundings((around) => operateOnBatch(around, operation, id, flags).then(() => 0)),
    );
}

const mappings = program.command('mappings').description('how files become rows');
/** Mapping commands need the settings only. */
const withConfig = async (work: (userDir: string | undefined) => Promise<number>): Promise<void> => {
  process.exitCode = await work(readIngestorConfig(process.env).MAPPINGS_DIR);
};
mappings
  .command('list')
  .option('--json')
  .action((flags: Json) => withConfig((dir) => showList(dir, flags)));
mappings
  .command('show')
  .argument('<name>')
  .option('--json')
  .action((name: string, flags: Json) => withConfig((dir) => showMapping(dir, name, flags)));
mappings
  .command('lint')
  .argument('[files...]', 'mapping files; none: all that are in use')
  .option('--json')
  .action((files: string[], flags: Json) => withConfig((dir) => lintMappings(dir, files, flags)));
mappings
  .command('test')
  .argument('[names...]', 'names or files; none: all')
  .option('--json')
  .action((names: string[], flags: Json) => withConfig((dir) => testMappings(dir, names, flags)));

mappings
  .command('infer')
  .argument('<file>', 'a file of readings that no mapping knows')
  .option('--json')
  .action(async (file: string, flags: Json) => {
    process.exitCode = await inferFile(file, flags);
  });
mappings
  .command('upgrade')
  .argument('<file>', 'a mapping of the old system')
  .option('--write', 'in place')
  .option('--json')
  .action(async (file: string, flags: Json & { write?: boolean }) => {
    process.exitCode = await upgradeFile(file, flags);
  });
mappings
  .command('schema')
  .description('the JSON Schema of mapping files, for editors')
  .action(() => {
    process.exitCode = showSchema();
  });

/** Text for people on stderr; with --json the fault is also the data. */
function reportFault(fault: Fault): void {
  writeFault(fault);
  if (process.argv.includes('--json')) writeJson({ error: describeAsData(fault) });
  process.exitCode = fault.exit;
}

// `pnpm batches list | head`: whoever reads may stop reading.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) reportFault(makeFault(error));
  else if (error.code === 'commander.help') process.exitCode = 2;
  else if (error.exitCode !== 0) reportFault(new Fault('usage', error.message.replace(/^error: /, '')));
}
