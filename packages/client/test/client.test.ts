// The client against the real service: an API and an ingestor in processes of their own, a real database, a real key.
import { execFile } from 'node:child_process';
import { readFile, writeFile as writeText } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { makeTempDir, ROOT } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BatchEvent, type CeiClient, createClient, ProblemError, unwrap } from '../src/index.ts';
import { openService, type Service } from './support/open-service.ts';

let service: Service;
let client: CeiClient;

beforeAll(async () => {
  service = await openService();
  client = createClient(service);
  await service.pool.query(
    `INSERT INTO datasource (external_id, source_category, data_type, timezone)
     SELECT name, 'device', 'energy', 'UTC' FROM unnest($1::text[]) AS name`,
    [['meter-1', 'meter-2', 'meter-3', 'meter-4', 'meter-5']],
  );
}, 90_000);
afterAll(() => service?.close());

const writeFile = (rows: readonly string[]) => `Date and Time,Hourly\n${rows.join('\n')}\n`;
const collect = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
};
const stream = (text: string, size = 1_000) => {
  const bytes = Buffer.from(text);
  const count = Math.ceil(bytes.length / size);
  return Readable.from(Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size)));
};
const failure = (promise: Promise<unknown>): Promise<ProblemError> =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error as ProblemError,
  );
const readHourly = async (name: string) => {
  const query = { external_id: [name] };
  return (await unwrap(client.GET('/energy/hourly', { params: { query } }))).data;
};

test('a file is handed in, waited for, read, traced to its line, taken back and brought back', async () => {
  const content = stream(
    writeFile(['2025-01-01 00:00:00Z,1.5', '2025-01-01 01:00:00Z,2.25', '2025-01-01 02:00:00Z,x']),
  );
  const handed = await client.uploadFile({ content, name: 'meter-1-january.csv' });
  expect(handed.source_name).toBe('meter-1-january.csv');
  const seen: string[] = [];
  const batch = await client.waitForBatch(handed.batch_id, { onAnswer: ({ status }) => seen.push(status) });
  expect(batch).toMatchObject({ status: 'completed', records_inserted: 2, records_rejected: 1 });
  expect(seen.at(-1)).toBe('completed');

  expect(await readHourly('meter-1')).toMatchObject([
    { ts: '2025-01-01T00:00:00Z', energy_kwh: 1.5, batch_id: batch.batch_id, source_row: 2 },
    { ts: '2025-01-01T01:00:00Z', energy_kwh: 2.25, batch_id: batch.batch_id, source_row: 3 },
  ]);
  const traced = await unwrap(
    client.GET('/energy/hourly/provenance', {
      params: { query: { external_id: 'meter-1', at: '2025-01-01T01:00:00Z' } },
    }),
  );
  expect(traced.origin).toMatchObject({ line: 3, text: '2025-01-01 01:00:00Z,2.25', source_name: batch.source_name });
  const path = { batch_id: batch.batch_id };
  const refused = await collect(client.listAll('/batches/{batch_id}/rejections', { path }));
  expect(refused).toMatchObject([{ line: 4, errors: [{ text: 'x' }] }]);

  const undone = await unwrap(client.POST('/batches/{batch_id}/undo', { params: { path } }));
  expect((await client.waitForOperation(undone)).result).toMatchObject({ removed: 2 });
  expect(await readHourly('meter-1')).toEqual([]);
  const redone = await unwrap(client.POST('/batches/{batch_id}/redo', { params: { path } }));
  await client.waitForOperation(redone);
  expect((await readHourly('meter-1')).map((row) => row.energy_kwh)).toEqual([1.5, 2.25]);
});

describe('the content of an upload', () => {
  const row = (kwh: number) => writeFile([`2025-02-01 00:00:00Z,${kwh}`]);
  test.each([
    ['a Blob', () => new Blob([row(1)]), 1],
    ['bytes', () => Buffer.from(row(2)), 2],
    ['a stream of Node', () => stream(row(3), 7), 3],
    ['a web stream', () => new Blob([row(4)]).stream(), 4],
  ] as const)('may be %s', async (_, make, kwh) => {
    const { batch_id: id } = await client.uploadFile({
      content: make(),
      name: `a "b" ${kwh}.csv`,
      datasource: 'meter-2',
    });
    expect(await client.waitForBatch(id)).toMatchObject({ status: 'completed', source_name: `a %22b%22 ${kwh}.csv` });
    expect(await readHourly('meter-2')).toMatchObject([{ energy_kwh: kwh, batch_id: id }]);
  });

  test('is sent as it comes: of a stream that breaks nothing is stored, and its error is the answer', async () => {
    const broken = (async function* () {
      yield Buffer.from(row(5));
      await Promise.resolve();
      throw new Error('the disk is gone');
    })();
    const error = await failure(client.uploadFile({ content: broken, name: 'broken.csv', datasource: 'meter-2' }));
    expect(String(error.cause ?? error)).toContain('the disk is gone');
    const { total } = await unwrap(client.GET('/batches', { params: { query: { sort: '-created_at' } } }));
    const { rows } = await service.pool.query(
      "SELECT count(*)::int AS broken FROM ingest_batch WHERE source_name = 'broken.csv'",
    );
    expect([total > 0, rows[0]]).toEqual([true, { broken: 0 }]);
  });

  test('sent again with its key gets the same answer, and a dry run keeps nothing', async () => {
    const upload = {
      content: Buffer.from(row(6)),
      name: 'meter-3.csv',
      dry_run: true,
      idempotencyKey: 'once',
    } as const;
    const first = await client.uploadFile(upload);
    expect((await client.uploadFile(upload)).batch_id).toBe(first.batch_id);
    expect(await client.waitForBatch(first.batch_id)).toMatchObject({ dry_run: true });
    expect(await readHourly('meter-3')).toEqual([]);
  });
});

