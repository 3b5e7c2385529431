import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileTimeFormat } from '../src/stages/coerce/time-format.ts';
import { sniffTimeFormat, type TimeSniffOptions } from '../src/stages/coerce/time-sniff.ts';

const US = 'MM/dd/yyyy hh:mm[:ss] a';
const sniff = (texts: string[], options: Partial<TimeSniffOptions> = {}) => {
  const decision = sniffTimeFormat(texts, { formats: [], ...options });
  return decision.ok ? decision.format : decision.code;
};
const message = (texts: string[], options: Partial<TimeSniffOptions> = {}) => {
  const decision = sniffTimeFormat(texts, { formats: [], ...options });
  return decision.ok ? '' : decision.message;
};

test.each([
  [['2024-01-01T00:00:00+01:00', '2024-01-01T01:00:00+01:00'], 'iso'],
  [['2022-09-01 00:00', '2022-09-01 00:15'], 'iso'],
  [['2024-01-01', '2024-01-02'], 'iso'],
  [['2024-1-1 7:00', '2024-1-2 8:00'], 'yyyy-MM-dd HH:mm[:ss][.SSS]'],
  [['2017/07/26 17:00:00', '2017/07/26 17:30:00'], 'yyyy/MM/dd HH:mm[:ss][.SSS]'],
  [['12/25/2024 10:00:00 AM', '01/02/2024 11:00:00 PM'], US],
  [['25/12/2024 10:00', '02/01/2024 11:00'], 'dd/MM/yyyy HH:mm[:ss][.SSS]'],
  [['12/25/2024, 10:00:00 AM', '1/2/2024, 9:00:00 PM'], 'MM/dd/yyyy, hh:mm[:ss] a'],
  [['01.08.2025 00:00', '31.08.2025 00:15'], 'dd.MM.yyyy HH:mm[:ss][.SSS]'],
  [['25-01-2024', '24-01-2024'], 'dd-MM-yyyy'],
  [['8/5/14', '8/25/14'], 'MM/dd/yy'],
  [['25/8/14', '8/5/14'], 'dd/MM/yy'],
  [['20210101', '20210102'], 'yyyyMMdd'],
  [['202101010015', '202101010030'], 'yyyyMMddHHmm'],
  [['05-Feb-2024 07:30', '06-Mar-2024 07:45'], 'dd-MMM-yyyy HH:mm[:ss][.SSS]'],
  [['Feb 5, 2024', 'Mar 6, 2024'], 'MMM dd, yyyy'],
  [['15. März 2025 10:00', '3. Mai 2025 10:00'], 'dd. MMM yyyy HH:mm[:ss][.SSS]'],
  [['15 mar 2025', '15 dic 2025', '1 ene 2025'], 'dd MMM yyyy'],
  [['2025-07-15 10:00 UTC', '2025-07-15 11:00 UTC'], 'iso'],
  [['1742032800', ' 1742036400.5 '], 'epoch_s'],
  [['1742032800000', '1742036400000'], 'epoch_ms'],
  // A clock that was not set is no time, and leaves the rest in doubt.
  [['1742032800', '0'], 'time_format_unknown'],
  [['45658.41667', '45658.45833'], 'time_format_unknown'],
])('%j is %s', (texts, format) => {
  expect(sniff(texts)).toBe(format);
});

test('seconds under a mapping for milliseconds are no times of 1970', () => {
  const texts = ['1742032800', '1742036400'];
  expect(sniff(texts, { formats: ['epoch_ms'] })).toBe('time_format_unknown');
  expect(message(texts, { formats: ['epoch_ms'] })).toBe(
    '"1742032800" counts seconds, not milliseconds: that is epoch_s.',
  );
});

test('serial dates that come as numbers are told how to be read', () => {
  expect(message(['45658.41667', '45658.45833'])).toMatch(/serial_1900/);
  expect(message(['yesterday', '45658.45833'])).not.toMatch(/serial_1900/);
});

