// What happens when there is too much, too slow, or no database: 503 or 429 with Retry-After, and afterwards all is as before.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createDatabase,
  makeTempDir,
  ROOT,
  startOwnServer,
  type TestDatabase,
  type TestServer,
} from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKey } from '../src/access/keys.ts';
import { addBatch, addHours, addSource } from './support/fixtures.ts';
import { makeForm } from './support/multipart.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

const headers = { host: 'localhost' };
/** One read past the ORM, one through it, one of both. */
const READS = ['/energy/hourly?external_id=meter&limit=1', '/datasources', '/batches'];

const ask = async (api: OpenApp, url: string) => {
  const begun = performance.now();
  const response = await api.app.inject({ url, headers });
  const { code } = response.json();
  return {
    status: response.statusCode,
    code,
    retryAfter: response.headers['retry-after'],
    ms: performance.now() - begun,
  };
};
const BUSY = { status: 503, code: 'database_busy', retryAfter: '5' };

async function fill({ database }: OpenApp | { database: TestDatabase }, until: string): Promise<void> {
  const meter = await addSource(database.pool, 'meter', { timezone: 'UTC' });
  await addHours(database.pool, meter, await addBatch(database.pool, [meter]), '2000-01-01T00:00Z', until);
}

describe('a service whose connections are all taken', () => {
  let api: OpenApp;
  beforeAll(async () => {
    api = await openApp({}, undefined, { connectTimeoutMs: 700 });
    await fill(api, '2000-01-03T00:00Z');
  });
  afterAll(() => api.close());

  test('answers 503 with Retry-After, says at once how it is, and recovers by itself', async () => {
    const held = await Promise.all(Array.from({ length: 4 }, () => api.pool.connect()));
    const answers = await Promise.all(READS.map((url) => ask(api, url)));
    expect(answers).toMatchObject(READS.map(() => BUSY));
    // By a connection of its own: a busy pool is no dead database.
    const health = await ask(api, '/health');
    expect(health.status).toBe(200);
    for (const connection of held) connection.release();
    for (const url of READS) expect((await ask(api, url)).status).toBe(200);
    expect([api.pool.waitingCount, api.pool.totalCount <= 4]).toEqual([0, true]);
  });

  test('says how it is within two seconds, while many more ask than it has connections', async () => {
    let asking = true;
    const slow = async () => {
      while (asking) await api.pool.query('SELECT pg_sleep(0.05)').catch(() => undefined);
    };
    const askers = Array.from({ length: 40 }, slow);
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const { status, ms } = await ask(api, '/health');
      expect(status).toBe(200);
      times.push(ms);
      await sleep(20);
    }
    asking = false;
    await Promise.all(askers);
    expect(Math.max(...times)).toBeLessThan(2_000);
  });
});

test('a statement that takes too long is ended: 503 with Retry-After, and its connection answers the next one', async () => {
  const api = await openApp({}, undefined, { statementTimeoutMs: 300 });
  await fill(api, '2000-01-03T00:00Z');
  const blocker = await api.database.pool.connect();
  await blocker.query('BEGIN; LOCK TABLE fact_energy_hourly, datasource, ingest_batch IN ACCESS EXCLUSIVE MODE');
  expect(await Promise.all(READS.map((url) => ask(api, url)))).toMatchObject(READS.map(() => BUSY));
  await blocker.query('ROLLBACK');
  blocker.release();
  for (const url of READS) expect((await ask(api, url)).status).toBe(200);
  await api.close();
});

describe('a database that is stopped and started', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startOwnServer();
  }, 90_000);
  afterAll(() => server.stop());

  test.each(['fast', 'immediate'] as const)(
    '(%s) means 503 with Retry-After as long as it is gone, and 200 afterwards',
    async (mode) => {
      const database = await createDatabase(server.url);
      const api = await openApp({}, database.url);
      await fill({ database }, '2000-01-03T00:00Z');
      for (const url of READS) expect((await ask(api, url)).status).toBe(200);
      let restarting = true;
      const restart = server.restart(mode).then(() => {
        restarting = false;
      });
      const seen = new Set<string>();
      while (restarting) {
        for (const answer of await Promise.all([...READS, '/ready'].map((url) => ask(api, url)))) {
          if (answer.status !== 200) expect(answer).toMatchObject({ status: 503, retryAfter: '5' });
          seen.add(answer.status === 200 ? '200' : answer.code);
        }
        await sleep(5);
      }
      await restart;
      expect([...seen]).toContain('database_unreachable');
      for (const url of [...READS, '/ready', '/health'])
        expect([url, (await ask(api, url)).status]).toEqual([url, 200]);
      await api.close();
      await database.drop();
    },
  );

  test('breaks an export off in a way that its reader notices', async () => {
    const database = await createDatabase(server.url);
    const api = await openApp({}, database.url);
    // Half a million rows: far more than all the buffers on the way hold.
    await fill({ database }, '2057-01-01T00:00Z');
    const address = await api.app.listen({ port: 0, host: '127.0.0.1' });
    const response = await fetch(`${address}/energy/hourly?external_id=meter&format=ndjson`);
    const reader = response.body!.getReader();
    await reader.read();
    await server.restart('immediate');
    const readAll = async () => {
      while (!(await reader.read()).done);
    };
    await expect(readAll()).rejects.toThrow('terminated');
    expect((await ask(api, READS[0]!)).status).toBe(200);
    await api.close();
    await database.drop();
  });
});

