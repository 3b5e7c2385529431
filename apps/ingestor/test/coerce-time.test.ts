import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeFault } from '@cei-inoe/shared/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { READ, type TimeReader } from '../src/model/coerced.ts';
import { compileTimeFormat } from '../src/stages/coerce/time-format.ts';

/** `2024-12-25T10:00:00.000000+120` (offset in minutes), `empty` or `invalid`; the text lies in the middle of other bytes. */
function read(reader: TimeReader, text: string): string {
  const cell = Buffer.from(text, 'utf8');
  const result = reader.read(Buffer.concat([Buffer.from('1;2'), cell, Buffer.from('34:00')]), 3, 3 + cell.length);
  if (result !== READ.value) return result === READ.empty ? 'empty' : 'invalid';
  const local = new Date(reader.localSeconds * 1000).toISOString().slice(0, 19);
  const micros = reader.microseconds === 0 ? '' : `.${String(reader.microseconds).padStart(6, '0')}`;
  const offset = Number.isNaN(reader.offsetSeconds)
    ? ''
    : `${reader.offsetSeconds < 0 ? '' : '+'}${reader.offsetSeconds / 60}`;
  return local + micros + offset;
}

const US = 'MM/dd/yyyy hh:mm:ss a';

test.each([
  [US, '12/25/2024 10:00:00 AM', '2024-12-25T10:00:00'],
  [US, '12/25/2024 12:00:00 AM', '2024-12-25T00:00:00'],
  [US, '12/25/2024 12:30:00 PM', '2024-12-25T12:30:00'],
  [US, '1/5/2024 1:00:00 pm', '2024-01-05T13:00:00'],
  [US, '12/25/2024 10:00:00PM', '2024-12-25T22:00:00'],
  [US, '12/25/2024 10:00:00\u202fPM', '2024-12-25T22:00:00'],
  [US, '12/25/2024  10:00:00 p.m.', '2024-12-25T22:00:00'],
  [US, '12/25/2024 10:00:00 a.\u00a0m.', '2024-12-25T10:00:00'],
  [US, '12/25/2024 10:00:00 μ.μ.', '2024-12-25T22:00:00'],
  [US, '12/25/2024 10:00:00 πμ', '2024-12-25T10:00:00'],
  [US, '  12/25/2024 10:00:00 AM\t', '2024-12-25T10:00:00'],
  ['MM/dd/yyyy hh:mm[:ss] a', '12/25/2024 10:05 AM', '2024-12-25T10:05:00'],
  ['MM/dd/yyyy hh:mm[:ss] a', '12/25/2024 10:05:06 AM', '2024-12-25T10:05:06'],
  ['yyyy-MM-dd HH:mm:ss', '2024-02-29 23:59:59', '2024-02-29T23:59:59'],
  ['yyyy-MM-dd HH:mm:ss', '2024-12-31 24:00:00', '2025-01-01T00:00:00'],
  ['dd.MM.yyyy HH:mm', '5.2.2024 7:30', '2024-02-05T07:30:00'],
  ["yyyy-MM-dd'T'HH:mm:ssXXX", '2024-02-05T07:30:00+02:00', '2024-02-05T07:30:00+120'],
  ['yyyy-MM-ddTHH:mm:ssXXX', '2024-02-05T07:30:00-0330', '2024-02-05T07:30:00-210'],
  ['yyyy-MM-dd HH:mm XXX', '2024-02-05 07:30 Z', '2024-02-05T07:30:00+0'],
  ['yyyy-MM-dd HH:mm[XXX]', '2024-02-05 07:30+02', '2024-02-05T07:30:00+120'],
  ['yyyy-MM-dd HH:mm[XXX]', '2024-02-05 07:30', '2024-02-05T07:30:00'],
  ['yyyy-MM-dd HH:mm:ss.SSS', '2024-02-05 07:30:01.5', '2024-02-05T07:30:01.500000'],
  ['yyyy-MM-dd HH:mm:ss.SSSSSS', '2024-02-05 07:30:01.1234567', '2024-02-05T07:30:01.123456'],
  ['yyyy-MM-dd HH:mm[:ss][,SSS]', '2024-02-05 07:30:01,25', '2024-02-05T07:30:01.250000'],
  ['yyyyMMdd', '20240205', '2024-02-05T00:00:00'],
  ['yyyyMMddHHmm', '202402050730', '2024-02-05T07:30:00'],
  ['yyyyMMddHHmmssSSS', '20240205073001250', '2024-02-05T07:30:01.250000'],
  ['d/M/yy', '5/2/24', '2024-02-05T00:00:00'],
  ['d/M/yy', '5/2/68', '2068-02-05T00:00:00'],
  ['d/M/yy', '5/2/69', '1969-02-05T00:00:00'],
  ['yyyy-MM-dd', '2024-02-05', '2024-02-05T00:00:00'],
  ['dd-MMM-yyyy HH:mm', '05-FEB-2024 07:30', '2024-02-05T07:30:00'],
  ['dd MMM yyyy', '5 Sept. 2024', '2024-09-05T00:00:00'],
  ['MMM dd, yyyy', 'february 5, 2024', '2024-02-05T00:00:00'],
  ['HH:mm dd.MM.yyyy', '07:30 05.02.2024', '2024-02-05T07:30:00'],
  ['yyyy-MM-dd HH', '2024-02-05 07', '2024-02-05T07:00:00'],
  ["yyyy'年'MM'月'dd'日'", '2024年2月5日', '2024-02-05T00:00:00'],
  ["dd.MM.yyyy 'um' HH 'o''clock'", "05.02.2024 um 7 o'clock", '2024-02-05T07:00:00'],
  ['dd. MMM yyyy HH:mm', '15. März 2025 10:00', '2025-03-15T10:00:00'],
  ['dd-MMM-yyyy', '15-Mrz-2025', '2025-03-15T00:00:00'],
  ['dd MMM yyyy', '5 Mai 2024', '2024-05-05T00:00:00'],
  ['dd MMM yyyy', '15 dic. 2025', '2025-12-15T00:00:00'],
  ['dd MMM yyyy', '15 FÉVR. 2025', '2025-02-15T00:00:00'],
  ['dd MMM yyyy', '15 août 2025', '2025-08-15T00:00:00'],
  ['dd MMM yyyy', '15 maart 2025', '2025-03-15T00:00:00'],
  ['dd MMM yyyy', '15 maggio 2025', '2025-05-15T00:00:00'],
  ['dd MMM yyyy', '15 Μαρτίου 2025', '2025-03-15T00:00:00'],
  ['dd MMM yyyy', '15 ΜΑΪΟΥ 2025', '2025-05-15T00:00:00'],
  ['dd MMM yyyy', '15 Ιουλ 2025', '2025-07-15T00:00:00'],
  ["dd 'de' MMM 'de' yyyy", '15 de março de 2025', '2025-03-15T00:00:00'],
  ['iso', '2025-07-15 10:00 UTC', '2025-07-15T10:00:00+0'],
  ['iso', '2025-07-15T10:00:00 GMT', '2025-07-15T10:00:00+0'],
  // 45658 is 1 January 2025; the other system begins 1462 days later.
  ['serial_1900', '45658', '2025-01-01T00:00:00'],
  ['serial_1900', '45658.4166666667', '2025-01-01T10:00:00'],
  ['serial_1900', '45658,41667', '2025-01-01T10:00:00'],
  ['serial_1900', '45658.999999999', '2025-01-02T00:00:00'],
  ['serial_1904', '44196.5', '2025-01-01T12:00:00'],
  ['epoch_s', '1735689600', '2025-01-01T00:00:00+0'],
  ['epoch_s', '1735689600.25', '2025-01-01T00:00:00.250000+0'],
  ['epoch_s', '-1', '1969-12-31T23:59:59+0'],
  ['epoch_s', '-1.5', '1969-12-31T23:59:58.500000+0'],
  ['epoch_ms', '1735689600250', '2025-01-01T00:00:00.250000+0'],
  ['epoch_ms', '0', '1970-01-01T00:00:00+0'],
  ['iso', '2024-02-05', '2024-02-05T00:00:00'],
  ['iso', '2024-02-05T07:30', '2024-02-05T07:30:00'],
  ['iso', '2024-02-05 07:30:01', '2024-02-05T07:30:01'],
  ['iso', '2024-02-05 7:30:01', '2024-02-05T07:30:01'],
  ['iso', '2024-02-05t07:30:01.5z', '2024-02-05T07:30:01.500000+0'],
  ['iso', '2024-02-05 07:30:01,123456789 +02:00', '2024-02-05T07:30:01.123456+120'],
  ['iso', '2024-02-05T07:30:01-08', '2024-02-05T07:30:01-480'],
  ['iso', '2023-01-01 00:05:00-07:00', '2023-01-01T00:05:00-420'],
  ['iso', '2024-12-31T24:00', '2025-01-01T00:00:00'],
])('%s reads "%s"', (format, text, value) => {
  expect(read(compileTimeFormat(format), text)).toBe(value);
});

