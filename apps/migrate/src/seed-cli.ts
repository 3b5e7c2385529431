// `pnpm seed [FILE…]`: loads datasource definitions. Parses arguments and prints; the work is in seed-file, seed-definition and seed-store.
import { fileURLToPath } from 'node:url';
import { BASE_SETTINGS, readConfig } from '@cei-inoe/shared/config';
import { openPool } from '@cei-inoe/shared/database';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { isEnding } from '@cei-inoe/shared/embedded/leave-on-signal';
import { describeFault, Fault, makeFault } from '@cei-inoe/shared/errors';
import { Command, CommanderError } from 'commander';
import { checkDefinitions } from './seed-definition.ts';
import { readSeedFile } from './seed-file.ts';
import { type SeedOutcome, seedDatasources } from './seed-store.ts';

const DEFAULT_FILE = fileURLToPath(new URL('../../../db/seeds/datasources.yaml', import.meta.url));

interface Options {
  readonly dryRun: boolean;
  readonly onlyNew: boolean;
  readonly json: boolean;
}

function makeCommand(): Command {
  return new Command('seed')
    .description('Load datasource definitions: new ones are inserted, changed fields updated, nothing is removed.')
    .argument('[file...]', 'YAML or CSV files; without one, the three invented sites of db/seeds/datasources.yaml')
    .option('--dry-run', 'show what would happen and change nothing', false)
    .option('--only-new', 'leave datasources alone that exist already', false)
    .option('--json', 'print the outcome as JSON on stdout', false)
    .exitOverride();
}

async function run(files: readonly string[], options: Options): Promise<void> {
  const config = readConfig(BASE_SETTINGS, process.env);
  const paths = files.length === 0 ? [DEFAULT_FILE] : files;
  const entries = (await Promise.all(paths.map(readSeedFile))).flat();
  const definitions = checkDefinitions(entries);
  const database = await openDatabaseUrl(config);
  try {
    const pool = openPool(database.url, { applicationName: 'cei-seed', max: 1 });
    try {
      print(await seedDatasources(pool, definitions, options), options);
    } finally {
      await pool.end();
    }
  } finally {
    await database.close();
  }
}

function print(outcomes: readonly SeedOutcome[], options: Options): void {
  const count = (outcome: SeedOutcome['outcome']) => outcomes.filter((one) => one.outcome === outcome).length;
  const counts = { new: count('new'), changed: count('changed'), unchanged: count('unchanged') };
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...counts, dry_run: options.dryRun, datasources: outcomes })}\n`);
    return;
  }
  for (const { external_id, fields } of outcomes.filter((one) => one.outcome === 'changed')) {
    process.stderr.write(`  ${external_id}: ${fields.join(', ')}\n`);
  }
  const end = options.dryRun ? ' (dry run: nothing was stored)' : '';
  process.stderr.write(`${counts.new} new, ${counts.changed} changed, ${counts.unchanged} unchanged${end}\n`);
}

try {
  const command = await makeCommand().parseAsync(process.argv);
  await run(command.args, command.opts<Options & Record<string, unknown>>());
} catch (thrown) {
  // Commander has printed its own text already; asking for --help is no fault.
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : new Fault('usage').exit;
  else {
    const fault = isEnding() ? new Fault('interrupted') : makeFault(thrown);
    process.stderr.write(`${describeFault(fault)}\n`);
    process.exitCode = fault.exit;
  }
}
