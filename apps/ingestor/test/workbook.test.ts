// Promises of the workbook parser, on workbooks made here and, where they are, on real ones.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { type BookType, read, utils, type WorkBook, write } from '@e965/xlsx';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { ROW_FLAWS, readCells } from '../src/model/records.ts';
import { listSheets, parseWorkbook, type SheetOptions } from '../src/stages/parse/workbook.ts';
import { writeDecimal } from '../src/stages/parse/workbook-cell.ts';

const folder = mkdtempSync(join(tmpdir(), 'workbooks-'));
const zone = process.env.TZ;
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

let made = 0;
function save(bytes: Buffer): string {
  const path = join(folder, `${++made}.bin`);
  writeFileSync(path, bytes);
  return path;
}

type Rows = { line: number; flaw: number; cells: string[] }[];

async function parse(path: string, options: Partial<SheetOptions> = {}): Promise<Rows> {
  const rows: Rows = [];
  for await (const chunk of parseWorkbook(path, { sheet: 1, fileName: 'readings.xlsx', ...options })) {
    for (let row = 0; row < chunk.rows; row++) {
      rows.push({ line: chunk.lines[row]!, flaw: chunk.flaws[row]!, cells: readCells(chunk, row) });
    }
  }
  return rows;
}

const textsOf = (rows: Rows) => rows.map((row) => row.cells);
const fails = (code: string, message?: RegExp) =>
  expect.objectContaining(message === undefined ? { code } : { code, message: expect.stringMatching(message) });

type Cell = string | number | boolean | null | { t: string; v: unknown; z?: string };

function makeBook(sheets: Record<string, Cell[][]>): WorkBook {
  const book = utils.book_new();
  for (const [name, rows] of Object.entries(sheets)) {
    const sheet = utils.aoa_to_sheet(
      rows.map((row) => row.map((cell) => (cell !== null && typeof cell === 'object' ? null : cell))),
    );
    rows.forEach((row, r) => {
      row.forEach((cell, c) => {
        if (cell !== null && typeof cell === 'object') sheet[utils.encode_cell({ r, c })] = cell;
      });
    });
    sheet['!ref'] = utils.encode_range({
      s: { r: 0, c: 0 },
      e: { r: rows.length - 1, c: Math.max(...rows.map((row) => row.length)) - 1 },
    });
    utils.book_append_sheet(book, sheet, name);
  }
  return book;
}

const saveBook = (book: WorkBook, bookType: BookType = 'xlsx') =>
  save(write(book, { type: 'buffer', bookType, compression: true }));

const at = (serial: number, z = 'yyyy-mm-dd hh:mm'): Cell => ({ t: 'n', v: serial, z });

describe.each<BookType>(['xlsx', 'xls', 'ods', 'xlsb'])('%s', (bookType) => {
  test('gives texts, numbers, booleans and dates as they are stored', async () => {
    const path = saveBook(
      makeBook({
        Data: [
          ['time', 'kWh', 'ok'],
          [at(45_292.041666666664), 1.5, true],
          [at(45_292, 'yyyy-mm-dd'), 0.1 + 0.2, false],
          [' x ', -1e-7, 'é€'],
        ],
      }),
      bookType,
    );
    expect(textsOf(await parse(path))).toEqual([
      ['time', 'kWh', 'ok'],
      ['2024-01-01 01:00:00', '1.5', 'TRUE'],
      ['2024-01-01', '0.30000000000000004', 'FALSE'],
      [' x ', '-0.0000001', 'é€'],
    ]);
  });

  test('leaves empty rows out, counts them, and gives every row the width of the sheet', async () => {
    const path = saveBook(
      makeBook({ Data: [['title'], [null], ['a', 'b', 'c'], [null], [1, null, 3], [1], [null, null, null, null]] }),
      bookType,
    );
    expect(await parse(path)).toEqual([
      { line: 1, flaw: 0, cells: ['title', '', ''] },
      { line: 3, flaw: 0, cells: ['a', 'b', 'c'] },
      { line: 5, flaw: 0, cells: ['1', '', '3'] },
      { line: 6, flaw: 0, cells: ['1', '', ''] },
    ]);
  });

  test('has sheets by name and number', async () => {
    const path = saveBook(makeBook({ First: [['one']], Second: [['two']] }), bookType);
    expect(await listSheets(path, { fileName: 'a' })).toEqual(['First', 'Second']);
    expect(textsOf(await parse(path, { sheet: 2 }))).toEqual([['two']]);
    expect(textsOf(await parse(path, { sheet: 'second ' }))).toEqual([['two']]);
    await expect(parse(path, { sheet: 'Third' })).rejects.toEqual(fails('sheet_unknown', /1 "First", 2 "Second"/));
    await expect(parse(path, { sheet: 3 })).rejects.toEqual(fails('sheet_unknown'));
  });

  test('gives the same dates whatever the zone of the process', async () => {
    const path = saveBook(makeBook({ Data: [[at(45_382 + 2.5 / 24), at(44_197, 'm/d/yy')]] }), bookType);
    for (const name of ['UTC', 'America/Los_Angeles', 'Asia/Nicosia', 'Pacific/Apia']) {
      process.env.TZ = name;
      expect(textsOf(await parse(path))).toEqual([['2024-03-31 02:30:00', '2021-01-01']]);
    }
  });

  test('in the 1904 system dates are those that the workbook shows', async () => {
    const book = makeBook({ Data: [[at(42_735, 'yyyy-mm-dd')]] });
    book.Workbook = { WBProps: { date1904: true } };
    const bytes: Buffer = write(book, { type: 'buffer', bookType });
    const stored = read(bytes, { type: 'buffer', cellNF: true });
    // Not every format can say it.
    if (stored.Workbook?.WBProps?.date1904 !== true) return;
    const serial = Number(stored.Sheets.Data!.A1.v);
    const day = new Date(Date.UTC(1904, 0, 1) + serial * 86_400_000).toISOString().slice(0, 10);
    expect(textsOf(await parse(save(bytes)))).toEqual([[day]]);
  });
});

