// `pnpm migrate:legacy …`: reads arguments, prints faults, sets the exit code. The work is in commands.ts and switch-commands.ts.
import { describeFault, Fault, makeFault } from '@cei-inoe/shared/errors';
import { hidePasswords } from '@cei-inoe/shared/log';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { plan, probe, run, setPaused, status, verify } from './commands.ts';
import { type Context, type Flags, withContext } from './context.ts';
import { abort, cutover, finish, rollback } from './switch-commands.ts';

function readCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1.');
  return Number(text);
}

const COMMANDS: readonly (readonly [string, string, (context: Context) => Promise<number>])[] = [
  ['probe', 'say what the old database is; reads only', probe],
  ['plan', 'say what would become of every row; writes nothing (exit 3 while decisions are open)', plan],
  ['run', 'copy, and catch up; may be killed and run again', run],
  ['status', 'show the phase and how far it is', status],
  ['pause', 'let a run wait after its chunk', (context) => setPaused(context, true)],
  ['resume', 'let it go on', (context) => setPaused(context, false)],
  ['verify', 'hold both databases against each other and write the report', verify],
  ['cutover', 'switch: the last catch-up, then the old tables are read-only', cutover],
  ['rollback', 'switch back: what was written since goes into the old tables', rollback],
  ['finish', 'archive the old tables and clean up', finish],
  ['abort', 'give a move up before the switch', abort],
];

function addFlags(command: Command): Command {
  return command
    .option('--source-url <url>', 'the old database, where it is another one than DATABASE_URL')
    .option('--park', 'the old tables stand in DATABASE_URL itself; they move into its schema `legacy`')
    .option('--map <file>', 'decisions about sources, files and policies')
    .option('--map-template <file>', 'with plan: write a map with everything unresolved')
    .option('--timezone <zone>', 'zone of the sources that have none of their own')
    .addOption(new Option('--weather-csv <reading>', 'how times of weather files were meant').choices(['local', 'utc']))
    .option('--id-epoch <instant>', 'since when device_id means generic_device.id')
    .option('--recover', 'rebuild from staging what the facts do not hold')
    .option('--chunk <rows>', 'rows per transaction (default 5000, adapted to half a second)', readCount)
    .option('--max-rows-per-s <rows>', 'go no faster than this', readCount)
    .option('--old-role <role>', 'with --park: the role of the old ingestor, whose search_path follows its tables')
    .option('--reverse-days <days>', 'with cutover: how long a rollback stays possible (default 14)', readCount)
    .option('--accept-overflow', 'with rollback: also if some readings stay behind')
    .option('--end-reverse', 'with finish: give up the possibility to roll back')
    .option('--yes', 'with finish: yes, drop the old tables')
    .option('--report <folder>', 'where the report and the archive go (default DATA_DIR/legacy-move)')
    .option('--json', 'print the outcome as JSON on stdout')
    .allowExcessArguments(false);
}

function makeProgram(): Command {
  const program = new Command('migrate:legacy')
    .description('Move the data of the old system into the new tables, with proof. Nothing is written without `run`.')
    .exitOverride();
  for (const [name, description, work] of COMMANDS) {
    addFlags(program.command(name))
      .description(description)
      .action(async (flags: Flags) => {
        // These three look at the new database only; it says itself where the old one is.
        const isPlaceless = /^(status|pause|resume)$/.test(name) && flags.sourceUrl === undefined;
        process.exitCode = await withContext(isPlaceless ? { ...flags, park: true } : flags, work);
      });
  }
  return program;
}

function reportFault(fault: Fault): void {
  process.stderr.write(`${hidePasswords(describeFault(fault))}\n`);
  process.exitCode = fault.exit;
  if (!process.argv.includes('--json') || fault.facts.reported === true) return;
  const { code, title, message, remedy, errors } = fault;
  process.stdout.write(
    `${JSON.stringify({ error: { code, title, message: hidePasswords(message), remedy, errors } })}\n`,
  );
}

// A reader that has seen enough (`| head`) is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await makeProgram().parseAsync(process.argv);
} catch (thrown) {
  // Commander has printed its own text already; asking for --help is no fault.
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : new Fault('usage').exit;
  else reportFault(makeFault(thrown));
}
