// Opens the embedded server of the folder given, says so, and keeps it until it is ended: what another command would be.
import { openDatabaseUrl } from '../src/embedded.ts';

const database = await openDatabaseUrl({ DATA_DIR: process.argv[2] ?? '' });
process.stdout.write(`${database.url}\n`);
process.stdin.resume();
process.stdin.once('end', () => void database.close().then(() => process.exit(0)));
