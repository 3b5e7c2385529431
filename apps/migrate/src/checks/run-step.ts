// Runs the steps of `pnpm verify` and `pnpm diagnose`, and shows what they found. Checks nothing itself.
import { describeFault, Fault, makeFault } from '@cei-inoe/shared/errors';
import { hidePasswords } from '@cei-inoe/shared/log';
import { Command, CommanderError } from 'commander';
import { type Check, fail } from './check.ts';

export type Step = readonly [name: string, run: () => Promise<Check | Check[]>];

function showCheck({ name, passed, detail, remedy }: Check): string {
  const line = `${passed ? 'ok    ' : 'failed'}  ${name.padEnd(12)}  ${detail}`;
  return passed ? line : `${line}\n        → ${remedy}`;
}

/** A check that breaks is a check that failed; the others go on. */
export async function runStep([name, run]: Step): Promise<Check[]> {
  try {
    return [await run()].flat();
  } catch (error) {
    const fault = makeFault(error);
    return [fail(name, `${fault.code}: ${fault.message}`, fault.remedy)];
  }
}

export interface CheckCommand {
  readonly name: string;
  readonly description: string;
  /** The word before the count where every check passed. */
  readonly verdict: string;
  /** Tells of each check as soon as it is done. */
  check(onCheck: (check: Check) => void): Promise<void>;
}

/** Runs a command of checks from the process's arguments: a line per check, or one JSON object. The exit code is 0 when every check passed, else 1. */
export async function runCheckCommand(command: CheckCommand): Promise<void> {
  try {
    await new Command(command.name)
      .description(command.description)
      .option('--json', 'print the outcome as JSON on stdout')
      .allowExcessArguments(false)
      .exitOverride()
      .action(async ({ json = false }: { readonly json?: boolean }) => {
        process.exitCode = (await printChecks(command, json)) ? 0 : 1;
      })
      .parseAsync(process.argv);
  } catch (thrown) {
    // Commander has printed its own text already; asking for --help is no fault.
    if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : new Fault('usage').exit;
    else {
      const fault = makeFault(thrown);
      process.stderr.write(`${hidePasswords(describeFault(fault))}\n`);
      process.exitCode = fault.exit;
    }
  }
}

async function printChecks({ verdict, check }: CheckCommand, json: boolean): Promise<boolean> {
  const checks: Check[] = [];
  await check((done) => {
    checks.push(done);
    if (!json) process.stdout.write(`${hidePasswords(showCheck(done))}\n`);
  });
  const failed = checks.filter(({ passed }) => !passed).length;
  if (json) process.stdout.write(`${hidePasswords(JSON.stringify({ passed: failed === 0, checks }))}\n`);
  process.stderr.write(
    failed === 0 ? `${verdict}: ${checks.length} checks passed\n` : `${failed} of ${checks.length} checks failed\n`,
  );
  return failed === 0;
}
