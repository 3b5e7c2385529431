import { execFileSync } from 'node:child_process';
import { createEmptyDatabase, makeTempDir, ROOT } from '@cei-inoe/shared/testing';
import { expect, it } from 'vitest';
import { serveInProcess, until } from './support/serve.ts';

it('the service waits for a database that is not migrated yet, and says so', async () => {
  const [database, folder] = [await createEmptyDatabase(), await makeTempDir()];
  const env = { DATABASE_URL: database.url, DATA_DIR: folder.path };
  const service = serveInProcess(env);
  await until('its warning', async () => service.log().includes('schema_missing'));
  expect(service.child.exitCode).toBeNull();
  execFileSync(process.execPath, ['--import', 'tsx', 'apps/migrate/src/cli.ts'], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  await until('its start', async () => service.log().includes('ingestor ready'));
  await service.stop();
  expect(service.child.exitCode).toBe(0);
  await database.drop();
  await folder.remove();
});
