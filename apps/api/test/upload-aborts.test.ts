import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFault } from '../src/plugins/faults.ts';
import { addSource } from './support/fixtures.ts';
import { makeForm } from './support/multipart.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let api: OpenApp;
let port: number;
beforeAll(async () => {
  api = await openApp({ MAX_FILE_BYTES: 3 * 1024 ** 2 });
  await addSource(api.database.pool, 'meter-1');
  port = Number(new URL(await api.app.listen({ port: 0, host: '127.0.0.1' })).port);
});
afterAll(() => api.close());

const form = makeForm([
  { name: 'date_order', value: 'dmy' },
  { name: 'file', filename: 'meter-1-2025.csv', value: randomBytes(1024 ** 2) },
]);
const head = [
  'POST /batches HTTP/1.1',
  'Host: localhost',
  `Content-Type: ${form.headers['content-type']}`,
  `Content-Length: ${form.payload.length}`,
  '\r\n',
].join('\r\n');

type Leave = (socket: ReturnType<typeof connect>) => void;
const LEAVINGS: readonly Leave[] = [
  (socket) => socket.destroy(),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.end(),
];

/** Sends `bytes` of the form and goes away. */
async function abort(bytes: number, leave: Leave): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise((resolve) => {
    socket.once('connect', resolve);
  });
  await new Promise((resolve) => socket.write(head, resolve));
  await new Promise((resolve) => socket.write(form.payload.subarray(0, bytes), resolve));
  leave(socket);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  // One that only half closes waits for the answer.
  await Promise.race([closed, sleep(2_000)]);
  socket.destroy();
}

const listSpool = () => readdir(join(api.dataDir, 'spool'));
async function untilClean(): Promise<void> {
  for (let tries = 0; tries < 200 && (await listSpool()).length > 0; tries++) await sleep(25);
  expect(await listSpool()).toEqual([]);
}
const count = async (sql: string): Promise<number> =>
  (await api.database.pool.query(`SELECT count(*)::int AS n ${sql}`)).rows[0].n;
const countConnections = () =>
  new Promise<number>((resolve, reject) =>
    api.app.server.getConnections((error, found) => (error === null ? resolve(found) : reject(error))),
  );

test('three hundred uploads whose senders go away at any byte leave no file, no batch and no connection behind', async () => {
  const places = [0, 1, 60, 150, 300, 400, 1_000, 65_536, 300_000, form.payload.length - 40, form.payload.length - 1];
  for (let round = 0; round < 30; round++) {
    const bytes = (at: number) => places[(round * 10 + at) % places.length] as number;
    await Promise.all(
      Array.from({ length: 10 }, (_, at) => abort(bytes(at), LEAVINGS[(round + at) % LEAVINGS.length] as Leave)),
    );
  }
  await untilClean();
  expect(await readdir(join(api.dataDir, 'archive'))).toEqual([]);
  expect(await count('FROM ingest_batch')).toBe(0);
  expect(
    await count("FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"),
  ).toBe(0);
  // A server closes what a client has left when it notices.
  for (let tries = 0; tries < 100 && (await countConnections()) > 0; tries++) await sleep(25);
  expect(await countConnections()).toBe(0);
}, 60_000);

test('and the next upload is taken', async () => {
  const { headers } = form;
  const response = await api.app.inject({
    ...{ method: 'POST', url: '/batches', payload: form.payload },
    headers: { host: 'localhost', ...headers },
  });
  expect(response.statusCode).toBe(202);
  await untilClean();
  expect(await count('FROM ingest_batch')).toBe(1);
});

test('a database that is cut off in the middle of uploads keeps nothing of them, or all', async () => {
  const before = await count('FROM ingest_batch');
  let cutting = true;
  const cut = async () => {
    for (; cutting; await sleep(5 + Math.random() * 60)) {
      await api.database.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'cei-api-test' AND state <> 'idle'",
      );
    }
  };
  const cutter = cut();
  const codes: number[] = [];
  for (let round = 0; round < 100; round++) {
    const { payload, headers } = makeForm([
      { name: 'file', filename: 'meter-1-2025.csv', value: `Date and Time,Hourly\n2025-07-01 00:00:00,${round}\n` },
    ]);
    const response = await api.app.inject({
      ...{ method: 'POST', url: '/batches', payload },
      headers: { host: 'localhost', ...headers },
    });
    codes.push(response.statusCode);
  }
  cutting = false;
  await cutter;
  expect([...new Set(codes)].sort()).toEqual([202, 503]);
  await untilClean();
  // What was answered with 202 is there; what was not may be, when only the answer of the commit was lost.
  const kept = (await count('FROM ingest_batch')) - before;
  expect(kept).toBeGreaterThanOrEqual(codes.filter((code) => code === 202).length);
  const { rows } = await api.database.pool.query<{ sha: string }>('SELECT file_sha256 AS sha FROM ingest_batch');
  for (const { sha } of rows) expect(await readdir(join(api.dataDir, 'archive', sha.slice(0, 2)))).toContain(sha);
}, 60_000);

// Node's words; the code alone is also that of a database that goes away.
test('a sender who goes away is told from a database that goes away', () => {
  const reset = (message: string) => Object.assign(new Error(message), { code: 'ECONNRESET' });
  expect([findFault(reset('aborted')).code, findFault(reset('read ECONNRESET')).code]).toEqual([
    'invalid_request',
    'database_unreachable',
  ]);
});

test('a sender of NDJSON who goes away leaves nothing either', async () => {
  const lines = `${JSON.stringify({ external_id: 'meter-1', ts: '2025-01-01T00:00:00Z', energy_kwh: 1 })}\n`.repeat(50);
  const type = 'Host: localhost\r\nContent-Type: application/x-ndjson';
  for (const how of [`Content-Length: ${lines.length + 9}`, 'Transfer-Encoding: chunked']) {
    const socket = connect(port, '127.0.0.1');
    const start = how.startsWith('T') ? `${lines.length.toString(16)}\r\n${lines}\r\n` : lines;
    await new Promise((resolve) =>
      socket.write(`POST /energy/hourly HTTP/1.1\r\n${type}\r\n${how}\r\n\r\n${start}`, resolve),
    );
    await expect.poll(async () => (await listSpool()).length).toBe(1);
    socket.destroy();
    await untilClean();
  }
  expect(await count("FROM ingest_batch WHERE source_type = 'api'")).toBe(0);
});

test.each([true, false])('NDJSON over the limit is told so, whether its length is said: %s', async (isSaid) => {
  const line = `${JSON.stringify({ external_id: 'meter-1', ts: '2025-01-01T00:00:00Z', energy_kwh: 1 })}\n`;
  const bytes = Buffer.from(line.repeat(Math.ceil((5 * 1024 ** 2) / line.length)));
  const pieces = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 65_536) controller.enqueue(bytes.subarray(at, at + 65_536));
      controller.close();
    },
  });
  const response = await fetch(`http://127.0.0.1:${port}/energy/hourly`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    ...(isSaid ? { body: bytes } : { body: pieces, duplex: 'half' as const }),
  });
  expect([response.status, await response.json()]).toEqual([413, expect.objectContaining({ code: 'file_too_large' })]);
  await untilClean();
});