describe('the order of day and month is never guessed', () => {
  const both = ['03/04/2025 10:00', '05/06/2025 10:00', '01/01/2025 10:00'];
  test('rows that fit both are refused with both readings', () => {
    expect(sniff(both)).toBe('date_order_ambiguous');
    expect(message(both)).toBe(
      '"03/04/2025 10:00" may be 4 March 2025 (mdy) or 3 April 2025 (dmy), and no row tells which.',
    );
    expect(message(['01/01/2025', '02/01/2025'])).toContain(
      '"02/01/2025" may be 1 February 2025 (mdy) or 2 January 2025 (dmy)',
    );
  });
  test('one row of a later page may tell', () => {
    expect(sniff([...both, '13/01/2025 10:00'])).toBe('dd/MM/yyyy HH:mm[:ss][.SSS]');
    expect(sniff([...both, '01/13/2025 10:00'])).toBe('MM/dd/yyyy HH:mm[:ss][.SSS]');
  });
  test('the user says it', () => {
    expect(sniff(both, { order: 'dmy' })).toBe('dd/MM/yyyy HH:mm[:ss][.SSS]');
    expect(sniff(both, { order: 'mdy' })).toBe('MM/dd/yyyy HH:mm[:ss][.SSS]');
    expect(sniff(['24/01/05', '24/01/06'], { order: 'ymd' })).toBe('yy/MM/dd');
    expect(sniff(['2025-01-13 10:00'], { order: 'dmy' })).toBe('iso');
  });
  test('two orders in one column are refused', () => {
    const mixed = [...both, '13/01/2025 10:00', '01/14/2025 10:00'];
    expect(sniff(mixed)).toBe('date_order_ambiguous');
    expect(message(mixed)).toMatch(/mixed.*"(13\/01\/2025 10:00|01\/14\/2025 10:00)".*fits only/);
  });
  test('a year of two digits between dashes may come first', () => {
    expect(sniff(['25-12-24', '26-12-24'])).toBe('date_order_ambiguous');
    expect(sniff(['25-12-24', '26-12-24'], { order: 'dmy' })).toBe('dd-MM-yy');
    expect(sniff(['24-12-31', '24-12-30', '99-01-01'])).toBe('yy-MM-dd');
  });
});

describe('a mapping that names formats', () => {
  test('has its word', () => {
    expect(sniff(['03/04/2025 10:00 AM'], { formats: [US, 'iso'] })).toBe(US);
    expect(sniff(['2025-03-04 10:00'], { formats: [US, 'iso'] })).toBe('iso');
    expect(sniff(['03/04/2025'], { formats: ['d/M/yyyy'] })).toBe('d/M/yyyy');
    expect(sniff(['1735689600', '1735693200'], { formats: ['epoch_s'] })).toBe('epoch_s');
    expect(sniff([], { formats: [US] })).toBe(US);
  });
  test('is in doubt when one row in twenty fits only the other order', () => {
    const rows = (bad: number) =>
      Array.from({ length: 100 }, (_, i) => (i < bad ? '25/12/2024 10:00 AM' : '03/04/2025 10:00 AM'));
    expect(sniff(rows(4), { formats: [US] })).toBe(US);
    expect(sniff(rows(5), { formats: [US] })).toBe('date_order_ambiguous');
    expect(sniff(rows(100), { formats: [US] })).toBe('date_order_ambiguous');
    expect(sniff(rows(1).slice(0, 10), { formats: [US] })).toBe(US);
    expect(message(rows(5), { formats: [US] })).toBe(
      `The mapping reads the times as ${US}, but 5 of 100 rows looked at, such as "25/12/2024 10:00 AM", fit only dd/MM/yyyy hh:mm[:ss] a.`,
    );
  });
  test('yields to the user', () => {
    expect(sniff(['03/04/2025 10:00 AM'], { formats: [US, 'iso'], order: 'dmy' })).toBe('dd/MM/yyyy hh:mm[:ss] a');
    expect(sniff(['2025-03-04'], { formats: [US, 'iso'], order: 'dmy' })).toBe('iso');
  });
  test('in both orders leaves it to the rows', () => {
    const formats = ['MM/dd/yyyy', 'dd/MM/yyyy'];
    expect(sniff(['03/04/2025'], { formats })).toBe('date_order_ambiguous');
    expect(sniff(['03/04/2025', '13/04/2025'], { formats })).toBe('dd/MM/yyyy');
  });
  test('is told when the file is written otherwise', () => {
    expect(sniff(['2025-03-04'], { formats: [US] })).toBe('time_format_unknown');
    expect(message(['2025-03-04'], { formats: [US] })).toContain(US);
    expect(message(['2025-03-04'], { formats: [US] })).toContain('"2025-03-04"');
  });
});

