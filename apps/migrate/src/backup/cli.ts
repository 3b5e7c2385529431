// `pnpm backup`, `pnpm backup:verify`, `pnpm restore`: reads arguments, prints faults, sets the exit code. The work is in commands.ts.
import { describeFault, Fault, makeFault } from '@cei-inoe/shared/errors';
import { hidePasswords } from '@cei-inoe/shared/log';
import { Command, CommanderError } from 'commander';
import { backup, type Flags, restore, verify } from './commands.ts';

function makeProgram(): Command {
  const program = new Command('backup').exitOverride();
  const set = (work: (file: string, flags: Flags) => Promise<number>) => async (file: string, flags: Flags) => {
    process.exitCode = await work(file, flags);
  };
  program
    .command('backup')
    .description('write one archive of the database, the archived files and the mappings')
    .argument('<file>', 'the archive, such as farm.zip; it must not be there yet')
    .option(
      '--no-files',
      'leave the archived files out: what needs them to be read again can then not be undone or replayed',
    )
    .option('--only-ours', 'leave out tables that our migrations did not make')
    .option('--source-url <url>', 'another database than DATABASE_URL, such as an old one')
    .option('--json', 'print the outcome as JSON on stdout')
    .action(set(backup));
  program
    .command('verify')
    .description('restore an archive into a scratch database and compare')
    .argument('<file>')
    .option('--json', 'print the outcome as JSON on stdout')
    .action(set(verify));
  program
    .command('restore')
    .description(
      'restore an archive into a new database, compare, and give it the name of the present one, which is kept',
    )
    .argument('<file>')
    .option('--database <name>', 'the name that it gets (default: that of DATABASE_URL)')
    .option('--disconnect', 'end the connections of others to the present database')
    .option('--no-files', 'the database only, no archived files and no mappings')
    .option('--json', 'print the outcome as JSON on stdout')
    .action(set(restore));
  for (const command of program.commands) command.allowExcessArguments(false);
  return program;
}

function reportFault(fault: Fault): void {
  process.stderr.write(`${hidePasswords(describeFault(fault))}\n`);
  process.exitCode = fault.exit;
  if (!process.argv.includes('--json')) return;
  const { code, title, message, remedy, errors } = fault;
  process.stdout.write(
    `${JSON.stringify({ error: { code, title, message: hidePasswords(message), remedy, errors } })}\n`,
  );
}

try {
  await makeProgram().parseAsync(process.argv);
} catch (thrown) {
  // Commander has printed its own text already; asking for --help is no fault.
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : new Fault('usage').exit;
  else reportFault(makeFault(thrown));
}
