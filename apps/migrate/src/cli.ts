// `pnpm migrate [status|down|baseline|fresh]`: reads arguments, prints faults, sets the exit code. The work is in commands.ts.
import { isEnding } from '@cei-inoe/shared/embedded/leave-on-signal';
import { describeFault, Fault, makeFault } from '@cei-inoe/shared/errors';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { runBaseline, runDown, runFresh, runStatus, runUp } from './commands.ts';
import { type Context, makeContext, type Options } from './context.ts';

interface DownFlags {
  readonly to?: string;
  readonly allowDataLoss?: boolean;
}

function readCount(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1.');
  return Number(text);
}

/** Runs one command with the flags given before or after its name. */
async function act<F>(run: (context: Context, flags: F) => Promise<number>, command: Command): Promise<void> {
  const flags = command.optsWithGlobals<F & Options>();
  process.exitCode = await run(await makeContext(flags, process.env), flags);
}

function addFlags(command: Command): Command {
  return command
    .option('--sql', 'print the SQL and touch nothing')
    .option('--json', 'print the outcome as JSON on stdout')
    .allowExcessArguments(false);
}

function makeProgram(): Command {
  const program = addFlags(new Command('migrate'))
    .description('Apply what is pending. Without DATABASE_URL: on the embedded PostgreSQL of DATA_DIR.')
    .exitOverride()
    .action((_flags, command: Command) => act((context) => runUp(context), command));
  addFlags(program.command('status'))
    .description('show what is applied and what is pending (exit 0 up to date, 3 pending, 4 trouble)')
    .action((_flags, command: Command) => act((context) => runStatus(context), command));
  addFlags(program.command('down'))
    .description('take the last migrations back by their down.sql')
    .argument('[n]', 'how many', readCount)
    .option('--to <name>', 'all that came after this one')
    .option('--allow-data-loss', 'also where that drops tables or columns')
    .action((n: number | undefined, _flags, command: Command) =>
      act((context, flags: DownFlags) => {
        if (n !== undefined && flags.to !== undefined) throw new Fault('usage', 'Say either how many, or --to.');
        return runDown(context, { count: n ?? 1, to: flags.to, allowDataLoss: flags.allowDataLoss === true });
      }, command),
    );
  addFlags(program.command('baseline'))
    .description('adopt a database that looks as the migrations up to NAME leave it')
    .argument('<name>')
    .action((name: string, _flags, command: Command) => act((context) => runBaseline(context, name), command));
  addFlags(program.command('fresh'))
    .description('drop everything in the schema and apply every migration')
    .option('--yes', 'yes, drop everything')
    .action((_flags, command: Command) =>
      act((context, flags: { yes?: boolean }) => runFresh(context, flags.yes === true), command),
    );
  return program;
}

function reportFault(fault: Fault): void {
  process.stderr.write(`${describeFault(fault)}\n`);
  process.exitCode = fault.exit;
  if (!process.argv.includes('--json') || fault.facts.reported === true) return;
  const { code, title, message, remedy, errors } = fault;
  process.stdout.write(`${JSON.stringify({ error: { code, title, message, remedy, errors } })}\n`);
}

try {
  await makeProgram().parseAsync(process.argv);
} catch (thrown) {
  // Commander has printed its own text already; asking for --help is no fault.
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : new Fault('usage').exit;
  else reportFault(isEnding() ? new Fault('interrupted') : makeFault(thrown));
}
