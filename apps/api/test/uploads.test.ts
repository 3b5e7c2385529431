import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addBatch, addSource } from './support/fixtures.ts';
import { makeForm, type Part } from './support/multipart.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let api: OpenApp;
let meter: number;
let origin: string;
beforeAll(async () => {
  api = await openApp({ MAX_FILE_BYTES: 3 * 1024 ** 2 });
  meter = await addSource(api.database.pool, 'meter-1');
  await api.database.pool.query(`INSERT INTO datasource_alias VALUES ('legacy', 'metrics_1236', $1)`, [meter]);
  origin = await api.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => api.close());
afterEach(async () => {
  expect(await readdir(join(api.dataDir, 'spool'))).toEqual([]);
});

const upload = (parts: Part[], url = '/batches') =>
  api.app.inject({ method: 'POST', url, ...withHost(makeForm(parts)) });
const withHost = (form: ReturnType<typeof makeForm>) => ({ ...form, headers: { host: 'localhost', ...form.headers } });
const file = (value: string | Buffer, filename = 'meter-1-2025.csv'): Part => ({ name: 'file', value, filename });
const hash = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
const countBatches = async () =>
  (await api.database.pool.query('SELECT count(*)::int AS n FROM ingest_batch')).rows[0].n;

test('an upload leaves its bytes in the archive and a pending batch, and wakes the ingestors', async () => {
  const listener = new pg.Client(api.database.url);
  await listener.connect();
  await listener.query('LISTEN cei_batch');
  const woken = new Promise((resolve) => listener.once('notification', resolve));
  const bytes = randomBytes(2 * 1024 ** 2 + 7);
  const response = await upload(
    [
      file(bytes, 'C:\\exports\\..\\Ä\u202e=1.csv'),
      { name: 'date_order', value: 'dmy' },
      { name: 'date', value: '2026-01-15' },
    ],
    '/api/v1/batches',
  );
  expect(response.statusCode).toBe(202);
  const body = response.json();
  expect(body).toMatchObject({
    status: 'pending',
    source_type: 'upload',
    source_name: 'Ä=1.csv',
    file_sha256: hash(bytes),
    size_bytes: bytes.length,
    datasource_id: null,
    dry_run: false,
    submitted_by: null,
    context: { options: { dateOrder: 'dmy', date: '2026-01-15' } },
  });
  // Version 7: the first 48 bits are the time.
  expect(body.batch_id[14]).toBe('7');
  expect(Math.abs(Number.parseInt(body.batch_id.replace('-', '').slice(0, 12), 16) - Date.now())).toBeLessThan(60_000);
  expect(response.headers.location).toBe(`/api/v1/batches/${body.batch_id}`);
  const stored = await readFile(join(api.dataDir, 'archive', hash(bytes).slice(0, 2), hash(bytes)));
  expect(stored.equals(bytes)).toBe(true);
  await woken;
  await listener.end();

  const original = await api.app.inject({ url: `/batches/${body.batch_id}/file`, headers: { host: 'localhost' } });
  expect(original.rawPayload.equals(bytes)).toBe(true);
  expect(original.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'content-disposition': `attachment; filename="_=1.csv"; filename*=UTF-8''%C3%84%3D1.csv`,
  });
  const url = `/batches/${body.batch_id}/file`;
  const head = await api.app.inject({ method: 'HEAD', url, headers: { host: 'localhost' } });
  expect(head.headers).toMatchObject({ 'content-length': String(bytes.length), etag: `"${hash(bytes)}"` });
  const known = { host: 'localhost', 'if-none-match': String(head.headers.etag) };
  const same = await api.app.inject({ url, headers: known });
  expect([same.statusCode, same.payload]).toEqual([304, '']);
  await rm(join(api.dataDir, 'archive'), { recursive: true });
  const gone = await api.app.inject({ url: `/batches/${body.batch_id}/file`, headers: { host: 'localhost' } });
  expect([gone.statusCode, gone.json().code]).toEqual([410, 'archive_missing']);
});