describe('lists', () => {
  test('of readings come row by row over as many pages as there are, each row once and in order', async () => {
    const hours = Array.from({ length: 25 }, (_, i) => new Date(Date.UTC(2025, 2, 1, i)).toISOString());
    const readings = hours.map((ts, i) => ({ external_id: 'meter-4', ts, energy_kwh: i }));
    const { data, response } = await client.POST('/energy/hourly', { body: readings });
    expect(response.status).toBe(200);
    expect(data).toMatchObject({ batch: { records_inserted: 25 }, rejections: [] });
    const asked: string[] = [];
    const counting = createClient({
      ...service,
      fetch: (request) => {
        asked.push(new URL(request.url).search);
        return fetch(request);
      },
    });
    const query = { external_id: ['meter-4'], limit: 10 };
    const rows = await collect(counting.listAll('/energy/hourly', { query }));
    expect(rows.map((row) => row.energy_kwh)).toEqual(hours.map((_, i) => i));
    expect(asked).toHaveLength(3);

    for await (const row of counting.listAll('/energy/hourly', { query })) if (row.energy_kwh === 3) break;
    expect(asked).toHaveLength(4);
  });

  test('that grow shorter while they are read just end', async () => {
    let asked = 0;
    const shrinking = createClient({
      baseUrl: 'http://localhost:1',
      fetch: async () => {
        const page = { data: [{ id: 1 }], total: 2, page: 1, page_size: 1, total_pages: 2 };
        const gone = { code: 'page_beyond_end', status: 400, title: '', detail: '', errors: [] };
        return asked++ === 0 ? Response.json(page) : Response.json(gone, { status: 400 });
      },
    });
    const rows = await collect(shrinking.listAll('/datasources', { query: { page_size: 1 } }));
    expect([rows, asked]).toEqual([[{ id: 1 }], 2]);
  });

  test('with numbered pages come whole', async () => {
    const sources = await collect(client.listAll('/datasources', { query: { sort: 'external_id', page_size: 2 } }));
    expect(sources.map((source) => source.external_id)).toEqual([
      'meter-1',
      'meter-2',
      'meter-3',
      'meter-4',
      'meter-5',
    ]);
  });

  test('end with the signal of whoever reads them', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const query = { external_id: ['meter-4'] };
    await expect(collect(client.listAll('/energy/hourly', { query, signal }))).rejects.toThrow('enough');
  });
});

test('exports stream', async () => {
  const { data } = await client.GET('/energy/hourly', {
    params: { query: { external_id: ['meter-4'], format: 'ndjson' } },
    parseAs: 'stream',
  });
  const lines = (await new Response(data!).text()).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).energy_kwh)).toEqual(Array.from({ length: 25 }, (_, i) => i));
});

test('the events of a batch end with the batch', async () => {
  const content = Buffer.from(writeFile(['2025-04-01 00:00:00Z,1']));
  const { batch_id: id } = await client.uploadFile({ content, name: 'meter-5.csv' });
  const events: BatchEvent[] = await collect(client.followBatch(id));
  expect(events[0]).toMatchObject({ event: 'status', data: { batch_id: id } });
  expect(events.at(-1)).toMatchObject({ event: 'done', data: { status: 'completed', records_inserted: 1 } });
});

