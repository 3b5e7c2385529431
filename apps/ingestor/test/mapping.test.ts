import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '@cei-inoe/shared/errors';
import { makeTempDir, ROOT, runCli, type TempDir } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runMappingTests } from '../src/compose/try-mapping.ts';
import { listMappings } from '../src/mapping/list-mappings.ts';
import { readMapping } from '../src/mapping/read-mapping.ts';

const GOOD = `dataset: energy_hourly
columns:
  "Date and Time": ts
  "Hourly": energy_kwh
`;

let folder: TempDir;
beforeAll(async () => {
  folder = await makeTempDir();
});
afterAll(() => folder.remove());

/** A folder of mappings of the user. */
async function writeMappings(name: string, mappings: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(path);
  for (const [file, yaml] of Object.entries(mappings)) await writeFile(join(path, file), yaml);
  return path;
}

function catchFault(yaml: string): Fault {
  try {
    readMapping('mine', yaml, 'user');
  } catch (error) {
    return error as Fault;
  }
  return expect.unreachable('the mapping was accepted');
}

/** yaml, line, what the message says */
const MISTAKES: readonly (readonly [string, string, number, RegExp])[] = [
  ['an unknown key', `${GOOD}colour: blue\n`, 5, /no key colour/],
  [
    'an unknown key of a column',
    `${GOOD.replace('"Hourly": energy_kwh', '"Hourly": { to: energy_kwh, aliasses: [x] }')}`,
    4,
    /no key aliasses/,
  ],
  ['an unknown dataset', GOOD.replace('energy_hourly', 'energy_minutely'), 1, /energy_hourly or energy_daily/],
  [
    'an unknown field',
    `${GOOD}  "Power": power_kw\n`,
    5,
    /power_kw is no field of energy_hourly; its fields are ts, energy_kwh/,
  ],
  ['two columns for one field', `${GOOD}  "Other": energy_kwh\n`, 5, /Hourly goes to energy_kwh already.*aliases/],
  ['the wrong table', `${GOOD}target_table: pg_authid\n`, 5, /The table of energy_hourly is fact_energy_hourly/],
  [
    'a key of another table',
    `${GOOD}conflict_resolution:\n  on_columns: [datasource_id, day]\n`,
    6,
    /The key of fact_energy_hourly is datasource_id, ts/,
  ],
  [
    'SQL in the place of a name',
    `${GOOD}conflict_resolution:\n  update_columns: ["energy_kwh; DROP TABLE x"]\n`,
    6,
    /is no field/,
  ],
  [
    'an unknown strategy',
    `${GOOD}conflict_resolution: { strategy: replace }\n`,
    5,
    /update or ignore or fail or append/,
  ],
  ['a broken pattern', `${GOOD}file:\n  footer: ["(AVG"]\n`, 6, /no valid pattern/],
  ['a pattern that only a backtracking engine runs', `${GOOD}match: { filename: '(a)\\1' }\n`, 5, /no valid pattern/],
  ['a zone that is none', `${GOOD}time: { zone: GMT+2 }\n`, 5, /GMT\+2/],
  ['a format that is none', `${GOOD}time: { format: "QQQ" }\n`, 5, /Q/],
  ['a key misspelt at the top', `${GOOD}tme: { zone: UTC }\n`, 5, /no key tme here; did you mean time\?$/],
  ['one misspelt further in', `${GOOD}time: { formt: iso }\n`, 5, /no key formt here; did you mean format\?$/],
  [
    'one misspelt in an option of a column',
    `${GOOD}  "Third": { to: energy_kwh, alias: [x] }\n`,
    5,
    /no key alias here; did you mean aliases\?$/,
  ],
  ['a key like no other', `${GOOD}values: { colour: blue }\n`, 5, /no key colour here; there are kind, /],
  ['a number where text must be', `${GOOD}  "Third": 3\n`, 5, /Expected string or object/],
  ['a sign that is none', `${GOOD}  "Third": { to: energy_kwh, decimal: ";" }\n`, 5, /^It must be \. or ,\.$/],
  ['a datasource from nowhere', `${GOOD}datasource: { from: moon }\n`, 5, /filename or option or column or constant/],
  ['a datasource from a column that is not named', `${GOOD}datasource: { from: column }\n`, 5, /string/],
  [
    'a lower limit above the upper one',
    `${GOOD}validation_rules: { constraints: { energy_kwh: { min: 10, max: 1 } } }\n`,
    5,
    /^min 10 is above max 1;/,
  ],
  ['the same key twice', `${GOOD}  "Hourly": energy_kwh\n`, 5, /unique/i],
  ['__proto__ as a key', `${GOOD}  "__proto__": energy_kwh\n`, 5, /__proto__ cannot be a key/],
  [
    'a unit of another quantity',
    GOOD.replace('"Hourly": energy_kwh', '"Hourly": { to: energy_kwh, unit: °C }'),
    4,
    /°C cannot be converted to kWh/,
  ],
  ['no column for the time', 'dataset: energy_hourly\ncolumns: { "Hourly": energy_kwh }\n', 2, /No column goes to ts/],
  ['broken YAML', `${GOOD}file: [1, 2\n`, 6, /./],
  ['a template that is not on the list', `${GOOD}foreign_keys: { batch_id: "{{ secret }}" }\n`, 5, /batch_id/],
];