test.each(['before', 'after'])('fields %s the file are the same, and an alias names the source', async (order) => {
  const bytes = `order ${order}`;
  const fields = [
    { name: 'datasource', value: 'METRICS_1236' },
    { name: 'mapping', value: 'energy-hourly' },
    { name: 'dry_run', value: 'true' },
    { name: 'force', value: '' },
  ];
  const response = await upload(order === 'before' ? [...fields, file(bytes)] : [file(bytes), ...fields]);
  expect(response.json()).toMatchObject({
    datasource_id: meter,
    external_id: 'meter-1',
    dry_run: true,
    context: { options: { datasource: 'meter-1', mapping: 'energy-hourly' } },
  });
});

describe('the same bytes again', () => {
  test('are 409 with the first batch, whatever the file is called', async () => {
    const first = (await upload([file('same')])).json();
    const again = await upload(
      [file('same', 'meter-1-copy.csv'), { name: 'datasource', value: 'meter-1' }],
      '/api/v1/batches',
    );
    // The first one waits: its source is known from its name only, so the same name is the same file.
    expect(again.statusCode).toBe(202);
    const third = await upload([file('same', 'other-name.csv')], '/api/v1/batches');
    expect([third.statusCode, third.json().code, third.json().batch_id]).toEqual([
      409,
      'duplicate_file',
      first.batch_id,
    ]);
    expect(third.headers.link).toBe(`</api/v1/batches/${first.batch_id}>; rel="original"`);
  });

  test('go through when forced, as a dry run, after a failure, and for another source', async () => {
    const other = await addSource(api.database.pool, 'meter-9');
    const first = (await upload([file('again'), { name: 'datasource', value: 'meter-1' }])).json();
    const conflict = await upload([file('again'), { name: 'datasource', value: 'meter-1' }]);
    expect(conflict.statusCode).toBe(409);
    expect((await upload([file('again'), { name: 'force', value: 'true' }])).json().context.options.force).toBe(true);
    expect((await upload([file('again'), { name: 'dry_run', value: 'true' }])).statusCode).toBe(202);
    expect((await upload([file('again'), { name: 'datasource', value: 'meter-9' }])).json().datasource_id).toBe(other);
    await api.database.pool.query(`UPDATE ingest_batch SET status = 'failed' WHERE file_sha256 = $1`, [
      first.file_sha256,
    ]);
    expect((await upload([file('again')])).statusCode).toBe(202);
  });

  test('that were loaded from a folder are 409, too', async () => {
    const batch = await addBatch(api.database.pool, [meter], { file_sha256: hash('dropped') });
    expect((await upload([file('dropped', 'x.csv')])).json().batch_id).toBe(batch);
  });

  test('sent ten times at once make one batch', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => upload([file('at once')])));
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([202, ...Array(9).fill(409)]);
  });
});

describe('a datasource that nobody knows', () => {
  test('is left to the ingestor where new ones are made; the same bytes for it are then taken once', async () => {
    const open = await openApp({ NEW_DATASOURCES: 'create' });
    const send = async (datasource: string, bytes: string) => {
      const form = makeForm([file(bytes), { name: 'datasource', value: datasource }]);
      const answer = await open.app.inject({ method: 'POST', url: '/batches', ...withHost(form) });
      return { status: answer.statusCode, ...answer.json() };
    };
    try {
      const known = await addSource(open.database.pool, 'known');
      await addBatch(open.database.pool, [known], { file_sha256: hash('bytes') });
      const first = await send('new-1', 'bytes');
      expect(first).toMatchObject({
        status: 'pending',
        datasource_id: null,
        context: { options: { datasource: 'new-1' } },
      });
      expect(await send(' NEW-1', 'bytes')).toMatchObject({
        status: 409,
        code: 'duplicate_file',
        batch_id: first.batch_id,
      });
      expect(await send('new-2', 'bytes')).toMatchObject({
        status: 'pending',
        context: { options: { datasource: 'new-2' } },
      });
      expect(await send('known', 'bytes')).toMatchObject({ code: 'duplicate_file' });
    } finally {
      await open.close();
    }
  });
});

