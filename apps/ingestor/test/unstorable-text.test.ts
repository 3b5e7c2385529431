import { writeJsonb } from '@cei-inoe/shared/jsonb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, openTrial, type Trial } from './support/open-trial.ts';

// Texts that a file may hold and jsonb may not: NUL, and half of a character, which also arises where a long text is cut in the middle of one.
// The invariant: whatever a file's texts are, the records are accounted for, or the file is refused by a code that says why; never "internal".

let t: Trial;
beforeAll(async () => {
  t = await openTrial();
  await t.addSource('m1', 'UTC');
});
afterAll(() => t.close());

const EMOJI = '😀';
const clean = ['2025-07-01 00:00:00,1', '2025-07-01 01:00:00,2'];
const csv = (header: string, ...rows: string[]) => [header, ...rows, ''].join('\n');

describe('a character of two halves at the place where a text is cut', () => {
  // 200: refused texts; 300: notes; 2000: raw cells.
  it.each([199, 200, 299, 300, 1_999, 2_000])('in a value and in a time, after %i letters', async (letters) => {
    const text = 'a'.repeat(letters) + EMOJI;
    const rows = [`2025-07-02 00:00:00,${text}`, `${text},3`, `2025-07-02 01:00:00,4,${text}`, ...clean];
    const result = await t.load(`m1-${letters}.csv`, csv('Date and Time,Hourly', ...rows), { dryRun: true });
    expect(account(result)).toMatch(/^5 = .* 3!$/);
    const stored = await t.query<{ raw: unknown; errors: { text: string }[] }>(
      'SELECT raw, errors FROM ingest_rejection WHERE batch_id = $1 ORDER BY rejection_no',
      [result.batchId],
    );
    expect(stored).toHaveLength(3);
    expect(JSON.stringify(stored)).toContain('aaaa');
  });

  it('in the names of columns: the file is refused for them', async () => {
    for (let letters = 0; letters < 60; letters++) {
      const header = `${'b'.repeat(letters)}${EMOJI},Hourly`;
      expect(account(await t.load(`m1-h${letters}.csv`, csv(header, ...clean)))).toBe('header_unknown');
    }
  });
});

const json = `
dataset: energy_hourly
file: { format: json }
datasource: { from: column, name: meter }
columns: { time: ts, value: { to: energy_kwh, unit: kWh } }
time: { format: iso, zone: UTC }
`;

it.each([
  { what: 'half of a character', text: '\\ud83d' },
  { what: 'its other half', text: 'x\\ude00y' },
  { what: 'NUL', text: 'a\\u0000b' },
])('$what in a JSON file, as value, name of a field, time and meter, is refused where it stands', async ({ text }) => {
  const record = (time: string, value: string, meter = 'm1', note = 'fine', field = 'note') =>
    `{"time":"${time}","value":${value},"meter":"${meter}","${field}":"${note}"}`;
  const records = [
    ...['00', '01', '02', '03'].map((hour) => record(`2026-01-01T${hour}:00:00Z`, '1')),
    record('2026-01-01T04:00:00Z', `"${text}"`),
    record('2026-01-01T05:00:00Z', '2', text),
    record(text, '3'),
    record('2026-01-01T06:00:00Z', '"x"', 'm1', text),
    record('2026-01-01T07:00:00Z', '"x"', 'm1', 'fine', text),
  ];
  const result = await t.load(`${encodeURIComponent(text)}.json`, `[${records.join(',')}]`, {
    mapping: 'mine',
    mappings: { mine: json },
    dryRun: true,
  });
  expect(account(result)).toBe('9 = 4+0~ 0= 0- 5!');
});

it('jsonb takes whatever texts there are, and gives back what it can hold', async () => {
  const text = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 8 });
  const plain = fc.constantFrom(
    '\\',
    '\\\\u0000',
    '\\ud83d',
    '"',
    '\u0001',
    '\u007f',
    '\ud83d\ude00',
    '\ud83d',
    '\ude00',
    '\0',
    'u0000',
  );
  const any = fc.array(fc.oneof(text, plain), { maxLength: 6 }).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(any, any, async (key, value) => {
      const [row] = await t.query<{ back: unknown }>('SELECT $1::jsonb AS back', [
        writeJsonb({ [`k${key}`]: [value] }),
      ]);
      const hold = (it: string) => it.toWellFormed().replaceAll('\0', '␀');
      expect(row?.back).toEqual({ [`k${hold(key)}`]: [hold(value)] });
    }),
    { numRuns: 300 },
  );
});