describe('a mapping with', () => {
  it.each(MISTAKES)('%s is refused with the line and what to write instead', (_, yaml, line, saying) => {
    const fault = catchFault(yaml);
    expect(fault.code).toBe('mapping_invalid');
    expect(fault.errors).toContainEqual(expect.objectContaining({ line, message: expect.stringMatching(saying) }));
    expect(fault.remedy).toMatch(/\S/);
  });

  it.each([
    ['over 256 KiB', `${GOOD}# ${'x'.repeat(256 * 1024)}\n`, /256 KiB/],
    [
      'more than 50 aliases',
      `${GOOD}file: { footer: [&a "x", ${Array.from({ length: 51 }, () => '*a').join(', ')}] }\n`,
      /not valid YAML/,
    ],
    [
      'aliases of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replace(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      /not valid YAML/,
    ],
    ['thousands of brackets', `a: ${'['.repeat(100_000)}`, /./],
  ])('%s is refused at once', (_, yaml, saying) => {
    // What is not refused at once is not refused within the time that a test has.
    const fault = catchFault(yaml);
    expect(fault.code).toBe('mapping_invalid');
    expect(fault.message).toMatch(saying);
  });

  it.each([
    ['a file_id', `${GOOD}foreign_keys:\n  file_id: "{{ file_id }}"\n`, 6],
    ['a device_id in its key', `${GOOD}conflict_resolution:\n  on_columns: [device_id, ts]\n`, 6],
    ['a column that goes to device_id', `${GOOD}  "Meter": device_id\n`, 5],
  ])('%s of the old system is refused with the sentence that tells how to change it', (_, yaml, line) => {
    const fault = catchFault(yaml);
    expect(fault.code).toBe('mapping_old');
    expect(fault.remedy).toContain('batch_id: "{{ batch_id }}"');
    expect(fault.errors).toContainEqual(expect.objectContaining({ line }));
  });

  it("a column of the user's file that is called device_id is none of the old system's", () => {
    const yaml = `${GOOD.replace('"Date and Time"', '"device_id"')}datasource: { from: constant, name: x }\n`;
    expect(readMapping('mine', yaml, 'user').columns[0]?.header).toBe('device_id');
  });

  it("the old system's small form stays valid", () => {
    const yaml = `${GOOD}granularity: hourly
coercions: { ts: datetime, energy_kwh: float }
validation_rules:
  schema: { required: [ts, energy_kwh] }
  constraints: { energy_kwh: { min: 0, max: 10000 } }
conflict_resolution: { strategy: update, on_columns: [datasource_id, ts], update_columns: [energy_kwh] }
foreign_keys: { batch_id: "{{ batch_id }}" }
target_table: fact_energy_hourly
`;
    expect(readMapping('mine', yaml, 'user').strategy).toBe('update');
  });
});

