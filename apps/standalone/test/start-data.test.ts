// What `pnpm start` puts into a database: the seeds and samples into one of its own, and nothing into one that was given.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEmptyDatabase, makeTempDir, ROOT, type TempDir, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface ExpectedFile {
  readonly dataset: string;
  readonly records: number;
  readonly accepted: number;
  readonly skipped: number;
  readonly rejected: number;
}

let temp: TempDir;
let database: TestDatabase;
beforeAll(async () => {
  [temp, database] = await Promise.all([makeTempDir(), createEmptyDatabase()]);
});
afterAll(async () => {
  await temp.remove();
  await database.drop();
});

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** Starts everything on `dataDir`, hands the address to `work` when it is ready, and stops it. Returns what it printed. */
async function whileRunning(
  dataDir: string,
  env: NodeJS.ProcessEnv,
  work: (url: string) => Promise<void>,
): Promise<string> {
  const port = await findFreePort();
  const base = { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir, PORT: String(port) };
  const child = spawn(process.execPath, ['--import', 'tsx', 'apps/standalone/src/cli.ts'], {
    cwd: ROOT,
    env: { ...base, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const ended = once(child, 'close');
  try {
    while (!text.includes('Ctrl-C')) {
      if (child.exitCode !== null) expect.unreachable(text);
      await sleep(25);
    }
    await work(`http://127.0.0.1:${port}`);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
  expect(child.exitCode).toBe(0);
  return text;
}

const readJson = async (url: string): Promise<unknown> => (await fetch(url)).json();

/** The API shows for the last readings of each source the very line of the sample file. */
async function checkLines(url: string): Promise<void> {
  const { data: sources } = (await readJson(`${url}/datasources`)) as { data: { id: number }[] };
  let lines = 0;
  for (const [path, time] of [
    ['/energy/hourly', 'ts'],
    ['/energy/daily', 'ts'],
    ['/environmental', 'timestamp'],
    ['/dairy/daily', 'production_date'],
  ] as const) {
    for (const { id } of sources) {
      const { data } = (await readJson(`${url}${path}?datasource_id=${id}&limit=3`)) as {
        data: Record<string, string>[];
      };
      for (const reading of data) {
        const at = encodeURIComponent(String(reading[time]));
        const traced = (await readJson(`${url}${path}/provenance?datasource_id=${id}&at=${at}`)) as {
          reading: unknown;
          origin: { source_name: string; line: number; text: string | null; text_missing: string | null };
        };
        expect(traced.reading).toEqual(reading);
        const { source_name: name, line, text, text_missing: missing } = traced.origin;
        if (name.endsWith('.xlsx')) expect(missing).toContain(`Row ${line}`);
        else
          expect(text).toBe(
            readFileSync(join(ROOT, 'db/samples', name))
              .toString('latin1')
              .split(/\r?\n/)[line - 1],
          );
        lines++;
      }
    }
  }
  expect(lines).toBeGreaterThan(25);
}

test('the API counts the samples as an independent script does', async () => {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'db/samples/expected.json'), 'utf8')) as {
    files: ExpectedFile[];
  };
  const add = (dataset: string, key: 'records' | 'accepted' | 'skipped' | 'rejected') =>
    files.filter((file) => file.dataset === dataset).reduce((sum, file) => sum + file[key], 0);
  const text = await whileRunning(join(temp.path, 'own'), {}, async (url) => {
    const { data } = (await readJson(`${url}/batches/summary`)) as { data: Record<string, unknown>[] };
    expect(data.map((row) => row.dataset).sort()).toEqual([...new Set(files.map((file) => file.dataset))].sort());
    for (const row of data) {
      const name = String(row.dataset);
      expect(row).toMatchObject({
        status: 'completed',
        records_read: add(name, 'records'),
        records_inserted: add(name, 'accepted'),
        records_skipped: add(name, 'skipped'),
        records_rejected: add(name, 'rejected'),
      });
    }
    await checkLines(url);
  });
  // Not a terminal: no colours, no bars.
  expect(text).not.toContain('\u001b');
});

test('with DATABASE_URL nothing is embedded, seeded or loaded, and the password is not shown', async () => {
  const dataDir = join(temp.path, 'given');
  const url = database.url;
  const text = await whileRunning(dataDir, { DATABASE_URL: url }, async (address) => {
    expect((await fetch(`${address}/ready`)).status).toBe(200);
    expect(await readJson(`${address}/datasources`)).toMatchObject({ total: 0 });
    expect(await readJson(`${address}/batches`)).toMatchObject({ total: 0 });
  });
  expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
  expect(existsSync(join(dataDir, 'postgres.json'))).toBe(false);
  expect(text).not.toMatch(/seeds|samples/);
  expect(text).not.toContain(`${new URL(database.url).password}@`);
});