test('a few bad cells do not change the decision, and blank ones do not count', () => {
  const good = Array.from({ length: 50 }, (_, i) => `2025-01-01 ${String(i % 24).padStart(2, '0')}:00`);
  expect(sniff([...good, 'AVG', 'SUM', '99.99.9999', '31/31/2025', '', ' '])).toBe('iso');
  expect(sniff(['', ' ', '\u00a0', '2025-01-01'])).toBe('iso');
});

test.each([
  [['Monday', 'Tuesday']],
  [['1', '2', '3']],
  [['12:00', '13:00']],
  [['', ' ']],
  [[]],
  [['2025-01-01', 'x', 'y']],
])('%j is refused', (texts) => {
  expect(sniff(texts)).toBe('time_format_unknown');
  expect(message(texts)).not.toBe('');
});

test('whatever is decided reads every row as the date that was written', () => {
  const p = (value: number) => String(value).padStart(2, '0');
  const writers: Record<string, (d: Date) => string> = {
    iso: (d) => d.toISOString().slice(0, 16),
    us: (d) =>
      `${p(d.getUTCMonth() + 1)}/${p(d.getUTCDate())}/${d.getUTCFullYear()} ${d.getUTCHours() % 12 || 12}:${p(d.getUTCMinutes())} ${d.getUTCHours() < 12 ? 'AM' : 'PM'}`,
    dots: (d) =>
      `${d.getUTCDate()}.${d.getUTCMonth() + 1}.${d.getUTCFullYear()} ${p(d.getUTCHours())}:${p(d.getUTCMinutes())}`,
    slashes: (d) =>
      `${p(d.getUTCDate())}/${p(d.getUTCMonth() + 1)}/${String(d.getUTCFullYear()).slice(2)} ${p(d.getUTCHours())}:${p(d.getUTCMinutes())}`,
    dashes: (d) =>
      `${p(d.getUTCMonth() + 1)}-${p(d.getUTCDate())}-${String(d.getUTCFullYear()).slice(2)} ${p(d.getUTCHours())}:${p(d.getUTCMinutes())}`,
    compact: (d) => d.toISOString().slice(0, 16).replace(/\D/g, ''),
  };
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(writers)),
      fc.integer({ min: Date.UTC(2001, 0, 1) / 900_000, max: Date.UTC(2049, 0, 1) / 900_000 }),
      fc.integer({ min: 1, max: 400 }),
      fc.constantFrom(1, 4, 96),
      (style, quarter, rows, step) => {
        const dates = Array.from({ length: rows }, (_, i) => new Date((quarter + i * step) * 900_000));
        const texts = dates.map((date) => (writers[style] as (d: Date) => string)(date));
        const decision = sniffTimeFormat(texts, { formats: [] });
        if (!decision.ok) return decision.code === 'date_order_ambiguous';
        const reader = compileTimeFormat(decision.format);
        return texts.every((text, i) => {
          const cell = Buffer.from(text);
          return reader.read(cell, 0, cell.length) === 0 && reader.localSeconds * 1000 === dates[i]?.getTime();
        });
      },
    ),
    { numRuns: 500 },
  );
});

test('half a million times are judged within a few seconds', () => {
  const texts = Array.from({ length: 500_000 }, (_, i) => `0${1 + (i % 9)}/0${1 + (i % 7)}/2025 10:00:00 AM`);
  texts.push('13/01/2025 10:00:00 AM');
  const start = performance.now();
  expect(sniff(texts)).toBe('dd/MM/yyyy hh:mm[:ss] a');
  expect(performance.now() - start).toBeLessThan(5000);
});
