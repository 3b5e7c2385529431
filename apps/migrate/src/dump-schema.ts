// `pnpm schema:dump`: writes the catalog that the migrations produce to db/schema/catalog.txt. Leaves the database as it was.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { describeFault, makeFault } from '@cei-inoe/shared/errors';
import { readMigrateConfig } from './config.ts';
import { readMigrations } from './migration-files.ts';
import { dumpScratchCatalog } from './scratch.ts';
import { withSession } from './session.ts';

const FILE = fileURLToPath(new URL('../../../db/schema/catalog.txt', import.meta.url));
const say = (text: string) => process.stderr.write(`${text}\n`);

try {
  const config = readMigrateConfig(process.env);
  const database = await openDatabaseUrl(config);
  try {
    const migrations = await readMigrations(config.MIGRATIONS_DIR);
    const lines = await withSession(database.url, say, (pool) => dumpScratchCatalog(database.url, pool, migrations));
    await writeFile(FILE, `${lines.join('\n')}\n`);
    say(`${lines.length} objects written to db/schema/catalog.txt`);
  } finally {
    await database.close();
  }
} catch (thrown) {
  const fault = makeFault(thrown);
  say(describeFault(fault));
  process.exitCode = fault.exit;
}