test('an error cell refuses its row and shows the error', async () => {
  const path = saveBook(
    makeBook({
      Data: [
        ['a', 'b'],
        [1, { t: 'e', v: 0x2a }],
        [{ t: 'e', v: 0x07 }, 2],
        [3, 4],
      ],
    }),
  );
  expect(await parse(path)).toEqual([
    { line: 1, flaw: 0, cells: ['a', 'b'] },
    { line: 2, flaw: ROW_FLAWS.cellError, cells: ['1', '#N/A'] },
    { line: 3, flaw: ROW_FLAWS.cellError, cells: ['#DIV/0!', '2'] },
    { line: 4, flaw: 0, cells: ['3', '4'] },
  ]);
});

test('the 29 February 1900, which never was, refuses its row', async () => {
  const rows = await parse(saveBook(makeBook({ Data: [[at(59)], [at(60)], [at(61)]] })));
  expect(rows.map((row) => row.flaw)).toEqual([0, ROW_FLAWS.cellError, 0]);
});

test('a hidden sheet is not counted, but has its name', async () => {
  const book = makeBook({ Lookup: [['x']], Data: [['y']] });
  book.Workbook = { Sheets: [{ Hidden: 1 }, { Hidden: 0 }] };
  const path = saveBook(book);
  expect(await listSheets(path, { fileName: 'a' })).toEqual(['Data']);
  expect(textsOf(await parse(path))).toEqual([['y']]);
  expect(textsOf(await parse(path, { sheet: 'Lookup' }))).toEqual([['x']]);
});

test('a large sheet comes in chunks, in order, and may be left in the middle', async () => {
  const rows = Array.from({ length: 40_000 }, (_, row) => [row, row / 8]);
  const path = saveBook(makeBook({ Data: rows }));
  expect(textsOf(await parse(path))).toEqual(rows.map((row) => row.map(String)));
  for await (const chunk of parseWorkbook(path, { sheet: 1, fileName: 'a' })) {
    expect(chunk.rows).toBeGreaterThan(1000);
    break;
  }
});

test('chunks stay as they are while the next ones are written', async () => {
  const path = saveBook(makeBook({ Data: Array.from({ length: 40_000 }, (_, row) => [row]) }));
  for await (const chunk of parseWorkbook(path, { sheet: 1, fileName: 'a' })) {
    const before = Buffer.from(chunk.bytes);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(chunk.bytes.equals(before)).toBe(true);
  }
});

test.each([
  [1e21, '1000000000000000000000'],
  [1.5e22, '15000000000000000000000'],
  [-2.5e-9, '-0.0000000025'],
  [1e-7, '0.0000001'],
  [1.234e-5, '0.00001234'],
  [123.456, '123.456'],
  [-0, '0'],
  [Number.MAX_VALUE, `17976931348623157${'0'.repeat(292)}`],
])('the number %d is written without exponent', (value, text) => {
  expect(writeDecimal(value)).toBe(text);
  expect(Number(writeDecimal(value)) === value).toBe(true);
});

interface Part {
  name: string;
  content: Buffer | string;
  /** What the headers say of its size, if not the truth. */
  claimed?: number;
}

