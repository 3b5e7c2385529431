import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addBatch, addSource } from './support/fixtures.ts';
import { type OpenApp, openApp } from './support/open-app.ts';

let api: OpenApp;
let meter: number;
beforeAll(async () => {
  api = await openApp();
  meter = await addSource(api.database.pool, 'meter', { timezone: 'Asia/Nicosia' });
});
afterAll(() => api.close());

const column = (field: string, cell: number, more: object = {}) => ({
  field,
  cell,
  conversion: { shift: 0, multiply: 1, divide: 1 },
  ...more,
});

/** A completed batch of a file with these bytes, as the ingestor leaves it behind. */
async function addFile(content: Buffer, decisions: object, columns: Record<string, string> = {}): Promise<string> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const folder = join(api.dataDir, 'archive', sha256.slice(0, 2));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, sha256), content);
  const context = {
    zones: { meter: 'Asia/Nicosia' },
    decisions: {
      encoding: 'utf-8',
      dialect: { kind: 'csv', delimiter: ',', quote: '"' },
      header: ['Date and Time', 'Hourly'],
      header_line: 1,
      time_format: 'M/D/YYYY h:mm:ss A',
      columns: [column('ts', 0), column('energy_kwh', 1, { decimal: '.', group: '' })],
      ...decisions,
    },
  };
  return addBatch(api.database.pool, [meter], {
    file_sha256: sha256,
    source_name: 'meter-x.csv',
    mapping_name: 'energy_hourly',
    context: JSON.stringify(context),
    applied_at: '2025-06-01T00:00:00Z',
    ...columns,
  });
}
const addReading = (ts: string, kwh: number, batch: string, line: number | null) =>
  api.database.pool.query(
    'INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id, source_row) VALUES ($1, $2, $3, $4, $5)',
    [meter, ts, kwh, batch, line],
  );
const trace = async (at: string, path = '/energy/hourly', name = 'meter') => {
  const url = `${path}/provenance?external_id=${name}&at=${encodeURIComponent(at)}`;
  const response = await api.app.inject({ url, headers: { host: 'localhost' } });
  return { status: response.statusCode, body: response.json() };
};

test('a reading is traced to its batch, file, line, text and rules', async () => {
  const text = '01/15/2026 10:00:00 AM,"1.5"';
  const batch = await addFile(Buffer.from(`Date and Time,Hourly\n${text}\n01/15/2026 11:00:00 AM,2\n`), {
    columns: [
      column('ts', 0),
      column('energy_kwh', 1, { decimal: '.', group: '', conversion: { shift: 0, multiply: 1, divide: 1000 } }),
    ],
  });
  await addReading('2026-01-15T08:00Z', 0.0015, batch, 2);
  const { status, body } = await trace('2026-01-15T10:00:00+02:00');
  expect(status).toBe(200);
  expect(body.reading).toMatchObject({
    ts: '2026-01-15T08:00:00Z',
    energy_kwh: 0.0015,
    batch_id: batch,
    source_row: 2,
  });
  expect(body.origin).toMatchObject({
    batch_id: batch,
    source_name: 'meter-x.csv',
    mapping_name: 'energy_hourly',
    applied_at: '2025-06-01T00:00:00.000Z',
    line: 2,
    header: ['Date and Time', 'Hourly'],
    text,
    text_missing: null,
    time_format: 'M/D/YYYY h:mm:ss A',
    zone: 'Asia/Nicosia',
    columns: [
      { field: 'ts', column: 'Date and Time', conversion: null },
      { field: 'energy_kwh', column: 'Hourly', decimal: '.', conversion: '÷ 1000' },
    ],
  });
  expect(body.earlier).toEqual([]);
});

let days = 0;
test.each<[string, (text: string) => Buffer, object]>([
  ['in Windows-1252', (text) => Buffer.from(text, 'latin1'), { encoding: 'windows-1252' }],
  ['in UTF-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le'), { encoding: 'utf-16le', bom_bytes: 2 }],
  ['in gzip', (text) => gzipSync(text), { wrapping: 'gzip' }],
  ['with CR alone', (text) => Buffer.from(text.replaceAll('\n', '\r')), {}],
  ['with CRLF', (text) => Buffer.from(text.replaceAll('\n', '\r\n')), {}],
])('the line of a file %s is found', async (name, write, decisions) => {
  const lines = Array.from({ length: 30_000 }, (_, at) => `${name} é ${at + 1},x`);
  const batch = await addFile(write(lines.join('\n')), decisions);
  const ts = new Date(Date.UTC(2020, 0, ++days)).toISOString();
  await addReading(ts, 1, batch, 29_999);
  expect((await trace(ts)).body.origin).toMatchObject({ text: `${name} é 29999,x`, text_missing: null });
});

