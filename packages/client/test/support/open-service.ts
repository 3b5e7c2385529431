// Starts the API and an ingestor as processes of their own, on a database and a data folder of their own, with an API key.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createDatabase, makeTempDir, ROOT, runCli } from '@cei-inoe/shared/testing';

export type Service = Awaited<ReturnType<typeof openService>>;

export async function openService() {
  const [database, folder] = await Promise.all([createDatabase(), makeTempDir()]);
  const env = {
    ...{ DATABASE_URL: database.url, DATA_DIR: folder.path, QUEUE_POLL_MS: '50' },
    ...{ HOST: '127.0.0.1', PORT: '0', AUTH: 'on', LOG_LEVEL: 'fatal' },
  };
  const run = (file: string, ...args: string[]) =>
    spawn(process.execPath, ['--import', 'tsx', file, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const api = run('apps/api/src/cli.ts');
  const ingestor = run('apps/ingestor/src/cli.ts', 'watch');
  ingestor.stderr.resume();
  const made = await runCli('apps/api/src/keys-cli.ts', ['create', 'test', '--scope', 'read', 'ingest'], { env });
  const baseUrl = await readAddress(api);
  return {
    baseUrl,
    apiKey: made.stdout.trim(),
    pool: database.pool,
    async close() {
      await Promise.all([api, ingestor].map(stop));
      await database.drop();
      await folder.remove();
    },
  };
}

async function readAddress(api: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of api.stderr ?? []) {
    text += String(chunk);
    const address = /API on (\S+)/.exec(text)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(`the API did not start: ${text}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
