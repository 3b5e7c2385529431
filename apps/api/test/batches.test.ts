import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addBatch, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

type Row = Record<string, unknown>;
let api: OpenApp;
let meter: number;
const ids: Record<string, string> = {};

beforeAll(async () => {
  api = await openApp();
  const { pool } = api.database;
  meter = await addSource(pool, 'meter-1');
  const second = await addSource(pool, 'meter-2');
  const counts = {
    records_read: 10,
    records_inserted: 6,
    records_updated: 1,
    records_unchanged: 1,
    records_skipped: 1,
    records_rejected: 1,
  };
  ids.done = await addBatch(pool, [meter], { ...counts, lines_read: 11, created_at: '2025-01-01T00:00Z' });
  ids.shared = await addBatch(pool, [meter, second], { dataset: 'energy_daily', created_at: '2025-01-02T00:00Z' });
  ids.failed = await addBatch(pool, [second], {
    status: 'failed',
    error: '{"code":"header_unknown"}',
    created_at: '2025-01-03T00:00Z',
  });
  ids.waiting = await addBatch(pool, [], { status: 'pending', source_type: 'upload', created_at: '2025-01-04T00:00Z' });
  await pool.query(
    `INSERT INTO ingest_rejection (batch_id, rejection_no, line, raw, errors) VALUES
     ($1, 1, 3, '{"Hourly": "=1+1"}', '[{"column":"Hourly","text":"=1+1","code":"not_a_number","message":"The text is not a number."}]'),
     ($1, 2, 5, '{"Hourly": "-3,5"}', '[{"column":"Hourly","text":"-3,5","code":"out_of_range","message":"@low, \\"quoted\\""},
                                        {"column":"=a","text":null,"code":"required","message":"m"}]')`,
    [ids.done],
  );
});
afterAll(() => api.close());

const get = (url: string, headers: Record<string, string> = {}) =>
  api.app.inject({ url, headers: { host: 'localhost', ...headers } });
const listIds = async (query: string) => (await get(`/batches?${query}`)).json().data.map((row: Row) => row.batch_id);

test('a batch shows its counts as numbers, what was loaded, and its source by name', async () => {
  expect((await get(`/batches/${ids.done}`)).json()).toMatchObject({
    batch_id: ids.done,
    external_id: 'meter-1',
    records_read: 10,
    records_loaded: 7,
    quality_score: 90,
    created_at: '2025-01-01T00:00:00.000Z',
  });
  expect((await get(`/batches/${ids.failed}`)).json().error).toEqual({ code: 'header_unknown' });
  expect((await get(`/batches/${ids.done!.toUpperCase()}`)).statusCode).toBe(200);
});

test('an unknown batch is 404', async () => {
  const response = await get('/batches/00000000-0000-7000-8000-000000000000/rejections');
  expect([response.statusCode, response.json().code]).toEqual([404, 'batch_unknown']);
});

test('the list is newest first and filters by all that is said', async () => {
  expect(await listIds('')).toEqual([ids.waiting, ids.failed, ids.shared, ids.done]);
  expect(await listIds('sort=created_at&page_size=1&page=2')).toEqual([ids.shared]);
  expect(await listIds('status=failed')).toEqual([ids.failed]);
  expect(await listIds('dataset=energy_daily')).toEqual([ids.shared]);
  expect(await listIds('source_type=upload')).toEqual([ids.waiting]);
  expect(await listIds('from=2025-01-02&to=2025-01-03T00:00:00Z')).toEqual([ids.shared]);
});

test('a source finds the batches that it shares with others, too', async () => {
  expect(await listIds(`datasource_id=${meter}`)).toEqual([ids.shared, ids.done]);
});

test('the summary adds up by dataset and status', async () => {
  const { data, total } = (await get('/batches/summary')).json();
  expect(data).toContainEqual(
    expect.objectContaining({ dataset: 'energy_hourly', status: 'completed', batches: 1, records_inserted: 6 }),
  );
  expect(total).toMatchObject({ batches: 4, records_read: 10, records_rejected: 1 });
  expect((await get('/batches/summary?from=2025-01-02&status=failed')).json().total.batches).toBe(1);
  expect((await get('/batches/summary?to=2020-01-01')).json()).toMatchObject({ data: [], total: { batches: 0 } });
});

describe('rejections', () => {
  test('come in pages with line, column, text, code, message and what to do', async () => {
    const body = (await get(`/batches/${ids.done}/rejections?page_size=1&page=2`)).json();
    expect(body).toMatchObject({ total: 2, total_pages: 2 });
    expect(body.data).toEqual([
      {
        rejection_no: 2,
        line: 5,
        raw: { Hourly: '-3,5' },
        errors: [
          {
            column: 'Hourly',
            text: '-3,5',
            code: 'out_of_range',
            message: '@low, "quoted"',
            remedy: 'Correct the value, or the limits in the mapping.',
          },
          { column: '=a', text: null, code: 'required', message: 'm', remedy: 'Fill in the cell.' },
        ],
      },
    ]);
  });

  test('as CSV are a line per cell, and nothing in them runs in a spreadsheet', async () => {
    const response = await get(`/batches/${ids.done}/rejections`, { accept: 'text/csv, application/json;q=0.5' });
    expect(response.headers['content-type']).toMatch(/^text\/csv/);
    expect(response.payload).toBe(
      [
        'line,column,text,code,message,raw',
        `3,Hourly,'=1+1,not_a_number,The text is not a number.,"{""Hourly"": ""=1+1""}"`,
        `5,Hourly,"-3,5",out_of_range,"'@low, ""quoted""","{""Hourly"": ""-3,5""}"`,
        `5,'=a,,required,m,"{""Hourly"": ""-3,5""}"`,
        '',
      ].join('\n'),
    );
  });
});

test('a batch without a file has none to give', async () => {
  const response = await get(`/batches/${ids.done}/file`);
  expect([response.statusCode, response.json().code]).toEqual([410, 'archive_missing']);
});