describe('the mappings there are', () => {
  it('pass the tests that are written in them: built-in ones and examples', async () => {
    for (const dir of [undefined, join(ROOT, 'docs/examples/mappings')]) {
      const { mappings, broken } = await listMappings(dir);
      expect(broken).toEqual([]);
      const results = (await Promise.all(mappings.map(runMappingTests))).flat();
      expect(results.filter((r) => r.complaints.length > 0)).toEqual([]);
      for (const { name, tests } of mappings) expect(`${name}: ${tests.length > 0}`).toBe(`${name}: true`);
    }
  });

  it('and those of docs/readings.md say what it says', async () => {
    const page = readFileSync(join(ROOT, 'docs/readings.md'), 'utf8');
    const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map((block) => block[1]!);
    expect(blocks.length).toBe(3);
    for (const yaml of blocks) {
      const results = await runMappingTests(readMapping('page', yaml, 'user'));
      expect(results.map((r) => r.complaints)).toEqual([[]]);
    }
  });

  it('tests may expect a refusal of the file, skipped records and the datasource of a row', async () => {
    const yaml = `${GOOD}tests:
  - { rows: ["2025-07-01T00:00:00Z,1"], expect: [{ datasource: trial }], skipped: 0 }
  - { rows: ["2025-07-01T00:00:00Z,1"], skipped: 1 }
  - { rows: ["2025-07-01T00:00:00Z,1"], fails: header_unknown }
  - { file: "nothing of the kind", fails: header_unknown }
`;
    const results = await runMappingTests(readMapping('mine', yaml, 'user'));
    expect(results.map((r) => r.complaints)).toEqual([
      [],
      ['0 skipped instead of 1'],
      ['the file was not refused as header_unknown'],
      [],
    ]);
  });

  it('a test that fails says what came out instead', async () => {
    const yaml = `${GOOD}tests: [{ rows: ["2025-07-01T00:00:00Z,1"], expect: [{ ts: "2025-07-01T00:00:00Z", energy_kwh: 2 }] }]\n`;
    const [result] = await runMappingTests(readMapping('mine', yaml, 'user'));
    expect(result?.complaints).toEqual(['row 1: energy_kwh is 1, expected 2']);
  });

  it('of the user win over built-in ones of the same name, and a broken one does not stop the others', async () => {
    const dir = await writeMappings('mine', {
      'energy_hourly.yaml': GOOD.replace('"Hourly"', '"My kWh"'),
      'broken.yml': 'dataset: [',
      'good.yaml': GOOD,
      '.hidden.yaml': 'x: y',
      'readme.txt': 'no mapping',
    });
    const { mappings, broken } = await listMappings(dir);
    const mine = mappings.filter((m) => m.name === 'energy_hourly');
    expect(mine.map((m) => [m.origin, m.columns[1]?.header])).toEqual([['user', 'My kWh']]);
    const names = mappings.map((m) => m.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        'dairy_production',
        'delaval_parlour',
        'delpro_milking',
        'energy_daily',
        'energy_hourly',
        'environmental_metrics',
        'good',
      ]),
    );
    expect(broken.map((b) => [b.name, b.fault.code])).toEqual([['broken', 'mapping_invalid']]);
  });
});

describe('pnpm mappings', () => {
  it('lint names file, line and what to write instead, and says it as data with --json', async () => {
    const dir = await writeMappings('linted', {
      'good.yaml': GOOD,
      'bad.yaml': `${GOOD}colour: blue\n`,
      'old.yaml': `${GOOD}foreign_keys: { file_id: "{{ file_id }}" }\n`,
    });
    const env = { MAPPINGS_DIR: dir, INIT_CWD: dir };
    const cli = 'apps/ingestor/src/cli.ts';
    const [files, inUse, list, unknown] = await Promise.all([
      runCli(cli, ['mappings', 'lint', 'good.yaml', 'bad.yaml', 'old.yaml', 'none.yaml', '--json'], { env }),
      runCli(cli, ['mappings', 'lint'], { env }),
      runCli(cli, ['mappings', 'list', '--json'], { env }),
      runCli(cli, ['mappings', 'show', 'nothing'], { env }),
    ]);
    expect(files!.code).toBe(3);
    expect(files!.stderr).toMatch(
      /✗ bad\.yaml\nerror mapping_invalid: .*\n {2}line 5: colour: There is no key colour here; there are dataset, .*columns, .*\.\n→ /,
    );
    const linted = JSON.parse(files!.stdout) as { file: string; error: { code: string } | null }[];
    expect(linted.map((l) => [l.file, l.error?.code ?? null])).toEqual([
      ['good.yaml', null],
      ['bad.yaml', 'mapping_invalid'],
      ['old.yaml', 'mapping_old'],
      ['none.yaml', 'file_not_found'],
    ]);
    expect(inUse).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(join(dir, 'old.yaml')) });
    expect(list!.code).toBe(3);
    expect((JSON.parse(list!.stdout) as { name: string }[]).map((m) => m.name)).toContain('good');
    expect(unknown).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('error mapping_unknown: ') });
  });
});