test.each([
  [US, '13/25/2024 10:00:00 AM'],
  [US, '12/25/2024 13:00:00 PM'],
  [US, '12/25/2024 00:00:00 AM'],
  [US, '12/25/2024 10:00:00'],
  [US, '12/25/2024 10:00:00 XM'],
  [US, '12/25/2024 10:00:00 A'],
  [US, '12/25/2024 10:00:00 AMx'],
  [US, '12/25/2024 10:0:00 AM'],
  [US, '12/25/2024 10:00:60 AM'],
  [US, '12/25/2024 10:60:00 AM'],
  [US, '12/25/24 10:00:00 AM'],
  [US, '012/25/2024 10:00:00 AM'],
  [US, '12/25/2024'],
  [US, '2024-12-25 10:00:00 AM'],
  [US, 'Total'],
  ['yyyy-MM-dd HH:mm:ss', '2024-12-31 24:00:01'],
  ['yyyy-MM-dd HH:mm:ss', '2024-12-31 25:00:00'],
  ['yyyy-MM-dd HH:mm:ss', '2024-12-31 23:59:60'],
  ['yyyy-MM-dd HH:mm:ss', '2024-12-31T23:59:00'],
  ['yyyy-MM-dd', '2023-02-29'],
  ['yyyy-MM-dd', '2024-02-31'],
  ['yyyy-MM-dd', '2100-02-29'],
  ['yyyy-MM-dd', '2024-00-10'],
  ['yyyy-MM-dd', '2024-01-00'],
  ['yyyy-MM-dd', '1899-12-31'],
  ['yyyy-MM-dd', '2201-01-01'],
  ['yyyy-MM-dd', '2024-1-'],
  ['yyyyMMdd', '2024025'],
  ['yyyyMMdd', '202402051'],
  ['dd MMM yyyy', '5 Fe 2024'],
  ['dd MMM yyyy', '5 Febr0 2024'],
  ['dd MMM yyyy', '5 jui 2024'],
  ['dd MMM yyyy', '5 Μα 2024'],
  ['dd MMM yyyy', '5 Ιου 2024'],
  ['iso', '2024-02-05 07:30 UTC+2'],
  ['iso', '2024-02-05 07:30 GMT-1'],
  ['iso', '2024-02-05 07:30 CET'],
  ['serial_1900', '60'],
  ['serial_1900', '99999999'],
  ['serial_1900', '-1'],
  ['serial_1900', '2024-02-05'],
  ['yyyy-MM-dd HH:mmXXX', '2024-02-05 07:30+15:00'],
  ['yyyy-MM-dd HH:mmXXX', '2024-02-05 07:30+02:60'],
  ['yyyy-MM-dd HH:mmXXX', '2024-02-05 07:30+2'],
  ['epoch_s', '1735689600000'],
  ['epoch_s', '1.7e9'],
  ['epoch_s', ''.padEnd(40, '1')],
  ['epoch_ms', '1735689600.5'],
  ['epoch_ms', '-'],
  ['iso', '2024-2-5'],
  ['iso', '2024-02-05T'],
  ['iso', '2024-02-05x07:30'],
  ['iso', '2024-02-05T:30'],
  ['iso', '2024-02-05 ::30'],
  ['iso', '2024-02-05T07:30:60'],
  ['iso', '2024-02-05T07'],
  ['iso', '2024-02-05T24:00:00.5'],
  ['iso', '2024-02-05T07:30:00.'],
  ['iso', '2024-02-05T07:30:00.1234567890'],
  ['iso', '2024-02-05T07:30 Europe/Madrid'],
  ['iso', '20240205T0730'],
  ['iso', '2024/02/05'],
  ['iso', '02/05/2024'],
  ['iso', '2024-02-30'],
])('%s does not read "%s"', (format, text) => {
  expect(read(compileTimeFormat(format), text)).toBe('invalid');
});

