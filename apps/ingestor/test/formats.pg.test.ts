import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { utils, write } from '@e965/xlsx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { openUnwrapped } from '../src/stages/decode/unwrap.ts';
import { makeZip } from './support/make-zip.ts';
import { account, openTrial, type Trial, type TrialOptions } from './support/open-trial.ts';

let t: Trial;
let sources = 0;
beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

const CSV =
  'Date and Time,Hourly\n01/15/2025 10:00:00 AM,1.5\n01/15/2025 11:00:00 AM,lots\n01/15/2025 12:00:00 PM,0.25\n';
const GOOD = CSV.replace('lots', '2');
const SHEET = (() => {
  const sheet = utils.aoa_to_sheet([
    ['Date and Time', 'Hourly', 'Note'],
    ['2025-01-15 10:00:00', 1.5, ''],
    ['2025-01-15 11:00:00', 2, ''],
    ['2025-01-15 12:00:00', 0.25, ''],
  ]);
  return write({ SheetNames: ['a'], Sheets: { a: sheet } }, { type: 'buffer', bookType: 'xlsx' }) as Buffer;
})();
const zipOf = (name: string, bytes: Buffer) => makeZip([{ name, bytes }]);

/** Loads `bytes` for a new meter in Nicosia, and gives the account, or the code and message of the failure, and what is stored. */
async function load(bytes: Buffer | string, options: TrialOptions = {}, name = 'export.dat') {
  const meter = `f${++sources}`;
  const id = await t.addSource(meter);
  const result = await t.load(name, bytes, { datasource: meter, ...options });
  const rows = await t.query<{ at: string; kwh: number; line: number }>(
    `SELECT to_char(ts AT TIME ZONE 'UTC', 'MM-DD HH24:MI') AS at, energy_kwh AS kwh, source_row AS line FROM fact_energy_hourly
     WHERE datasource_id = $1 ORDER BY ts`,
    [id],
  );
  const { outcome } = result;
  const said = outcome.kind === 'failed' ? `${outcome.fault.code}: ${outcome.fault.message}` : account(result);
  return { said, rows, batchId: result.batchId };
}
const THREE = [
  { at: '01-15 08:00', kwh: 1.5, line: 2 },
  { at: '01-15 09:00', kwh: 2, line: 3 },
  { at: '01-15 10:00', kwh: 0.25, line: 4 },
];

