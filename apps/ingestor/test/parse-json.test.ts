import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCells } from '../src/model/records.ts';
import { decideJson, type JsonQuestion, parseJson } from '../src/stages/parse/json.ts';

/** The bytes in pieces of `size`, as a stream brings them. */
async function* cut(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

interface Read {
  readonly path: string;
  readonly header: string[];
  readonly rows: string[][];
  readonly lines: number[];
  readonly flaws: number[];
}

async function read(text: string | Buffer, given: Partial<JsonQuestion> = {}, size = 7): Promise<Read> {
  const question = { lines: false, records: undefined, carry: {}, ...given };
  const dialect = await decideJson(() => cut(text, size), question);
  const found: Read = { path: dialect.records, header: [], rows: [], lines: [], flaws: [] };
  for await (const chunk of parseJson(cut(text, size), dialect)) {
    for (let row = 0; row < chunk.rows; row++) {
      if (chunk.lines[row] === 0) found.header.push(...readCells(chunk, row));
      else {
        found.rows.push(readCells(chunk, row));
        found.lines.push(chunk.lines[row] as number);
        found.flaws.push(chunk.flaws[row] as number);
      }
    }
  }
  return found;
}
const refuse = (text: string | Buffer, given: Partial<JsonQuestion> = {}) =>
  read(text, given).then(
    () => 'read',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );

describe('a JSON document gives the records', () => {
  it.each<[string, string, Partial<JsonQuestion>, Partial<Read>]>([
    [
      'of the array that it is',
      '[{"t":"a","v":1},{"t":"b","v":2.50}]',
      {},
      {
        path: '',
        header: ['t', 'v'],
        rows: [
          ['a', '1'],
          ['b', '2.50'],
        ],
        lines: [1, 2],
      },
    ],
    [
      'of the one array of objects in it',
      '{"unit":"Wh","energy":{"n":[1,2],"values":[{"d":"x","v":null}]}}',
      {},
      { path: 'energy.values', header: ['d', 'v'], rows: [['x', '']] },
    ],
    ['of the shallowest such array', '{"a":{"b":[{"x":1}]},"c":[{"y":2}]}', {}, { path: 'c', rows: [['2']] }],
    [
      'at a path',
      '{"a":[{"x":1}],"b":[{"rows":[{"y":2}]},{"rows":[{"y":3}]}]}',
      { records: 'b[1].rows' },
      { header: ['y'], rows: [['3']] },
    ],
    [
      'of all arrays at a path',
      '{"b":[{"rows":[{"y":2}]},{"z":0},{"rows":[]},{"rows":[{"y":3}]}]}',
      { records: 'b[].rows' },
      { rows: [['2'], ['3']], lines: [1, 2] },
    ],
    [
      'with what is carried into them',
      '{"rows":[{"v":1},{"v":2}],"meta":{"unit":"Wh","off":null}}',
      { records: 'rows', carry: { unit: 'meta.unit', off: 'meta.off', none: 'meta.none' } },
      {
        header: ['unit', 'off', 'none', 'v'],
        rows: [
          ['Wh', '', '', '1'],
          ['Wh', '', '', '2'],
        ],
      },
    ],
    [
      'with members of members',
      '[{"a":{"b":1,"c":{"d":"x"}},"e":[true,{"f":2}]}]',
      {},
      { header: ['a.b', 'a.c.d', 'e[0]', 'e[1].f'], rows: [['1', 'x', 'true', '2']] },
    ],
    [
      'that are arrays',
      '[["t",1],["u",2]]',
      {},
      {
        header: ['[0]', '[1]'],
        rows: [
          ['t', '1'],
          ['u', '2'],
        ],
      },
    ],
    [
      'with keys that some lack',
      '[{"a":1},{"b":2}]',
      {},
      {
        header: ['a', 'b'],
        rows: [
          ['1', ''],
          ['', '2'],
        ],
      },
    ],
    [
      'with every digit of numbers',
      '[{"v":0.10000000000000000555},{"v":-1e-3},{"v":12345678901234567890}]',
      {},
      { rows: [['0.10000000000000000555'], ['-1e-3'], ['12345678901234567890']] },
    ],
    [
      'with escapes undone',
      String.raw`[{"k\u0065y":"\"\\\/\b\n\t\u00b5\ud83d\ude00"}]`,
      {},
      { header: ['key'], rows: [['"\\/\b\n\tµ😀']] },
    ],
    ['none of an empty array', '{"rows":[]}', { records: 'rows' }, { rows: [] }],
  ])('%s', async (_, text, given, expected) => {
    expect(await read(text, given)).toMatchObject(expected);
  });

  it.each([
    ['', 'json_invalid: Line 1, column 1: a value was expected where the end stands.'],
    [
      '[{"a":1},\n{"a":2,}]',
      'json_invalid: Line 2, column 1: a valid record with each key once was expected where "{"a":2,}]" stands.',
    ],
    ['[{"a":1,"a":2}]', 'json_invalid: Line 1, column 2: a valid record with each key once was expected'],
    ['[{"a":1}', 'json_invalid: Line 1, column 9: the end of a value was expected where the end stands.'],
    ['[{"a":1}] x', 'json_invalid: Line 1, column 11: the end of the document was expected where "x" stands.'],
    ['[{"a":"\u0001"}]', 'json_invalid: '],
    ['[{"a":01}]', 'json_invalid: '],
    ['[{"a":NaN}]', 'json_invalid: '],
    ['{"a":[{"x":1}],"b":[{"y":1}]}', 'json_records_unknown: There are arrays at a, b.'],
    ['{"a":1}', 'json_records_unknown: There is no array of objects.'],
    [`[${'['.repeat(100)}`, 'json_invalid: Line 1: nested deeper than 64.'],
    [`{"a":${'{"a":'.repeat(100)}`, 'json_invalid: '],
  ])('%j is refused: %s', async (text, expected) => {
    expect(await refuse(text)).toContain(expected);
  });

  it('a path that is none, or leads to no array, is refused', async () => {
    expect(await refuse('{"a":{}}', { records: 'a' })).toBe('json_records_unknown: There is no array at "a".');
    expect(await refuse('{"a":[]}', { records: 'a..b' })).toContain('is no path');
  });

  it('half a pair of surrogates, and bytes that are no UTF-8, flag their record alone', async () => {
    const text = Buffer.concat([
      Buffer.from(String.raw`[{"a":"\ud83d"},{"a":"ok"},{"a":"`),
      Buffer.from([0xff]),
      Buffer.from('"}]'),
    ]);
    expect(await read(text)).toMatchObject({ flaws: [2, 0, 2], lines: [1, 2, 3] });
  });

  it('a value of 9 MB in a record is refused, beside the records it is skipped', async () => {
    const large = `"${'x'.repeat(9 * 1024 * 1024)}"`;
    expect(await read(`{"note":${large},"rows":[{"v":1}]}`, { records: 'rows' }, 65_536)).toMatchObject({
      rows: [['1']],
    });
    expect(await read(`[{"v":${large}}]`, {}, 65_536).catch((e) => e.code)).toBe('json_invalid');
  });
});

describe('NDJSON', () => {
  const lines = { lines: true };
  it('gives a record for each line, and flags those that are none', async () => {
    expect(await read('{"a":1}\n\n{"a":\n[2]\r\n{"a":3,"a":4}\n{"b":5}', lines)).toMatchObject({
      header: ['a', '[0]', 'b'],
      rows: [
        ['1', '', ''],
        ['{"a":', '', ''],
        ['', '2', ''],
        ['{"a":3,"a":4}', '', ''],
        ['', '', '5'],
      ],
      lines: [1, 3, 4, 5, 6],
      flaws: [0, 6, 0, 6, 0],
    });
  });
});

// The invariant: whatever JSON.parse makes of a document, the cells are its values as text; and how the bytes are cut does not matter.
describe('any document', () => {
  const scalar = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const record = fc.dictionary(
    fc.constantFrom('a', 'b c', 'µ', '"', '\\'),
    fc.oneof(scalar, fc.dictionary(fc.constantFrom('x', 'y'), scalar, { maxKeys: 2 })),
    { maxKeys: 4, noNullPrototype: true },
  );
  const show = (value: unknown) =>
    value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  const flatten = (value: object, prefix = ''): [string, string][] =>
    Object.entries(value).flatMap(([key, inner]) =>
      typeof inner === 'object' && inner !== null ? flatten(inner, `${prefix}${key}.`) : [[prefix + key, show(inner)]],
    );

  it('is read as JSON.parse reads it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0, 1, 2),
        async (records, size, indent) => {
          const found = await read(
            JSON.stringify({ head: { note: 'x]}"' }, rows: records }, null, indent),
            { records: 'rows' },
            size,
          );
          const wanted = records.map((each) => new Map(flatten(each)));
          expect(found.rows).toEqual(wanted.map((each) => found.header.map((name) => each.get(name) ?? '')));
          expect(new Set(found.header)).toEqual(new Set(wanted.flatMap((each) => [...each.keys()])));
        },
      ),
      { numRuns: 300 },
    );
  });
});