test.each([US, 'iso', 'epoch_s', 'epoch_ms', 'yyyyMMdd'])('%s reads nothing in a blank cell', (format) => {
  for (const text of ['', ' ', '\t \u00a0']) expect(read(compileTimeFormat(format), text)).toBe('empty');
});

describe('a row does not depend on the rows before it', () => {
  const formats = [US, 'd/M/yy', 'M/d/yyyy HH:mm', 'iso', 'HH:mm dd.MM.yyyy', 'dd MMM yyyy', 'yyyy HH:mm MM dd'];
  const piece = fc.constantFrom(
    '1/1/2',
    '1/1/24',
    '1/11/2024',
    '11/1/2024',
    '2024-01-01',
    '2024-01-11',
    '01.01.2024',
    '1 Jan 2024',
    '1 January 2024',
    '31/02/2024',
    '02/31/2024',
    '2024 10:00 01 02',
    '2024 10:00 01 03',
  );
  const clock = fc.constantFrom('', ' 10:00', ' 10:00:00 AM', '10:00 ', 'T10:00', '4', '5 10:00', ' 24:00', '.5');
  test.each(formats)('%s', (format) => {
    const used = compileTimeFormat(format);
    fc.assert(
      fc.property(piece, clock, clock, (date, before, after) => {
        const text = before + date + after;
        expect([text, read(used, text)]).toEqual([text, read(compileTimeFormat(format), text)]);
      }),
      { numRuns: 2000 },
    );
  });
});