describe('what is refused leaves nothing behind', () => {
  test.each([
    ['no file', [{ name: 'mapping', value: 'x' }], 400, 'upload_missing'],
    ['an empty form', [], 400, 'upload_missing'],
    ['a file of 0 bytes', [file('')], 422, 'file_empty'],
    ['a file over the limit', [file(Buffer.alloc(3 * 1024 ** 2 + 1))], 413, 'file_too_large'],
    ['a body far over the limit', [file(Buffer.alloc(5 * 1024 ** 2))], 413, 'file_too_large'],
    ['an unknown datasource', [file('a'), { name: 'datasource', value: 'nobody' }], 404, 'datasource_unknown'],
    ['an unknown field', [file('a'), { name: 'colour', value: 'red' }], 400, 'invalid_request'],
    [
      'a field given twice',
      [file('a'), { name: 'mapping', value: 'a' }, { name: 'mapping', value: 'b' }],
      400,
      'invalid_request',
    ],
    ['a flag that is none', [file('a'), { name: 'force', value: 'yes' }], 400, 'invalid_request'],
    ['two files', [file('a'), file('b')], 400, 'invalid_request'],
    ['a file of another name', [{ ...file('a'), name: 'data' }], 400, 'invalid_request'],
    ['a prototype as a field', [file('a'), { name: '__proto__', value: 'x' }], 400, 'invalid_request'],
    [
      'a name with a line break in a field',
      [file('a'), { name: 'datasource', value: 'a\u0000b' }],
      400,
      'invalid_request',
    ],
  ] as [string, Part[], number, string][])('%s', async (_, parts, status, code) => {
    const before = await countBatches();
    const response = await upload(parts);
    expect([response.statusCode, response.json().code]).toEqual([status, code]);
    expect(await countBatches()).toBe(before);
  });

  test('a form that breaks off', async () => {
    const before = await countBatches();
    const form = makeForm([file('half')], { whole: false });
    const response = await api.app.inject({ method: 'POST', url: '/batches', ...withHost(form) });
    expect([response.statusCode, response.json().code]).toEqual([400, 'invalid_request']);
    expect(await countBatches()).toBe(before);
  });

  test('a body that is no form', async () => {
    const response = await api.app.inject({
      method: 'POST',
      url: '/batches',
      headers: { host: 'localhost' },
      payload: { file: 'x' },
    });
    expect([response.statusCode, response.json().code]).toEqual([415, 'media_type_unknown']);
  });

  test('a sender that goes away half way', async () => {
    const before = await countBatches();
    const form = makeForm([file(Buffer.alloc(1024 ** 2))]);
    const sent = request(`${origin}/batches`, {
      method: 'POST',
      headers: { ...form.headers, 'content-length': 2 * 1024 ** 2 },
    });
    sent.on('error', () => undefined);
    sent.write(form.payload.subarray(0, 512 * 1024));
    await expect.poll(async () => (await readdir(join(api.dataDir, 'spool'))).length).toBe(1);
    sent.destroy();
    await expect.poll(async () => readdir(join(api.dataDir, 'spool'))).toEqual([]);
    expect(await countBatches()).toBe(before);
  });
});

test('a sender that streams more than the limit without saying so gets to read why', async () => {
  const status = await new Promise((resolve, reject) => {
    const form = makeForm([file('x'.repeat(10))]);
    const sent = request(`${origin}/batches`, { method: 'POST', headers: form.headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
      sent.destroy();
    });
    sent.on('error', reject);
    sent.write(form.payload.subarray(0, 150));
    const chunk = Buffer.alloc(256 * 1024);
    const write = () => {
      while (!sent.destroyed && sent.write(chunk));
      if (!sent.destroyed) sent.once('drain', write);
    };
    write();
  });
  expect(status).toBe(413);
});
