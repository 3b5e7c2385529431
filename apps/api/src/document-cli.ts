// `pnpm --silent openapi`: prints the OpenAPI document on stdout. Needs no database and no data folder, and serves nothing.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchive } from '@cei-inoe/shared/archive';
import { openPool } from '@cei-inoe/shared/database';
import { makeLog } from '@cei-inoe/shared/log';
import { openPrisma } from '@cei-inoe/shared/prisma';
import { buildApp } from './app.ts';
import { openProbe } from './probe.ts';
import { readVersion } from './server.ts';

/** Never connected to: the document is made of the routes' types alone. */
const NO_DATABASE = 'postgres://nobody@127.0.0.1:1/none';

const dataDir = await mkdtemp(join(tmpdir(), 'cei-openapi-'));
const pool = openPool(NO_DATABASE, { applicationName: 'cei-openapi' });
const app = await buildApp({
  config: { loopbackOnly: true, READY_FILE: undefined, MAX_FILE_BYTES: 1 },
  log: makeLog('openapi', 'silent'),
  archive: await openArchive(dataDir),
  pool,
  prisma: openPrisma(pool),
  probe: openProbe(NO_DATABASE),
  migrations: [],
  version: readVersion(),
});
const { payload } = await app.inject({ url: '/openapi.json', headers: { host: 'localhost' } });
process.stdout.write(`${JSON.stringify(JSON.parse(payload), null, 2)}\n`);
await app.close();
await pool.end();
await rm(dataDir, { recursive: true });