test('slow senders hold no connection: all others are answered meanwhile, and so are they in the end', async () => {
  const api = await openApp();
  await fill(api, '2000-01-03T00:00Z');
  const port = Number(new URL(await api.app.listen({ port: 0, host: '127.0.0.1' })).port);
  const senders = Array.from({ length: 30 }, (_, i) =>
    sendHalf(port, `meter-${i}.csv`, `a,b\n${i},${'x'.repeat(i)}\n`),
  );
  const slow = await Promise.all(senders);
  for (let i = 0; i < 3; i++)
    expect((await Promise.all(READS.map((url) => ask(api, url)))).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(api.pool.totalCount - api.pool.idleCount).toBe(0);
  const answers = await Promise.all(slow.map((finish) => finish()));
  expect(new Set(answers.map((answer) => answer.split('\r\n', 1)[0]))).toEqual(new Set(['HTTP/1.1 202 Accepted']));
  await api.close();
});

/** Sends half of an upload. @returns what sends the rest and reads the answer */
async function sendHalf(port: number, filename: string, value: string): Promise<() => Promise<string>> {
  const { payload, headers: type } = makeForm([{ name: 'file', filename, value }]);
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  await once(socket, 'connect');
  const head = `POST /batches HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type['content-type']}`;
  socket.write(`${head}\r\nContent-Length: ${payload.length}\r\n\r\n`);
  socket.write(payload.subarray(0, payload.length / 2));
  let answer = '';
  socket.on('data', (text: string) => {
    answer += text;
  });
  return async () => {
    socket.write(payload.subarray(payload.length / 2));
    await once(socket, 'close');
    return answer;
  };
}

test('a service whose connections are all taken says how it is, also to who sends a key along', async () => {
  const api = await openApp({ auth: true }, undefined, { connectTimeoutMs: 3_000 });
  const ask = { name: 'probe', scopes: ['read' as const], datasourceIds: null, clients: null, expiresAt: null };
  const { key } = await makeKey(api.pool, ask);
  const held = await Promise.all(Array.from({ length: 4 }, () => api.pool.connect()));
  const begun = performance.now();
  const health = await api.app.inject({ url: '/health', headers: { ...headers, 'x-api-key': key } });
  expect(health.statusCode).toBe(200);
  expect(performance.now() - begun).toBeLessThan(2_000);
  for (const connection of held) connection.release();
  await api.close();
});

test('one key cannot take all the exports that there may be', async () => {
  const api = await openApp({ auth: true });
  await fill(api, '2057-01-01T00:00Z');
  const address = await api.app.listen({ port: 0, host: '127.0.0.1' });
  const make = async (name: string) => {
    const ask = { name, scopes: ['read' as const], datasourceIds: null, clients: null, expiresAt: null };
    return (await makeKey(api.pool, ask)).key;
  };
  const [greedy, modest] = [await make('greedy'), await make('modest')];
  const stop = new AbortController();
  const open = (key: string) =>
    fetch(`${address}/energy/hourly?external_id=meter&format=csv`, {
      headers: { 'x-api-key': key },
      signal: stop.signal,
    });
  // Of four connections two are for exports, one of these for one key. Their bodies are not read.
  expect((await open(greedy)).status).toBe(200);
  const refused = await open(greedy);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
  expect(await refused.json()).toMatchObject({
    code: 'too_many_exports',
    detail: '1 exports of this key are being read.',
  });
  expect((await open(modest)).status).toBe(200);
  stop.abort();
  await expect.poll(() => api.pool.totalCount - api.pool.idleCount, { timeout: 5_000 }).toBe(0);
  await api.close();
});

test('a service that is told to stop finishes what it began, takes nothing new, and ends with 0', async () => {
  const [database, folder] = await Promise.all([createDatabase(), makeTempDir()]);
  await fill({ database }, '2010-01-01T00:00Z');
  const child = spawn(process.execPath, ['--import', 'tsx', 'apps/api/src/cli.ts'], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: database.url, DATA_DIR: folder.path, PORT: '0', LOG_LEVEL: 'fatal' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const [started] = (await once(child.stderr, 'data')) as [Buffer];
  const address = /API on (\S+)/.exec(String(started))![1]!;
  const port = Number(new URL(address).port);
  const finish = await sendHalf(port, 'meter-1.csv', 'a,b\n1,2\n');
  const download = await fetch(`${address}/energy/hourly?external_id=meter&format=csv`);
  const reader = download.body!.getReader();
  let bytes = (await reader.read()).value?.length ?? 0;
  child.kill('SIGTERM');
  await expect
    .poll(() =>
      fetch(`${address}/health`).then(
        () => 'answered',
        () => 'refused',
      ),
    )
    .toBe('refused');

  expect(await finish()).toMatch(/^HTTP\/1\.1 202 /);
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) bytes += piece.value.length;
  const { rows } = await database.pool.query<{ bytes: string }>(
    `SELECT octet_length($1) + sum(octet_length(format('%s,%s,%s,%s,%s,%s', datasource_id,
       to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), energy_kwh, batch_id, source_row, quality)) + 1) AS bytes
     FROM fact_energy_hourly`,
    ['datasource_id,ts,energy_kwh,batch_id,source_row,quality\n'],
  );
  expect(bytes).toBe(Number(rows[0]!.bytes));
  expect(await ended).toEqual([0, null]);
  await database.drop();
  await folder.remove();
});
