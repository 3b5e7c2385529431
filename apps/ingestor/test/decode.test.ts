// Promises about what a file is taken for, and how its bytes become UTF-8.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { utils, write } from '@e965/xlsx';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Encoding } from '../src/model/dialect.ts';
import { decodeToUtf8 } from '../src/stages/decode/decode-text.ts';
import { sniffEncoding } from '../src/stages/decode/sniff-encoding.ts';
import { checkFormat, sniffFormat } from '../src/stages/decode/sniff-format.ts';

const latin = (text: string) => Buffer.from(text, 'latin1');

function makeWorkbook(bookType: 'xlsx' | 'xls' | 'ods'): Buffer {
  const workbook = utils.book_new();
  utils.book_append_sheet(workbook, utils.aoa_to_sheet([['a', 'b']]), 'S');
  return write(workbook, { type: 'buffer', bookType });
}

/** One local header is all that is looked at. */
function makeZip(name: string, content = 'x'): Buffer {
  const data = deflateRawSync(content);
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt16LE(8, 8);
  header.writeUInt32LE(data.length, 18);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, latin(name), data]);
}

describe('the content of a file is taken for', () => {
  test.each([
    ['csv', latin('time,kWh\n2025-01-01,1\n')],
    ['csv', latin('\xef\xbb\xbftime\n')],
    ['csv', Buffer.from('\ufefftime,kWh\n1,2\n', 'utf16le')],
    ['csv', Buffer.from('time,kWh\n1,2\n', 'utf16le')],
    ['csv', latin('temp (\xb0C),a\n')],
    ['csv', latin('[kWh],[V]\n1,2\n')],
    ['csv', latin('PAR1,PAR2\n1,2\n')],
    ['csv', latin('time,kWh\n1,2\n\0\0')],
    ['empty', latin('')],
    ['empty', latin('\xef\xbb\xbf\r\n \n')],
    ['json', latin('{"result": []}')],
    ['json', latin('\xef\xbb\xbf[{"a":1}]')],
    ['json', latin('[1.5, 2]')],
    ['xml', latin('<?xml version="1.0"?><feed/>')],
    ['xml', latin('<ESPIMeters xmlns="x">')],
    ['html', latin('\n<!DOCTYPE html><html>')],
    ['html', latin('<table><tr>')],
    ['pdf', latin('%PDF-1.7\n')],
    ['image', latin('\x89PNG\r\n\x1a\n')],
    ['image', latin('\xff\xd8\xff\xe0')],
    ['gzip', gzipSync('a,b\n')],
    ['zip', makeZip('readings.csv')],
    ['zip', makeZip('word/document.xml')],
    ['zip', makeZip('mimetype', 'application/epub+zip')],
    ['workbook', makeWorkbook('xlsx')],
    ['workbook', makeWorkbook('xls')],
    ['workbook', makeWorkbook('ods')],
    ['binary', latin('MZ\x90\0\x03\0\0\0\x04\0\0\0')],
    ['binary', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + (i >> 3)) & 255))],
    ['binary', Buffer.alloc(100)],
  ])('%s', (format, bytes) => {
    expect(sniffFormat(bytes).format).toBe(format);
  });
});

describe('a file is refused', () => {
  const check = (bytes: Buffer, name: string) => checkFormat(sniffFormat(bytes), name);
  test.each([
    ['file_empty', latin(''), 'a.csv'],
    ['format_unknown', latin('%PDF-1.7'), 'a.csv'],
    [
      'format_unknown',
      latin('100,NEM12,200506081149,UNITEDDP,NEMMCO\n200,VABD000163,E1,1,E1,N1,METSER123,kWh,30,\n'),
      'a.csv',
    ],
    ['format_unknown', latin('<?xml version="1.0"?><feed xmlns:espi="http://naesb.org/espi"></feed>'), 'a.xml'],
    ['format_unknown', gzipSync('a,b'), 'a.csv.gz'],
    ['format_unknown', latin('<html></html>'), 'a.xls'],
    ['format_mismatch', makeWorkbook('xlsx'), 'a.csv'],
    ['format_mismatch', makeWorkbook('xls'), 'a.TXT'],
    ['format_mismatch', latin('a,b\n1,2\n'), 'a.xlsx'],
    ['format_mismatch', latin('a,b\n1,2\n'), 'a.xls'],
    ['format_mismatch', latin('a,b\n1,2\n'), 'a.pdf'],
  ])('as %s', (code, bytes, name) => {
    expect(() => check(bytes, name)).toThrow(expect.objectContaining({ code }));
  });

  test('with the kind of its content in words', () => {
    expect(() => check(latin('%PDF-1.7'), 'report.csv')).toThrow('The content of report.csv is a PDF document.');
  });

  test.each([
    ['a.csv', latin('a,b\n')],
    ['a', latin('a,b\n')],
    ['a.dat', latin('a,b\n')],
    ['a.xlsx', makeWorkbook('xlsx')],
    ['a.xls', makeWorkbook('xlsx')],
    ['a.ods', makeWorkbook('ods')],
  ])('and %s is not', (name, bytes) => {
    expect(() => check(bytes, name)).not.toThrow();
  });
});

