import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addSource } from './support/fixtures.ts';
import { makeForm } from './support/multipart.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

// The API and a real ingestor meet only in the database and the data folder, as in production.

let api: OpenApp;
let ingestor: ChildProcess;

beforeAll(async () => {
  api = await openApp();
  await addSource(api.database.pool, 'meter-u');
  ingestor = spawn(process.execPath, ['--import', 'tsx', 'apps/ingestor/src/cli.ts', 'watch'], {
    cwd: ROOT,
    env: {
      ...process.env,
      DATABASE_URL: api.database.url,
      DATA_DIR: api.dataDir,
      LOG_LEVEL: 'fatal',
      QUEUE_POLL_MS: '50',
    },
    stdio: 'ignore',
  });
});
afterAll(async () => {
  const ended = once(ingestor, 'exit');
  ingestor.kill('SIGTERM');
  await ended;
  await api.close();
});

const headers = { host: 'localhost' };
const get = async (url: string) => (await api.app.inject({ url, headers })).json();
const post = (url: string, payload?: object) =>
  api.app.inject({ method: 'POST', url, headers, ...(payload === undefined ? {} : { payload }) });
const readValues = async () =>
  (await get('/energy/hourly?external_id=meter-u')).data.map((row: { energy_kwh: number }) => row.energy_kwh);

async function upload(name: string, content: string): Promise<string> {
  const body = makeForm([{ name: 'file', filename: name, value: content }]);
  const response = await api.app.inject({
    method: 'POST',
    url: '/batches',
    headers: { ...headers, ...body.headers },
    payload: body.payload,
  });
  expect(response.statusCode).toBe(202);
  const id = response.json().batch_id as string;
  for (;;) {
    const { status } = await get(`/batches/${id}`);
    if (status !== 'pending' && status !== 'processing') return id;
    await sleep(50);
  }
}

test('an undo over the API restores what the batch overwrote, and a redo brings it back', async () => {
  const file = (kwh: number) => `Date and Time,Hourly\n2025-07-01 00:00:00Z,${kwh}\n`;
  await upload('meter-u-1.csv', file(1));
  const second = await upload('meter-u-2.csv', file(2));
  expect(await readValues()).toEqual([2]);

  const dry = await post(`/batches/${second}/undo`, { dry_run: true });
  expect([dry.statusCode, dry.json().result]).toMatchObject([200, { changed: 1, dry_run: true }]);
  expect(await readValues()).toEqual([2]);

  const undone = await post(`/batches/${second}/undo`);
  expect([undone.statusCode, undone.json()]).toMatchObject([
    200,
    { operation: 'undo', status: 'completed', result: { removed: 0, changed: 1, reread: 1 } },
  ]);
  expect(await readValues()).toEqual([1]);
  expect((await get(`/batches/${second}`)).status).toBe('undone');

  const again = await post(`/batches/${second}/undo`);
  expect([again.statusCode, again.json().code]).toEqual([409, 'batch_not_undoable']);

  const redone = await post(`/api/v1/batches/${second}/redo`, {});
  expect(redone.statusCode).toBe(200);
  expect(await readValues()).toEqual([2]);
  const { id } = redone.json();
  expect(await get(`/batches/${second}/operations/${id}`)).toEqual(redone.json());
});

test('what is not there is 404', async () => {
  const nobody = '00000000-0000-7000-8000-000000000000';
  expect((await post(`/batches/${nobody}/undo`)).json().code).toBe('batch_unknown');
  expect((await get(`/batches/${nobody}/operations/1`)).code).toBe('not_found');
});
