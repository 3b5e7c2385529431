// Ends the test server with the run that uses it, however that ends: our end of the pipe closes then, even when the run was killed.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openCluster } from '../embedded/cluster.ts';

const [dir = '', initdb = '', pgCtl = ''] = process.argv.slice(2);
const binaries = { initdb, pg_ctl: pgCtl };

process.stdin.resume();
process.stdin.once('close', async () => {
  const cluster = await openCluster({ binaries, dir: join(dir, 'postgres'), logFile: join(dir, 'postgres.log') });
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});