describe('an archive around a file', () => {
  it.each<[string, Buffer, string]>([
    ['gzip around CSV', gzipSync(GOOD), 'export.csv.gz'],
    ['gzip in two members', Buffer.concat([gzipSync(GOOD.slice(0, 40)), gzipSync(GOOD.slice(40))]), 'export.csv.gz'],
    ['gzip around a workbook', gzipSync(SHEET), 'export.xlsx.gz'],
    ['zip around CSV', zipOf('export.csv', Buffer.from(GOOD)), 'export.zip'],
    ['zip around a workbook', zipOf('in/export.xlsx', SHEET), 'export.zip'],
    [
      'zip with what systems put beside',
      makeZip([
        { name: 'in/', bytes: Buffer.alloc(0) },
        { name: '__MACOSX/in/._export.csv', bytes: Buffer.from('x') },
        { name: 'in/.DS_Store', bytes: Buffer.from('x') },
        { name: 'in/export.csv', bytes: Buffer.from(GOOD) },
      ]),
      'export.zip',
    ],
    ['a workbook, which is an archive itself', SHEET, 'export.xlsx'],
  ])('is taken off: %s', async (_, bytes, name) => {
    const { said, rows } = await load(bytes, {}, name);
    expect(said).toBe('3 = 3+0~ 0= 0- 0!');
    expect(rows).toEqual(THREE);
  });

  it('is taken off again when a batch is read again, and what is refused comes back as a row of the file inside', async () => {
    const { said, batchId } = await load(gzipSync(CSV), {}, 'export.csv.gz');
    expect(said).toBe('3 = 2+0~ 0= 0- 1!');
    const quiet = { requestedBy: null, dryRun: false };
    expect(await undoBatch(t.around, batchId, quiet)).toMatchObject({ removed: 2 });
    expect(await redoBatch(t.around, batchId, quiet)).toMatchObject({ added: 2 });
    const [refused] = await t.query<{ raw: unknown }>('SELECT raw FROM ingest_rejection WHERE batch_id = $1', [
      batchId,
    ]);
    expect(refused!.raw).toEqual({ 'Date and Time': '01/15/2025 11:00:00 AM', Hourly: 'lots' });
  });

  const one = { name: 'a.csv', bytes: Buffer.from(GOOD) };
  it.each<[string, Buffer, string]>([
    [
      'with several files',
      makeZip([one, { name: 'b.csv', bytes: Buffer.from('x') }]),
      'archive_members: The archive has 2 files: a.csv, b.csv.',
    ],
    ['with none', makeZip([]), 'archive_members: '],
    ['in an archive', gzipSync(gzipSync(GOOD)), 'archive_nested: '],
    ['in an archive', zipOf('a.zip', zipOf('a.csv', Buffer.from(GOOD))), 'archive_nested: '],
    ['with a password', makeZip([{ ...one, says: { flags: 1 } }]), 'archive_encrypted: '],
    ['that is cut off', gzipSync(GOOD).subarray(0, -12), 'archive_broken: '],
    ['that is cut off', zipOf('a.csv', Buffer.from(GOOD)).subarray(0, -30), ''],
    ['that lies about its size', makeZip([{ ...one, says: { size: 10 } }]), 'archive_broken: '],
    ['that lies about its content', makeZip([{ ...one, says: { crc: 1 } }]), 'archive_broken: '],
    ['around nothing', gzipSync(''), 'file_empty: '],
    ['around a picture', gzipSync(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')), 'format_unknown: '],
  ])('%s is refused, and nothing of it is loaded', async (_, bytes, expected) => {
    const { said, rows } = await load(bytes, {}, 'export.zip');
    expect(said).toContain(expected);
    expect(said).not.toMatch(/^internal|^\d/);
    expect(rows).toEqual([]);
  });

  it('is unpacked as far as its limits, and no further', async () => {
    const path = join(t.dir, 'bomb.gz');
    await writeFile(path, gzipSync(Buffer.alloc(4 * 1024 * 1024)));
    const limits = { maxBytes: 1024 ** 3, maxRatio: 300, ratioMattersBytes: 1024 * 1024 };
    let bytes = 0;
    const take = async () => {
      for await (const piece of openUnwrapped(path, 'gzip', undefined, limits)) bytes += piece.length;
    };
    await expect(take()).rejects.toMatchObject({ code: 'unpacked_too_large' });
    expect(bytes).toBeLessThan(3 * 1024 * 1024);
  });
});

const JSON_MAPPING = `
dataset: energy_hourly
file: { format: json, records: energy.values, carry: { unit: energy.unit } }
rows: { unit: '^Wh$' }
columns: { date: ts, value: { to: energy_kwh, unit: Wh, when_missing: skip } }
time: { format: "yyyy-MM-dd HH:mm:ss" }
`;
const DOCUMENT = JSON.stringify({
  energy: {
    values: [
      { date: '2025-01-15 10:00:00', value: 1500.0 },
      { date: '2025-01-15 11:00:00', value: null },
      { date: '2025-01-15 12:00:00', value: 'x' },
    ],
    unit: 'Wh',
  },
});

describe('JSON', () => {
  const options = { mapping: 'mine', mappings: { mine: JSON_MAPPING } };
  it('is loaded by a path, with a unit from elsewhere in the document', async () => {
    const { said, rows, batchId } = await load(DOCUMENT, options, 'solar.json');
    expect(said).toBe('3 = 1+0~ 0= 1- 1!');
    expect(rows).toEqual([{ at: '01-15 08:00', kwh: 1.5, line: 1 }]);
    const quiet = { requestedBy: null, dryRun: false };
    await undoBatch(t.around, batchId, quiet);
    expect(await redoBatch(t.around, batchId, quiet)).toMatchObject({ added: 1 });
  });

  it('whose carried unit is another is not of this mapping', async () => {
    const { said } = await load(DOCUMENT.replace('"Wh"', '"kWh"'), options, 'solar.json');
    expect(said).toContain('no_records');
  });

  it('in UTF-16 and in an archive is the same', async () => {
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(DOCUMENT, 'utf16le')]);
    expect((await load(gzipSync(wide), options, 'solar.json.gz')).said).toBe('3 = 1+0~ 0= 1- 1!');
  });

  it('without a mapping of its own is loaded by one whose columns it has', async () => {
    const text = JSON.stringify([{ 'Date and Time': '2025-01-15 10:00:00', Hourly: 2.5, more: { x: 1 } }]);
    expect((await load(text, {}, 'a.json')).rows).toEqual([{ at: '01-15 08:00', kwh: 2.5, line: 1 }]);
    const lines = `${text.slice(1, -1)}\n{"Date and Time":\n{"Date and Time":"2025-01-15 11:00:00","Hourly":1}\n`;
    const { said, rows } = await load(lines, {}, 'a.ndjson');
    expect(said).toBe('3 = 2+0~ 0= 0- 1!');
    expect(rows.map((row) => row.line)).toEqual([1, 3]);
  });

  it('that was refused in part comes back as CSV, and is loaded when corrected', async () => {
    const meter = `f${++sources}`;
    const id = await t.addSource(meter);
    const lines =
      '{"Date and Time":"2025-01-15 10:00:00","Hourly":"1,5x"}\n{"Date and Time":"2025-01-15 11:00:00","Hourly":1}\n';
    await t.load(`${meter}-a.ndjson`, lines);
    const corrected = 'Date and Time,Hourly,_line,_code,_message\n2025-01-15 10:00:00,1.5,1,not_a_number,x\n';
    expect(account(await t.load(`${meter}-a.rejects.csv`, corrected))).toBe('1 = 1+0~ 0= 0- 0!');
    const rows = await t.query('SELECT energy_kwh FROM fact_energy_hourly WHERE datasource_id = $1 ORDER BY ts', [id]);
    expect(rows).toEqual([{ energy_kwh: 1.5 }, { energy_kwh: 1 }]);
  });
});