describe('the encoding is', () => {
  test.each<[Encoding, number, Buffer]>([
    ['utf-8', 0, latin('a,b\n1,2\n')],
    ['utf-8', 3, latin('\xef\xbb\xbfa,b\n')],
    ['utf-8', 0, Buffer.from('Temperatur °C\n')],
    ['utf-8', 0, Buffer.from(`${'a,b\n'.repeat(2000)}°`).subarray(0, -1)],
    ['utf-8', 0, Buffer.from(`${'a,b\n'.repeat(2000)}€`).subarray(0, -1)],
    ['utf-8', 0, Buffer.concat([Buffer.from('°C,°C,°C,°C,°C,°C\n'), latin('\xff,1\n')])],
    ['utf-16le', 2, Buffer.from('\ufeffa,b\n', 'utf16le')],
    ['utf-16be', 2, Buffer.from('\ufeffa,b\n', 'utf16le').swap16()],
    ['utf-16le', 0, Buffer.from('time,kWh\n1,2\n', 'utf16le')],
    ['utf-16be', 0, Buffer.from('time,kWh\n1,2\n', 'utf16le').swap16()],
    ['windows-1252', 0, latin('Temperatur \xb0C;kWh\n')],
    ['windows-1252', 0, latin('Caf\xe9')],
    ['utf-8', 0, latin('')],
  ])('%s with a mark of %i bytes', (encoding, bomBytes, bytes) => {
    expect(sniffEncoding(bytes)).toEqual({ encoding, bomBytes });
  });
});

async function decode(bytes: Buffer, encoding: Encoding, bomBytes = 0, piece = 1000): Promise<Buffer> {
  async function* cut() {
    for (let at = 0; at < bytes.length; at += piece) yield Buffer.from(bytes.subarray(at, at + piece));
  }
  const pieces: Buffer[] = [];
  for await (const text of decodeToUtf8(encoding, bomBytes)(cut())) pieces.push(text);
  return Buffer.concat(pieces);
}

describe('decoding', () => {
  test.each([1, 2, 3, 1000])('gives the text back in pieces of %i', async (piece) => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        fc.pre(!text.includes('\ufffd') && text.isWellFormed());
        const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
        expect((await decode(wide, 'utf-16le', 2, piece)).toString()).toBe(text);
        expect((await decode(Buffer.from(wide).swap16(), 'utf-16be', 2, piece)).toString()).toBe(text);
        expect((await decode(Buffer.from(`\ufeff${text}`), 'utf-8', 3, piece)).toString()).toBe(text);
      }),
    );
  });

  test('reads every byte of Windows-1252, the euro among them', async () => {
    const text = await decode(latin('\x80\x82\x99\x9f\xa0\xb0\xe4\xff1,2'), 'windows-1252', 0, 2);
    expect(text.toString()).toBe('€‚™Ÿ\u00a0°äÿ1,2');
  });

  test('gives the five bytes that Windows-1252 leaves open the control of their number, and Latin-1 its own', async () => {
    const bytes = Buffer.from(Array.from({ length: 96 }, (_, i) => 0xa0 + i));
    expect((await decode(bytes, 'windows-1252')).toString()).toBe(bytes.toString('latin1'));
    expect((await decode(latin('\x81\x8d\x8f\x90\x9d'), 'windows-1252')).toString()).toBe('\x81\x8d\x8f\x90\x9d');
  });

  test('passes UTF-8 on without copying it', async () => {
    const piece = Buffer.from('a,b\n');
    for await (const text of decodeToUtf8(
      'utf-8',
      0,
    )(
      (async function* () {
        yield piece;
      })(),
    )) {
      expect(text).toBe(piece);
    }
  });

  test.each([
    ['half a surrogate pair', Buffer.from('a\ud800b', 'utf16le')],
    ['half a unit at the end', Buffer.from('ab', 'utf16le').subarray(0, 3)],
    ['half a pair at the end', Buffer.from('a\ud83d', 'utf16le')],
    ['a replacement character', Buffer.from('a\ufffdb', 'utf16le')],
  ])('makes %s a byte that is no UTF-8, for the parser to refuse', async (_, bytes) => {
    expect((await decode(bytes, 'utf-16le')).includes(0xff)).toBe(true);
  });
});

const corpus = process.env.CORPUS_DIR ?? '/nowhere';
describe.skipIf(!existsSync(corpus))('real files', () => {
  const list = (folder: string, ending: RegExp) =>
    existsSync(corpus)
      ? readdirSync(join(corpus, folder))
          .filter((name) => ending.test(name))
          .map((name) => join(folder, name))
      : [];
  test.each([...list('energy', /csv$/), ...list('weather', /(csv|txt)$/), ...list('csv/duckdb_auto', /csv$/)])(
    '%s is text',
    (name) => {
      expect(sniffFormat(readFileSync(join(corpus, name)).subarray(0, 65_536)).format).toBe('csv');
    },
  );
  test('an encrypted workbook is known for one', () => {
    const sniffed = sniffFormat(readFileSync(join(corpus, 'xlsx/pass_protected.xlsx')));
    expect(() => checkFormat(sniffed, 'a.xlsx')).toThrow(expect.objectContaining({ code: 'workbook_encrypted' }));
  });
});
