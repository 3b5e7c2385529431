// Starts a real ingestor beside an app of a test: the two meet only in the database and the data folder, as in production.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '@cei-inoe/shared/testing';
import { actAs, type OpenApp } from './open-app.ts';

export interface Ingestor {
  stop(): Promise<void>;
}

export function startIngestor(
  { database, dataDir }: Pick<OpenApp, 'database' | 'dataDir'>,
  env: Readonly<Record<string, string>> = {},
): Ingestor {
  const child = spawn(process.execPath, ['--import', 'tsx', 'apps/ingestor/src/cli.ts', 'watch'], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...{
        DATABASE_URL: actAs('cei_ingestor', database.url),
        DATA_DIR: dataDir,
        LOG_LEVEL: 'fatal',
        QUEUE_POLL_MS: '50',
      },
      ...env,
    },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