describe('a header', () => {
  const use = (file: string, columns = '{ Time: ts, "Energy total kWh": energy_kwh }', more = '') => ({
    mapping: 'mine',
    mappings: { mine: `dataset: energy_hourly\nfile: ${file}\ncolumns: ${columns}\ntime: { format: iso }\n${more}` },
  });
  it('of several rows is joined, the upper cells reaching to the right', async () => {
    const text = 'Report of January,,\n,Energy,,\nTime,total,peak,\n,kWh,kW,\n2025-01-15T08:00:00Z,1.5,9,\n';
    const { said, rows } = await load(text, use('{ header_rows: 3 }'));
    expect(said).toBe('1 = 1+0~ 0= 0- 0!');
    expect(rows).toEqual([{ at: '01-15 08:00', kwh: 1.5, line: 5 }]);
  });

  it('that is not there is given by the mapping, and the first row is a record', async () => {
    const text = '2025-01-15T08:00:00Z,1.5\n2025-01-15T09:00:00Z,x\n';
    const given = use('{ header: [Time, kWh] }', '{ Time: ts, kWh: energy_kwh }');
    const { said, rows, batchId } = await load(text, given);
    expect(said).toBe('2 = 1+0~ 0= 0- 1!');
    expect(rows).toEqual([{ at: '01-15 08:00', kwh: 1.5, line: 1 }]);
    const [refused] = await t.query<{ raw: unknown }>('SELECT raw FROM ingest_rejection WHERE batch_id = $1', [
      batchId,
    ]);
    expect(refused!.raw).toEqual({ Time: '2025-01-15T09:00:00Z', kWh: 'x' });
  });

  it('given by a mapping counts only where that is meant, and only for as many cells', async () => {
    const given = use('{ header: [Time, kWh] }', '{ Time: ts, kWh: energy_kwh }', "match: { filename: '^solar' }\n");
    const text = '2025-01-15T08:00:00Z,1.5\n';
    const unnamed = { mappings: given.mappings };
    expect((await load(text, unnamed, 'solar.csv')).said).toBe('1 = 1+0~ 0= 0- 0!');
    expect((await load(text, unnamed, 'other.csv')).said).toContain('header_unknown');
    expect((await load('2025-01-15T08:00:00Z,1.5,9\n', given)).said).toContain('header_unknown');
  });
});