test('every second from 1900 to 2200 comes back, in any of the forms', () => {
  const p = (value: number, width = 2) => String(value).padStart(width, '0');
  const write: readonly [string, (d: Date) => string][] = [
    ['iso', (d) => d.toISOString().slice(0, 19)],
    [
      US,
      (d) =>
        `${d.getUTCMonth() + 1}/${d.getUTCDate()}/${d.getUTCFullYear()} ${d.getUTCHours() % 12 || 12}:${p(d.getUTCMinutes())}:${p(d.getUTCSeconds())} ${d.getUTCHours() < 12 ? 'AM' : 'PM'}`,
    ],
    [
      'dd.MM.yyyy HH:mm:ss',
      (d) =>
        `${p(d.getUTCDate())}.${p(d.getUTCMonth() + 1)}.${d.getUTCFullYear()} ${p(d.getUTCHours())}:${p(d.getUTCMinutes())}:${p(d.getUTCSeconds())}`,
    ],
    ['yyyyMMddHHmmss', (d) => d.toISOString().slice(0, 19).replace(/\D/g, '')],
    ['epoch_s', (d) => String(d.getTime() / 1000)],
  ];
  const readers = write.map(([format, print]) => [compileTimeFormat(format), print] as const);
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1900, 0, 1) / 1000, max: Date.UTC(2201, 0, 1) / 1000 - 1 }), (seconds) => {
      const date = new Date(seconds * 1000);
      for (const [reader, print] of readers) {
        const cell = Buffer.from(print(date));
        expect(reader.read(cell, 0, cell.length)).toBe(READ.value);
        expect(reader.localSeconds).toBe(seconds);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  '',
  'YYYY-MM-DD',
  '%Y-%m-%d',
  'yyyy-MM',
  'HH:mm',
  'yyyy-MM-dd hh:mm',
  'yyyy-MM-dd HH:mm a',
  'yyyy-MM-dd mm',
  'yyyy-MM-dd[ HH:mm',
  'yyyy-MM-dd HH:mm]',
  'yyyy-MM-dd HH[:mm[:ss]]',
  "yyyy-MM-dd 'HH:mm",
  'yyyy-MM-dd dd',
  'yyy-MM-dd',
  'yyyy-MM-dd [HH:mm]',
  'yyyy-MM-dd HH:mm.SSS',
  'x'.repeat(101),
])('a format that makes no sense is refused: "%s"', (format) => {
  let code: string | undefined;
  try {
    compileTimeFormat(format);
  } catch (thrown) {
    code = makeFault(thrown).code;
  }
  expect(code).toBe('mapping_invalid');
});

test('the zone of the process does not matter', () => {
  const script = fileURLToPath(new URL('coerce-print.ts', import.meta.url));
  const answers = ['UTC', 'America/Los_Angeles', 'Asia/Nicosia', 'Pacific/Apia'].map((TZ) =>
    execFileSync(process.execPath, ['--import', 'tsx', script], { env: { ...process.env, TZ }, encoding: 'utf8' }),
  );
  expect(new Set(answers).size).toBe(1);
  expect(JSON.parse(answers[0] as string)).toEqual([
    1743303600,
    1761447600,
    1735689600,
    '"03/04/2025" may be 4 March 2025 (mdy) or 3 April 2025 (dmy), and no row tells which.',
    [1761436800, 1761440400],
  ]);
});