describe('failures', () => {
  test('are returned by the plain methods and thrown by unwrap, with code and fields', async () => {
    const asked = () => client.GET('/energy/hourly', { params: { query: { external_id: ['nobody'] } } });
    const { data, error } = await asked();
    expect([data, error?.code, error?.status]).toEqual([undefined, 'datasource_unknown', 404]);
    const thrown = await failure(unwrap(asked()));
    expect(thrown).toBeInstanceOf(ProblemError);
    expect(thrown).toMatchObject({ code: 'datasource_unknown', status: 404 });
    expect(thrown.problem.errors).toEqual([{ field: 'external_id', message: 'there is no "nobody"' }]);
    expect(thrown.message).toBe('datasource_unknown: there is no "nobody"');
  });

  test('of a repeated upload name the first batch', async () => {
    const upload = { content: Buffer.from(writeFile(['2025-05-01 00:00:00Z,1'])), name: 'meter-5.csv' };
    const first = await client.uploadFile(upload);
    const thrown = await failure(client.uploadFile(upload));
    expect([thrown.code, thrown.problem.batch_id]).toEqual(['duplicate_file', first.batch_id]);
    await client.waitForBatch(first.batch_id);
  });

  test('of a load are thrown by who waits for it, with the code of the ingestor', async () => {
    const { batch_id: id } = await client.uploadFile({ content: Buffer.from('no,such\n1,2\n'), name: 'meter-5-x.csv' });
    const thrown = await failure(client.waitForBatch(id));
    expect([thrown.code, thrown.status, thrown.problem.batch_id]).toEqual(['header_unknown', undefined, id]);
  });

  test('of an operation, likewise', async () => {
    const { batch_id: id } = await client.uploadFile({
      ...{ content: Buffer.from(writeFile(['2025-06-01 00:00:00Z,1'])), name: 'meter-5-june.csv' },
    });
    await client.waitForBatch(id);
    const params = { path: { batch_id: id } };
    const thrown = await failure(unwrap(client.POST('/batches/{batch_id}/replay', { params, body: { mapping: 'x' } })));
    expect(thrown.code).toBe('mapping_unknown');
    const operation = { batch_id: id, id: Number(thrown.problem.operation_id) };
    expect((await failure(client.waitForOperation(operation))).code).toBe('mapping_unknown');
  });

  test('of a wrong key, and of a server that is not ours, are told apart', async () => {
    const stranger = createClient({ ...service, apiKey: 'cei_wrong' });
    expect(await failure(unwrap(stranger.GET('/batches')))).toMatchObject({ code: 'key_invalid', status: 401 });
    const proxy = createClient({
      ...service,
      fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' }),
    });
    expect(await failure(unwrap(proxy.GET('/batches')))).toMatchObject({ code: 'http_502', status: 502 });
  });
});

describe('waiting', () => {
  /** Answers with `answers` in turn, and then for ever with the last. */
  const answering = (...answers: (() => Response | Promise<Response>)[]) => {
    let asked = 0;
    const fake = createClient({
      ...service,
      fetch: async () => answers[Math.min(asked++, answers.length - 1)]!(),
    });
    return { fake, count: () => asked };
  };
  const json = (status: number, body: object, headers = {}) =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
  const id = '01a20665-1067-75d3-8e6d-26dcd2d5e893';
  const pending = () => json(200, { batch_id: id, status: 'pending' });

  test('goes on while the service is busy or starts anew', async () => {
    const { fake, count } = answering(
      pending,
      () => json(503, { code: 'database_unreachable' }, { 'retry-after': '0' }),
      () => Promise.reject(new TypeError('fetch failed')),
      () => json(200, { batch_id: id, status: 'completed' }),
    );
    expect(await fake.waitForBatch(id)).toMatchObject({ status: 'completed' });
    expect(count()).toBe(4);
  });

  test('ends with its signal', async () => {
    const { fake } = answering(pending);
    await expect(fake.waitForBatch(id, { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout|aborted/);
  });

  test('ends at once where there is no such batch', async () => {
    const thrown = await failure(client.waitForBatch(id));
    expect(thrown).toMatchObject({ code: 'batch_unknown', status: 404 });
  });
});

test('the example of docs/client.md does what it says', async () => {
  const page = await readFile(join(ROOT, 'docs/client.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? expect.unreachable('the page has no example');
  const folder = await makeTempDir();
  await service.pool.query(
    "INSERT INTO datasource (external_id, source_category, data_type, timezone) VALUES ('meter-01', 'device', 'energy', 'UTC')",
  );
  const rows = ['2025-01-01 00:00:00Z,1.5', '2025-01-01 01:00:00Z,x', '2025-01-01 02:00:00Z,2.25'];
  await writeText(join(folder.path, 'meter-01-2025.csv'), writeFile(rows));
  const source = pathToFileURL(join(ROOT, 'packages/client/src/index.ts')).href;
  const script = example.replace('@cei-inoe/client', source).replace('http://localhost:8000', service.baseUrl);
  await writeText(join(folder.path, 'example.mts'), script);
  const tsx = import.meta.resolve('tsx');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, 'example.mts'], {
    cwd: folder.path,
    env: { ...process.env, CEI_KEY: service.apiKey },
  });
  expect(stdout.split('\n')).toEqual([
    '2 readings, 1 refused',
    '2025-01-01T00:00:00Z 1.5',
    '2025-01-01T02:00:00Z 2.25',
    'meter-01-2025.csv 2 2025-01-01 00:00:00Z,1.5',
    '',
  ]);
  expect(await readHourly('meter-01')).toEqual([]);
  await folder.remove();
});