describe('what a mapping pins', () => {
  it('counts beside other mappings too', async () => {
    const pinned = `
dataset: energy_hourly
file: { encoding: windows-1252, delimiter: ";" }
columns: { "Zeit": ts, "Energie für heute": energy_kwh }
time: { format: iso }
`;
    const text = Buffer.from('Zeit;Energie für heute\n2025-01-15T08:00:00Z;1.5\n', 'latin1');
    expect((await load(text, { mappings: { mine: pinned } })).said).toBe('1 = 1+0~ 0= 0- 0!');
  });
});

it('an error of the spreadsheet counts only in a column that is read', async () => {
  const sheet = utils.aoa_to_sheet([
    ['Date and Time', 'Hourly', 'Note'],
    ['2025-01-15 10:00:00', 1.5, ''],
    ['2025-01-15 11:00:00', 2, ''],
  ]);
  sheet.C2 = { t: 'e', v: 0x2a };
  sheet.B3 = { t: 'e', v: 0x2a };
  const bytes = write({ SheetNames: ['a'], Sheets: { a: sheet } }, { type: 'buffer', bookType: 'xlsx' }) as Buffer;
  const { said, rows, batchId } = await load(bytes, {}, 'a.xlsx');
  expect(said).toBe('2 = 1+0~ 0= 0- 1!');
  expect(rows.map((row) => row.line)).toEqual([2]);
  const [refused] = await t.query<{ errors: { code: string }[] }>(
    'SELECT errors FROM ingest_rejection WHERE batch_id = $1',
    [batchId],
  );
  expect(refused!.errors[0]!.code).toBe('cell_error');
});

it('a workbook says which of its sheets were not read, whether it is loaded or refused', async () => {
  const hours = utils.aoa_to_sheet([
    ['Date and Time', 'Hourly'],
    ['2025-01-15 10:00:00', 1.5],
  ]);
  const about = utils.aoa_to_sheet([['About'], ['this report']]);
  const Workbook = { Sheets: [{ name: 'Jan' }, { name: 'Feb' }, { name: 'Old', Hidden: 1 as const }] };
  const make = (SheetNames: string[], Sheets: Record<string, typeof hours>) =>
    write({ SheetNames, Sheets, Workbook }, { type: 'buffer', bookType: 'xlsx' }) as Buffer;
  const loaded = await load(make(['Jan', 'Feb', 'Old'], { Jan: hours, Feb: hours, Old: about }), {}, 'a.xlsx');
  expect(loaded.said).toBe('1 = 1+0~ 0= 0- 0!');
  const notices = await t.query(
    `SELECT check_name, sample_failures AS samples FROM data_quality_check WHERE batch_id = $1 AND check_type = 'notice'`,
    [loaded.batchId],
  );
  expect(notices).toEqual([{ check_name: 'sheet_unread', samples: [{ line: 0, text: 'Feb' }] }]);
  // GET /batches/{id} shows the context.
  expect((await t.batch(loaded.batchId)).context).toMatchObject({
    notices: [{ code: 'sheet_unread', count: 1, samples: [{ line: 0, text: 'Feb' }] }],
  });
  const refused = await load(make(['Info', 'Data', 'Old'], { Info: about, Data: hours, Old: about }), {}, 'a.xlsx');
  expect(refused.said).toMatch(/^header_unknown: .*Sheets that were not looked at: "Data"; file\.sheet names one\.$/);
});

it('the archive keeps the bytes as they came', async () => {
  const bytes = gzipSync(GOOD);
  const { batchId } = await load(bytes, {}, 'export.csv.gz');
  const { file_sha256: hash } = await t.batch(batchId);
  expect(await readFile(t.around.archive.path(String(hash)))).toEqual(bytes);
});