/** A zip archive by hand, as no library writes the broken ones. */
function zip(parts: Part[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claimed } of parts) {
    const raw = Buffer.from(content);
    const packed = deflateRawSync(raw);
    const sizes = Buffer.alloc(16);
    sizes.writeUInt32LE(crc32(raw), 0);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(claimed ?? raw.length, 8);
    sizes.writeUInt16LE(name.length, 12);
    const fixed = Buffer.from([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fixed, sizes, Buffer.from(name), packed]);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), fixed, sizes, where, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

const HEAD = '<?xml version="1.0"?>';
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const sheetXml = (rows: string) => `${HEAD}<worksheet ${MAIN}><sheetData>${rows}</sheetData></worksheet>`;
const makeParts = (sheet: string | Buffer, claimed?: number): Part[] => [
  {
    name: '[Content_Types].xml',
    content: `${HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
  },
  {
    name: 'xl/workbook.xml',
    content: `${HEAD}<workbook ${MAIN}><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  },
  {
    name: 'xl/_rels/workbook.xml.rels',
    content: `${HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
  },
  { name: 'xl/worksheets/sheet1.xml', content: sheet, ...(claimed === undefined ? {} : { claimed }) },
];
const ROW = '<row r="1"><c r="A1"><v>1</v></c></row>';

test('a formula gives the value saved with it, and none where none was saved', async () => {
  const path = save(
    zip(
      makeParts(
        sheetXml('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>A1</f></c><c r="C1"><v>3</v></c></row>'),
      ),
    ),
  );
  expect(textsOf(await parse(path))).toEqual([['2', '', '3']]);
});

describe('refused, within a second or so and little memory, is', () => {
  const refuse = async (bytes: Buffer, code: string, message?: RegExp, options: Partial<SheetOptions> = {}) => {
    await expect(parse(save(bytes), options)).rejects.toEqual(fails(code, message));
  };

  test('nothing that is whole', async () => {
    expect(textsOf(await parse(save(zip(makeParts(sheetXml(ROW))))))).toEqual([['1']]);
  });

  test('a bomb that says so', async () => {
    const before = process.memoryUsage().rss;
    await refuse(zip(makeParts(Buffer.alloc(1 << 20), 1 << 30)), 'workbook_too_large', /would become 1073742/);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(150);
  });

  test('a bomb that denies it', async () => {
    await refuse(zip(makeParts(Buffer.alloc(64 << 20), 1000)), 'workbook_too_large', /larger than/);
  });

  test('a bomb under the limit by its density', async () => {
    await refuse(zip(makeParts(Buffer.alloc(100 << 20))), 'workbook_too_large', /300 times/);
  });

  test('a bomb of the same entry many times', async () => {
    const bytes = zip(makeParts(Buffer.alloc(1 << 20)));
    const start = bytes.readUInt32LE(bytes.length - 6);
    const directory = bytes.subarray(start, bytes.length - 22);
    const end = Buffer.from(bytes.subarray(-22));
    end.writeUInt16LE(4 * 500, 10);
    await refuse(Buffer.concat([bytes.subarray(0, start), ...Array(500).fill(directory), end]), 'workbook_too_large');
  });

  test('an archive of too many entries', async () => {
    const parts = Array.from({ length: 10_001 }, (_, i) => ({ name: `${i}`, content: '' }));
    await refuse(zip(parts), 'workbook_too_large', /10001 entries/);
  });

  test('an archive whose sizes are not true', async () => {
    await refuse(zip(makeParts(sheetXml(ROW), 5000)), 'workbook_broken', /size/);
  });

  test('an archive cut off', async () => {
    await refuse(zip(makeParts(sheetXml(ROW))).subarray(0, -40), 'workbook_broken', /incomplete/);
  });

  test('an archive with a flipped bit', async () => {
    const bytes = write(makeBook({ Data: [['some text', 1.25]] }), { type: 'buffer', bookType: 'xlsx' });
    bytes[bytes.indexOf('some text')] ^= 1;
    await refuse(bytes, 'workbook_broken', /checksum/);
  });

  test('a sheet that ends in the middle', async () => {
    await refuse(zip(makeParts(sheetXml(ROW).slice(0, -20))), 'workbook_broken', /well-formed/);
  });

  test('an entity bomb', async () => {
    const bomb = `${HEAD}<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet ${MAIN}><sheetData>${ROW}</sheetData></worksheet>`;
    await refuse(zip(makeParts(bomb)), 'workbook_broken', /entities/);
  });

  test('a text that the workbook does not have', async () => {
    await refuse(zip(makeParts(sheetXml('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'))), 'workbook_broken');
  });

  test('an archive without a workbook', async () => {
    await refuse(zip([{ name: 'a.csv', content: 'a,b' }]), 'workbook_broken');
  });

  test('a file that is no workbook at all', async () => {
    await refuse(Buffer.from('a,b\n'), 'workbook_broken');
    await refuse(Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'workbook_broken');
  });

  test('a stray cell in the last column of a long sheet', async () => {
    const rows = Array.from({ length: 3000 }, (_, r) => `<row r="${r + 1}"><c r="A${r + 1}"><v>1</v></c></row>`).join(
      '',
    );
    await refuse(
      zip(makeParts(sheetXml(`${rows}<row r="3001"><c r="XFD3001"><v>1</v></c></row>`))),
      'workbook_too_large',
      /columns/,
    );
  });

  test('a workbook that takes too long', async () => {
    await refuse(zip(makeParts(sheetXml(ROW))), 'workbook_too_large', /within/, { timeoutMs: 1 });
  });

  test('a workbook that takes too much memory', async () => {
    const row = (r: number) => `<row r="${r}">${'<c><v>1</v></c>'.repeat(20)}</row>`;
    const sheet = sheetXml(Array.from({ length: 60_000 }, (_, r) => row(r + 1)).join(''));
    await refuse(zip(makeParts(sheet)), 'workbook_too_large', /memory/, { heapMb: 48 });
  });
});

const corpus = join(process.env.CORPUS_DIR ?? '/nowhere', 'xlsx');
describe.skipIf(!existsSync(corpus))('real workbooks', () => {
  const real = (name: string) => parse(join(corpus, name), { fileName: name });

  test.each(['date.xlsx', 'date.xls', 'date_1904.xlsx', 'date_1904.xls'])('%s', async (name) => {
    expect(textsOf(await real(name))).toEqual([
      ['2021-01-01', '15'],
      ['2021-01-02', '16'],
      ['255:10:10', '17'],
    ]);
  });

  test('date_iso.xlsx', async () => {
    expect(textsOf(await real('date_iso.xlsx')).slice(0, 3)).toEqual([
      ['2021-01-01'],
      ['2021-01-01 10:10:10'],
      ['10:10:10'],
    ]);
  });

  test('errors.xlsx', async () => {
    const rows = await real('errors.xlsx');
    expect(rows.map((row) => row.cells[0])).toEqual([
      '#DIV/0!',
      '#NAME?',
      '#VALUE!',
      '#NULL!',
      '#REF!',
      '#NUM!',
      '#N/A',
    ]);
    expect(rows.every((row) => row.flaw === ROW_FLAWS.cellError)).toBe(true);
  });

  test('empty_sheet.xlsx', async () => {
    expect(await real('empty_sheet.xlsx')).toEqual([]);
  });

  test('merged_range.xlsx and merged_range.xls', async () => {
    expect(textsOf(await real('merged_range.xlsx'))).toEqual(textsOf(await real('merged_range.xls')));
  });

  test('tabulator_adjust_floating_point_error.xlsx', async () => {
    expect((await real('tabulator_adjust_floating_point_error.xlsx'))[2]!.cells.slice(1)).toEqual([
      '68.66499999999999',
      '274.65999999999997',
      '274.65999999999997',
    ]);
  });

  test('tabulator_test_scientific_notation.xlsx', async () => {
    expect(textsOf(await real('tabulator_test_scientific_notation.xlsx'))[1]).toEqual(['0.000000427335427525861']);
  });

  test('any_sheets.xlsx', async () => {
    expect(await listSheets(join(corpus, 'any_sheets.xlsx'), { fileName: 'a' })).toEqual(['Visible']);
  });

  test.each([
    ['pass_protected.xlsx', 'workbook_encrypted'],
    ['exceljs_invalid-xml.xlsx', 'workbook_broken'],
    ['exceljs_missing-bits.xlsx', 'workbook_broken'],
    ['too_small.xls', 'workbook_broken'],
  ])('%s is refused as %s', async (name, code) => {
    await expect(real(name)).rejects.toEqual(fails(code));
  });
});

test('a workbook that is left in the middle keeps no process alive', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => [i, i]);
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(rows), 'long');
  const path = save(write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer);
  const script = `import { parseWorkbook } from '${new URL('../src/stages/parse/workbook.ts', import.meta.url).href}';
    for await (const chunk of parseWorkbook('${path}', { sheet: 1, fileName: 'long.xlsx' })) { if (chunk.rows > 0) break; }`;
  const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    timeout: 20_000,
    encoding: 'utf8',
  });
  expect([child.status, child.signal, child.stderr]).toEqual([0, null, '']);
});