test('a record whose quotes go over line ends is shown whole', async () => {
  const batch = await addFile(Buffer.from('a,b\n"one\ntwo ""2""",3\nnext,4\n'), {});
  await addReading('2021-01-01T00:00:00Z', 3, batch, 2);
  expect((await trace('2021-01-01T00:00:00Z')).body.origin.text).toBe('"one\ntwo ""2""",3');
});

test('what stood there before is listed, the youngest first, also where nothing stands now', async () => {
  const [one, two, three] = [
    await addFile(Buffer.from('h\n1\n'), {}),
    await addFile(Buffer.from('h\n2\n'), {}),
    await addFile(Buffer.from('h\n3\n'), {}),
  ];
  const keep = (kwh: number, batch: string, from: string, to: string, by: string, reason: string) =>
    api.database.pool.query(
      `INSERT INTO fact_energy_hourly_history (datasource_id, ts, energy_kwh, batch_id, source_row, valid_from, valid_to, closed_by, reason)
       VALUES ($1, '2022-01-01T00:00Z', $2, $3, 2, $4, $5, $6, $7)`,
      [meter, kwh, batch, from, to, by, reason],
    );
  await keep(1, one, '2022-02-01T00:00Z', '2022-02-02T00:00Z', two, 'update');
  await keep(2, two, '2022-02-02T00:00Z', '2022-02-03T00:00Z', three, 'update');
  const before = (await trace('2022-01-01T00:00:00Z')).body;
  expect([before.reading, before.origin]).toEqual([null, null]);
  await addReading('2022-01-01T00:00Z', 3, three, 2);
  const { body } = await trace('2022-01-01T00:00:00Z');
  expect([body.reading.energy_kwh, body.origin.text]).toEqual([3, '3']);
  expect(body.earlier).toEqual(before.earlier);
  expect(body.earlier).toMatchObject([
    {
      reading: { energy_kwh: 2 },
      since: '2022-02-02T00:00:00.000Z',
      until: '2022-02-03T00:00:00.000Z',
      ended_by: three,
      origin: { batch_id: two, text: '2' },
    },
    { reading: { energy_kwh: 1 }, ended_by: two, reason: 'update', origin: { batch_id: one, text: '1' } },
  ]);
});

test('where the line cannot be shown, the reason is', async () => {
  const workbook = await addFile(Buffer.from('PK'), { dialect: { kind: 'workbook', sheet: 'Meters' } });
  await addReading('2023-01-01T00:00Z', 1, workbook, 7);
  expect((await trace('2023-01-01T00:00:00Z')).body.origin).toMatchObject({
    text: null,
    text_missing: expect.stringContaining('Row 7 of sheet Meters'),
  });
  const short = await addFile(Buffer.from('a\nb'), {});
  await addReading('2023-01-01T01:00Z', 1, short, 9);
  expect((await trace('2023-01-01T01:00:00Z')).body.origin.text_missing).toBe('The file ends before that line.');
  const gone = await addBatch(api.database.pool, [meter], {
    file_sha256: 'a'.repeat(64),
    context: '{"decisions":{"encoding":"utf-8","dialect":{"kind":"csv"},"header":[],"columns":[],"time_format":"x"}}',
  });
  await addReading('2023-01-01T02:00Z', 1, gone, 2);
  expect((await trace('2023-01-01T02:00:00Z')).body.origin.text_missing).toMatch(/archive|gone|there/i);
});

test.each([
  ['/energy/hourly/provenance?external_id=meter&at=2030-01-01T00:00:00Z', 404, 'not_found'],
  ['/energy/hourly/provenance?external_id=nobody&at=2030-01-01T00:00:00Z', 404, 'datasource_unknown'],
  ['/energy/hourly/provenance?external_id=meter&at=yesterday', 400, 'invalid_request'],
  ['/energy/hourly/provenance?external_id=meter', 400, 'invalid_request'],
  ['/energy/hourly/provenance?at=2030-01-01T00:00:00Z', 400, 'invalid_request'],
  ['/energy/daily/provenance?external_id=meter&at=2030-01-01T00:00:00Z', 400, 'invalid_request'],
  ['/energy/daily/provenance?external_id=meter&at=2030-01-01', 404, 'not_found'],
])('%s is answered with %i %s', async (url, status, code) => {
  const response = await api.app.inject({ url, headers: { host: 'localhost' } });
  expect([response.statusCode, response.json().code]).toEqual([status, code]);
});
