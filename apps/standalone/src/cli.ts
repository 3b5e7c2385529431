// The command `pnpm start`: reads settings and signals, runs everything, and tells why where it cannot.
import { describeFault, Fault, makeFault } from '@cei-inoe/shared/errors';
import { Command, CommanderError } from 'commander';
import { readStartConfig } from './config.ts';
import { watchLaunchers } from './launchers.ts';
import { say } from './say.ts';
import { start } from './start.ts';

/** pnpm hands on a Ctrl-C that the terminal has sent us already: signals this close together are one. */
const SAME_SIGNAL_MS = 1_000;

const stopping = new AbortController();
const forcing = new AbortController();
let stoppingSince = 0;

function stop(): void {
  if (!stopping.signal.aborted) {
    stoppingSince = performance.now();
    stopping.abort();
  } else if (performance.now() - stoppingSince > SAME_SIGNAL_MS) {
    // The second Ctrl-C of an impatient user ends the apps at once, the third leaves everything as it is.
    if (forcing.signal.aborted) process.exit(1);
    stoppingSince = performance.now();
    forcing.abort();
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
// A terminal that was closed takes no text any more; everything must be stopped all the same.
for (const stream of [process.stderr, process.stdout]) stream.on('error', () => undefined);
watchLaunchers(stop);

const program = new Command('start')
  .description(
    'Run the API and the ingestor, on the database of DATABASE_URL, or else on an embedded PostgreSQL in DATA_DIR, which at its first start gets sample data. The settings are in docs/ingest.md and docs/api.md.',
  )
  .option('--reload', 'start an app again when its source changes (`pnpm dev`)')
  .allowExcessArguments(false)
  .exitOverride();

try {
  const flags = program.parse(process.argv).opts<{ reload?: boolean }>();
  await start(readStartConfig(process.env), flags, { stop: stopping.signal, force: forcing.signal });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : new Fault('usage').exit;
  else {
    const fault = makeFault(error);
    say(describeFault(fault));
    process.exitCode = fault.exit;
  }
}
