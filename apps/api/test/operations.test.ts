import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addSource } from './support/fixtures.ts';
import { type Ingestor, startIngestor } from './support/ingestor.ts';
import { makeForm } from './support/multipart.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

// The API and a real ingestor meet only in the database and the data folder, as in production.

let api: OpenApp;
let ingestor: Ingestor;
let uploads = 0;

beforeAll(async () => {
  api = await openApp();
  const mappings = join(api.dataDir, 'mappings');
  await mkdir(mappings);
  await writeFile(
    join(mappings, 'watt_hours.yaml'),
    'dataset: energy_hourly\ncolumns: { "Date and Time": ts, "Hourly": { to: energy_kwh, unit: Wh } }\n',
  );
  await addSource(api.database.pool, 'meter-u');
  ingestor = startIngestor(api, { MAPPINGS_DIR: mappings });
});
afterAll(async () => {
  await ingestor.stop();
  await api.close();
});

const headers = { host: 'localhost' };
const get = async (url: string) => (await api.app.inject({ url, headers })).json();
const post = (url: string, payload?: object) =>
  api.app.inject({ method: 'POST', url, headers, ...(payload === undefined ? {} : { payload }) });
const readValues = async () =>
  (await get('/energy/hourly?external_id=meter-u')).data.map((row: { energy_kwh: number }) => row.energy_kwh);

async function upload(name: string, content: string): Promise<string> {
  const body = makeForm([
    { name: 'mapping', value: 'energy_hourly' },
    { name: 'file', filename: name, value: content },
  ]);
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

test('a replay shows what it would do, does it, and is undone like a load', async () => {
  const file = 'Date and Time,Hourly\n2025-08-01 00:00:00Z,1000\n2025-08-01 01:00:00Z,x\n';
  const old = await upload('meter-u-3.csv', file);
  const august = async () =>
    (await get('/energy/hourly?external_id=meter-u&from=2025-08-01T00:00:00Z')).data.map((row: object) => row);
  const shown = await post(`/batches/${old}/replay`, { mapping: 'watt_hours', preview: true });
  expect([shown.statusCode, shown.json()]).toMatchObject([
    200,
    {
      operation: 'replay',
      batch_id: old,
      dry_run: true,
      options: { mapping: 'watt_hours', dry_run: true },
      result: {
        new_batch_id: null,
        records: { read: 2, inserted: 1, rejected: 1 },
        changed: 1,
        examples: [
          {
            datasource: 'meter-u',
            time: '2025-08-01T00:00:00Z',
            before: { energy_kwh: 1000 },
            after: { energy_kwh: 1 },
          },
        ],
      },
    },
  ]);
  expect(await august()).toMatchObject([{ energy_kwh: 1000, batch_id: old }]);

  const done = await post(`/api/v1/batches/${old}/replay`, { mapping: 'watt_hours' });
  expect(done.statusCode).toBe(200);
  const { id, result } = done.json();
  expect(await august()).toMatchObject([{ energy_kwh: 1, batch_id: result.new_batch_id }]);
  expect(await get(`/batches/${old}/operations/${id}`)).toEqual(done.json());
  expect(await get(`/batches/${result.new_batch_id}`)).toMatchObject({ status: 'completed', replay_of: old });
  expect(await get(`/batches/${old}`)).toMatchObject({ status: 'undone' });

  const undone = await post(`/batches/${result.new_batch_id}/undo`);
  expect(undone.json().result).toMatchObject({ removed: 1, replaced: old });
  expect((await post(`/batches/${old}/redo`)).statusCode).toBe(200);
  expect(await august()).toMatchObject([{ energy_kwh: 1000, batch_id: old }]);
});

test.each([
  [{ mapping: 'nobody' }, 404, 'mapping_unknown'],
  [{ mapping: 'energy_daily' }, 422, 'header_unknown'],
  [{ datasource: 'nobody' }, 404, 'datasource_unknown'],
  [{ mapping: 7 }, 400, 'invalid_request'],
  [{ colour: 'red' }, 400, 'invalid_request'],
  [{ date_order: 'ydm' }, 400, 'invalid_request'],
])('a replay with %j is refused, and changes nothing', async (body, status, code) => {
  const old = await upload(`meter-u-${code}.csv`, `Date and Time,Hourly\n2025-09-01 00:00:00Z,${++uploads}\n`);
  const refused = await post(`/batches/${old}/replay`, body);
  expect([refused.statusCode, refused.json().code]).toEqual([status, code]);
  expect(await get(`/batches/${old}`)).toMatchObject({ status: 'completed' });
});

test('what is not there is 404', async () => {
  const nobody = '00000000-0000-7000-8000-000000000000';
  for (const operation of ['undo', 'redo', 'replay'])
    expect((await post(`/batches/${nobody}/${operation}`)).json().code).toBe('batch_unknown');
  expect((await get(`/batches/${nobody}/operations/1`)).code).toBe('batch_unknown');
});
