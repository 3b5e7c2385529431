// Starts the service, or what it is compared with, as a process of its own. Sends no request but for its memory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const POOL_SIZE = 10;

export interface Service {
  readonly url: string;
  /** Resident memory of the process, in MB. */
  readMemory(): Promise<number>;
  stop(): Promise<void>;
}

/** @param file from the root, such as apps/api/src/cli.ts; it says `API on URL` on stderr when it answers */
export async function startService(file: string, databaseUrl: string, dataDir: string): Promise<Service> {
  const { BENCH_NODE_OPTIONS = '', ...inherited } = process.env;
  const env = {
    ...inherited,
    ...{ DATABASE_URL: databaseUrl, DATA_DIR: dataDir, PORT: '0', POOL_SIZE: String(POOL_SIZE) },
    // Nothing is written per request, on either side.
    ...{ LOG_LEVEL: 'warn', NODE_ENV: 'production' },
  };
  const child = spawn(process.execPath, [...BENCH_NODE_OPTIONS.split(' ').filter(Boolean), '--import', 'tsx', file], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const url = await readAddress(child.stderr);
  child.stderr.pipe(process.stderr);
  return {
    url,
    async readMemory() {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1] ?? Number.NaN) / 1024 ** 2;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function readAddress(stderr: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      text += chunk.toString();
      const url = /API on (\S+)/.exec(text)?.[1];
      if (url === undefined) return;
      stderr.off('data', onData);
      resolve(url);
    };
    stderr.on('data', onData);
    stderr.once('end', () => reject(new Error(`it did not start: ${text}`)));
  });
}
