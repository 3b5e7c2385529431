// The ingestor's commands: what `pnpm ingest`, `pnpm batches`, `pnpm mappings` and `pnpm sources` run, and `watch` for the service.
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { Command, CommanderError } from 'commander';
import { addBatchCommands } from './commands/batch-commands.ts';
import { type IngestFlags, ingestFiles } from './commands/ingest.ts';
import { inferFile, showSchema, upgradeFile } from './commands/mapping-makers.ts';
import { lintMappings, showList, showMapping, testMappings } from './commands/mappings.ts';
import { describeAsData, writeFault, writeJson } from './commands/output.ts';
import { addReadingOptions } from './commands/reading-options.ts';
import { addSourceCommands } from './commands/sources.ts';
import { watch } from './commands/watch.ts';
import { type IngestorConfig, readIngestorConfig } from './config.ts';
import { type OpenSurroundings, openSurroundings } from './open-surroundings.ts';

type Json = { json?: boolean };

const program = new Command('ingestor')
  .description('Loads files of readings into PostgreSQL.')
  .exitOverride()
  // Wrong use is a fault like any other, told below.
  .configureOutput({ outputError: () => undefined });

/** Runs `work` with everything open, and closes it again. */
async function withSurroundings(
  work: (around: OpenSurroundings, config: IngestorConfig) => Promise<number>,
  { patient = false } = {},
): Promise<void> {
  const config = readIngestorConfig(process.env);
  const around = await openSurroundings(config, patient);
  try {
    process.exitCode = await work(around, config);
  } finally {
    await around.close();
  }
}

const ingest = program.command('ingest').description('load files now; they stay where they are').argument('<files...>');
addReadingOptions(ingest)
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
    withSurroundings(
      async (around, config) => {
        await watch(around, config);
        return 0;
      },
      { patient: true },
    ),
  );

addBatchCommands(program, (work) => withSurroundings(work));
addSourceCommands(program, (work) => withSurroundings(work));

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
