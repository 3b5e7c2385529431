// The command `pnpm start`: reads settings and signals, runs everything, and tells why where it cannot.
import { describeFault, makeFault } from '@cei-inoe/shared/errors';
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

try {
  await start(
    readStartConfig(process.env),
    { reload: process.argv.includes('--reload') },
    {
      stop: stopping.signal,
      force: forcing.signal,
    },
  );
} catch (error) {
  const fault = makeFault(error);
  say(describeFault(fault));
  process.exitCode = fault.exit;
}
