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

/** Readings handed in over the API are a batch like any other. */
async function checkReadings(url: string): Promise<void> {
  const post = async (path: string, body: string, type = 'application/json') => {
    const response = await fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
    return { status: response.status, link: response.headers.get('link'), body: (await response.json()) as Handed };
  };
  const meter = '664b7033c54f46ec261ef95d';
  const hours = [
    { external_id: meter, ts: '2026-03-01T00:00:00+02:00', energy_kwh: 1.25 },
    { external_id: meter, ts: '2026-03-01T01:00:00', energy_kwh: '2.5' },
    { external_id: meter, ts: '2026-03-01T02:00:00Z', energy_kwh: -1 },
    { external_id: 'nobody', ts: '2026-03-01T00:00:00Z', energy_kwh: 1 },
  ];
  const first = await post('/energy/hourly', JSON.stringify(hours));
  expect(first.status, JSON.stringify(first.body)).toBe(200);
  expect(first.body.batch).toMatchObject({
    source_type: 'api',
    status: 'completed',
    records_read: 4,
    records_inserted: 2,
    records_rejected: 2,
  });
  expect(first.body.rejections.map(({ line, errors }) => [line, errors[0]?.code])).toEqual([
    [3, 'out_of_range'],
    [4, 'unknown_datasource'],
  ]);
  const read = (await readJson(
    `${url}/energy/hourly?external_id=${meter}&from=2026-02-28T22:00:00Z&to=2026-03-02`,
  )) as {
    data: Record<string, unknown>[];
  };
  // Half an offset, half the zone of the datasource: Nicosia is two hours ahead.
  expect(read.data).toMatchObject([
    { ts: '2026-02-28T22:00:00Z', energy_kwh: 1.25, source_row: 1 },
    { ts: '2026-02-28T23:00:00Z', energy_kwh: 2.5, source_row: 2 },
  ]);
  const again = await post('/energy/hourly', JSON.stringify(hours));
  expect([again.status, again.body.code, again.link]).toEqual([
    409,
    'duplicate_file',
    expect.stringContaining(first.body.batch.batch_id),
  ]);
  const lines = '{"external_id":"anemos-weather","timestamp":"2026-03-01T00:00:00Z","temperature":12.5}\nno json\n';
  const weather = await post('/environmental', lines, 'application/x-ndjson');
  expect(
    [weather.status, weather.body.batch?.records_inserted, weather.body.rejections?.[0]?.errors[0]?.code],
    JSON.stringify(weather.body),
  ).toEqual([200, 1, 'bad_json']);
  const day = await post(
    '/dairy/daily',
    `[{"external_id":"anemos-robot","production_date":"2026-03-01","number_of_animals":70}]`,
  );
  expect(day.body.batch?.records_inserted, JSON.stringify(day.body)).toBe(1);
  const total = await post('/energy/daily', `[{"external_id":"${meter}","ts":"2026-03-01","energy_kwh":70.5}]`);
  expect(total.body.batch?.records_inserted, JSON.stringify(total.body)).toBe(1);
  for (const [body, code] of [
    ['[]', 'invalid_request'],
    ['{}', 'invalid_request'],
    ['[{"external_id":"x","ts":"2026-03-01T00:00:00Z","energy_kwh":1,"kwh":2}]', 'invalid_request'],
    ['[{"external_id":"x","energy_kwh":1}]', 'invalid_request'],
  ] as const)
    expect([body, (await post('/energy/hourly', body)).body.code]).toEqual([body, code]);
}

interface Handed {
  readonly batch: { readonly batch_id: string; readonly records_inserted: number };
  readonly rejections: readonly { readonly line: number; readonly errors: readonly { readonly code: string }[] }[];
  readonly code?: string;
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
    await checkReadings(url);
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
