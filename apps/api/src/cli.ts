// The command that runs the API: settings in, exit code out. Holds nothing of the service itself.
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { describeFault, Fault, makeFault } from '@cei-inoe/shared/errors';
import { readApiConfig } from './config.ts';
import { readVersion, type Server, startServer } from './server.ts';

/** Requests that take longer than this when the service is asked to stop are cut off. */
const STOP_TIMEOUT_MS = 15_000;

const HELP = `Serves the REST API of CEI-InOE. Takes no arguments; settings come from the environment:
  DATABASE_URL DATA_DIR PORT HOST LOG_LEVEL READY_FILE MAX_FILE_BYTES POOL_SIZE NEW_DATASOURCES   (docs/api.md)
  AUTH RATE_LIMIT CORS_ORIGINS ALLOWED_HOSTS                                                      (docs/access.md)
  WEBHOOK_ALLOW                                                                                   (docs/webhooks.md)
`;

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(HELP);
  if (args.includes('--version')) return void process.stdout.write(`${readVersion()}\n`);
  if (args.length > 0) throw new Fault('usage', `There is no "${args[0]}".`);
  const config = readApiConfig(process.env);
  const database = await openDatabaseUrl(config);
  const server = await startServer(config, database.url).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  process.stderr.write(`API on ${server.url} (try it at ${server.url}/docs)\n`);
  stopOnSignal(server, () => database.close());
}

function stopOnSignal(server: Server, closeDatabase: () => Promise<void>): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    await server.close();
    await closeDatabase();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const fault = makeFault(error);
  process.stderr.write(`${describeFault(fault)}\n`);
  process.exit(fault.exit);
});
