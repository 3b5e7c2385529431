import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandResult, createEmptyDatabase, runCli, type TestDatabase } from '@cei-inoe/shared/testing';
import { utils, write } from '@e965/xlsx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTrial, type Trial } from './support/open-trial.ts';

let t: Trial;
let empty: TestDatabase;
/** Where the files of the cases lie. */
let files: string;
const CLI = 'apps/ingestor/src/cli.ts';
const hourly = (...rows: string[]) => ['Date and Time,Hourly', ...rows, ''].join('\n');
const row = '2025-07-01 00:00:00,1';

function makeWorkbook(rows: readonly (readonly (string | number)[])[]): Buffer {
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(rows as (string | number)[][]), 'Sheet1');
  return write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer;
}

const run = (args: readonly string[], env: Record<string, string | undefined> = {}): Promise<CommandResult> =>
  runCli(CLI, args, { env: { DATABASE_URL: t.url, DATA_DIR: t.dir, INIT_CWD: files, LOG_LEVEL: 'warn', ...env } });

/** What people are told: one sentence with its code, what to do, and no escape codes or bars. */
function expectFault(result: CommandResult, code: string, exit: number, saying: RegExp = /./): void {
  const { stderr } = result;
  expect({ exit: result.code, stderr }).toEqual({ exit, stderr: expect.stringContaining(`error ${code}: `) });
  expect(stderr.match(/^error /gm)).toHaveLength(1);
  expect(stderr).toMatch(/^→ \S.*\.$/m);
  expect(stderr).toMatch(saying);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what must not be there
  expect(stderr).not.toMatch(/[\u001b\r█]| {4}at /);
}

beforeAll(async () => {
  [t, empty] = await Promise.all([openTrial(), createEmptyDatabase()]);
  files = join(t.dir, 'files');
  await mkdir(join(files, 'm1-folder.csv'), { recursive: true });
  await t.addSource('m1', 'UTC');
  await t.addSource('herd', 'UTC', 'dairy');
  const book = makeWorkbook([
    ['Date and Time', 'Hourly'],
    ['2025-07-01 00:00:00', 1],
  ]);
  const contents: Record<string, string | Buffer> = {
    'm1-empty.csv': '',
    'm1-blank.csv': '\n \n\n',
    'm1-image.csv': Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'),
    'm1-text.xlsx': hourly(row),
    'm1-book.csv': book,
    'm1-broken.xlsx': book.subarray(0, Math.floor(book.length / 2)),
    'm1-header.csv': 'Date and Time,Hourly consumption,Quality\n2025-07-01 00:00:00,1,ok\n',
    'nobody-x.csv': hourly(row),
    '.csv': hourly(row),
    'm1-only-header.csv': 'Date and Time,Hourly\n',
    'm1-one-column.csv': `Hourly\n1\n2\n3\n`,
    'm1-json.csv': '[{"ts": "2025-07-01", "kwh": 1}]',
    'm1-orders.csv': 'Moment,kWh\n03/04/2025 00:00,1\n05/06/2025 00:00,2\n',
    'm1-both-signs.csv': 'Date and Time;Hourly\n2025-07-01 00:00:00;1,5\n2025-07-01 01:00:00;2.5\n',
    'm1-thousands.csv': 'Date and Time;Hourly\n2025-07-01 00:00:00;1,234\n2025-07-01 01:00:00;2\n',
    'm1-good.csv': hourly(row),
    'm1-partly.csv': hourly('2025-07-01 00:00:00,1', '2025-07-01 01:00:00,x'),
    'm1-halves.csv': hourly('2025-08-01 00:00:00,1', '2025-08-01 00:30:00,1', '2025-08-01 01:00:00,1'),
  };
  for (const [name, content] of Object.entries(contents)) await writeFile(join(files, name), content);
  await mkdir(join(t.dir, 'mappings'));
  await writeFile(
    join(t.dir, 'mappings', 'orders.yaml'),
    'dataset: energy_hourly\ncolumns: { Moment: ts, kWh: { to: energy_kwh, decimal: "." } }\n',
  );
  await mkdir(join(t.dir, 'broken'));
  await writeFile(
    join(t.dir, 'broken', 'halfway.yaml'),
    'dataset: energy_hourly\ncolumns: { "Date and Time": ts, "Hourly": energy_kwh }\ntime: { label: end }\n',
  );
});
afterAll(async () => {
  await empty.drop();
  await t.close();
});

/** args, code, exit, what the text must say */
const CASES: readonly (readonly [string, string[], string, number, RegExp])[] = [
  ['an empty file', ['m1-empty.csv'], 'file_empty', 1, /empty/],
  ['a file of blank lines', ['m1-blank.csv'], 'file_empty', 1, /m1-blank\.csv/],
  ['an image called .csv', ['m1-image.csv'], 'format_unknown', 1, /PNG/],
  ['CSV called .xlsx', ['m1-text.xlsx'], 'format_mismatch', 1, /m1-text\.xlsx is text/],
  ['a workbook called .csv', ['m1-book.csv'], 'format_mismatch', 1, /workbook/i],
  ['half a workbook', ['m1-broken.xlsx'], 'workbook_broken', 1, /save it again/],
  ['JSON', ['m1-json.csv'], 'header_unknown', 1, /The file has: ts, kwh/],
  [
    'a header that nobody knows',
    ['m1-header.csv'],
    'header_unknown',
    1,
    /Hourly consumption.*nearest mapping is energy_\w+; it misses (Hourly|Daily)/,
  ],
  ['a header without records', ['m1-only-header.csv'], 'no_records', 1, /no records/],
  [
    'numbers of two kinds',
    ['m1-both-signs.csv'],
    'number_style_ambiguous',
    1,
    /Hourly: 1,5 has a comma as its decimal sign and 2\.5 a point\./,
  ],
  [
    'a number of two readings',
    ['m1-thousands.csv'],
    'number_style_ambiguous',
    1,
    /Hourly: 1,234 may be 1\.234 or 1234\./,
  ],
  ['one column', ['m1-one-column.csv'], 'header_unknown', 1, /The file has: Hourly/],
  ['a file of nobody', ['nobody-x.csv'], 'datasource_unknown', 1, /nobody-x\.csv/],
  ['an unknown datasource', ['m1-good.csv', '--datasource', 'm2'], 'datasource_unknown', 1, /m2/],
  ['a name that names nothing', ['.csv'], 'datasource_missing', 1, /--datasource/],
  ['a file that is not there', ['m1-missing.csv'], 'file_not_found', 1, /m1-missing\.csv/],
  ['a folder', ['m1-folder.csv'], 'file_not_regular', 1, /m1-folder\.csv is a folder/],
  ['an unknown mapping', ['m1-good.csv', '--mapping', 'mine'], 'mapping_unknown', 2, /mine.*\n.*mappings list/],
  ['an unknown date order', ['m1-good.csv', '--date-order', 'ydm'], 'usage', 2, /ydm.*mdy, dmy, ymd/],
  ['a day that does not exist', ['m1-good.csv', '--date', '2026-02-30'], 'usage', 2, /2026-02-30.*a day such as/],
  ['an unknown option', ['m1-good.csv', '--fast'], 'usage', 2, /--fast/],
  ['no file', [], 'usage', 2, /files/],
];

describe('pnpm ingest with', () => {
  it.concurrent.each(CASES)(
    '%s says what it is and what to do, and loads nothing',
    async (_, args, code, exit, saying) => {
      const result = await run(['ingest', ...args]);
      expectFault(result, code, exit, saying);
      expect(result.stdout).toBe('');
    },
  );

  it.concurrent('a date order that fits both ways shows both, and takes the one that is given', async () => {
    const env = { MAPPINGS_DIR: join(t.dir, 'mappings') };
    const result = await run(['ingest', 'm1-orders.csv'], env);
    expectFault(result, 'date_order_ambiguous', 1, /--date-order dmy or mdy/);
    expect(result.stderr).toMatch(/4 March 2025 \(mdy\)/);
    expect(result.stderr).toMatch(/3 April 2025 \(dmy\)/);
    const given = await run(['ingest', 'm1-orders.csv', '--date-order', 'dmy', '--dry-run', '--json'], env);
    expect(given.code).toBe(0);
    expect(JSON.parse(given.stdout)).toMatchObject([
      { status: 'completed', dry_run: true, counts: { read: 2, inserted: 2 } },
    ]);
  });

  it.concurrent('a mapping of yours that is not valid names its line, rather than to know nothing of it', async () => {
    const result = await run(['ingest', 'm1-good.csv', '--mapping', 'halfway'], {
      MAPPINGS_DIR: join(t.dir, 'broken'),
    });
    expectFault(result, 'mapping_invalid', 2, /halfway[\s\S]*line 3[\s\S]*time\.label/);
    expect(result.stdout).toBe('');
  });

  it('any of them loads nothing, leaves nothing in the spool, and leaves the files where they are', async () => {
    expect(await t.query('SELECT 1 FROM fact_energy_hourly')).toEqual([]);
    expect(
      await t.query(
        "SELECT 1 FROM ingest_batch WHERE status NOT IN ('failed', 'completed') OR (status = 'completed' AND NOT dry_run)",
      ),
    ).toEqual([]);
    expect(await readdir(join(t.dir, 'spool'))).toEqual([]);
    expect(await readdir(files)).toContain('m1-image.csv');
  });

  it('--json tells the same of each file on stdout, and the exit code is that of the worst', async () => {
    const names = ['m1-empty.csv', 'm1-header.csv', 'm1-good.csv', 'm1-partly.csv', 'm1-good.csv'];
    const result = await run(['ingest', ...names, '--json']);
    const reports = JSON.parse(result.stdout) as Record<string, unknown>[];
    expect(result.code).toBe(1);
    expect(reports.map((r) => [r.file, r.status, r.exit, (r.error as { code: string } | null)?.code ?? null])).toEqual([
      ['m1-empty.csv', 'failed', 1, 'file_empty'],
      ['m1-header.csv', 'failed', 1, 'header_unknown'],
      ['m1-good.csv', 'completed', 0, null],
      ['m1-partly.csv', 'completed', 3, null],
      ['m1-good.csv', 'duplicate', 0, null],
    ]);
    expect(reports[1]!.error).toMatchObject({
      title: expect.any(String),
      message: expect.any(String),
      remedy: expect.any(String),
      nearest: expect.stringMatching(/^energy_/),
    });
    expect(reports[2]).toMatchObject({
      dataset: 'energy_hourly',
      mapping: 'energy_hourly',
      datasource: 'm1',
      counts: { read: 1, inserted: 1, updated: 0, unchanged: 0, skipped: 0, rejected: 0 },
    });
    expect(reports[4]!.duplicate_of).toBe(reports[2]!.batch_id);
    expect(await readFile(String(reports[3]!.rejects_file), 'utf8')).toContain('2025-07-01 01:00:00,x,3,not_a_number');
  });

  it('refused rows shows them with line, column, text and reason, and exits with 3', async () => {
    const result = await run(['ingest', 'm1-partly.csv', '--force']);
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain('line 3, Hourly: "x" not_a_number: ');
    expect(result.stderr).toMatch(/All refused records: .*\.rejects\.csv/);
  });

  it('what puts a load in question is said, though nothing was refused', async () => {
    const said = 'finer_than_hourly: 2 readings, stored as they stand; `aggregate` adds them up to hours';
    expect(await run(['ingest', 'm1-halves.csv'])).toMatchObject({ code: 0, stderr: expect.stringContaining(said) });
    const { stdout } = await run(['ingest', 'm1-halves.csv', '--force', '--json']);
    expect(JSON.parse(stdout)[0].notices).toMatchObject([{ code: 'finer_than_hourly', count: 2 }]);
  });
});

describe('settings that cannot work', () => {
  const other = (url: string, change: (parts: URL) => void) => {
    const parts = new URL(url);
    change(parts);
    return parts.href;
  };
  const SETTINGS: readonly (readonly [string, () => Record<string, string>, string, number, RegExp])[] = [
    [
      'a database that is missing',
      () => ({
        DATABASE_URL: other(t.url, (u) => {
          u.pathname = '/nothing_here';
        }),
      }),
      'database_missing',
      1,
      /nothing_here/,
    ],
    [
      'a wrong password',
      () => ({
        DATABASE_URL: other(t.url, (u) => {
          u.password = 'wrong';
        }),
      }),
      'database_auth_failed',
      1,
      /password/,
    ],
    [
      'a port where nobody listens',
      () => ({
        DATABASE_URL: other(t.url, (u) => {
          u.port = '1';
        }),
      }),
      'database_unreachable',
      1,
      /127\.0\.0\.1:1/,
    ],
    ['a database without tables', () => ({ DATABASE_URL: empty.url }), 'schema_missing', 1, /pnpm migrate/],
    [
      'a file in the place of DATA_DIR',
      () => ({ DATA_DIR: join(files, 'm1-good.csv') }),
      'folder_unwritable',
      1,
      /m1-good\.csv/,
    ],
    [
      'a folder of mappings that is missing',
      () => ({ MAPPINGS_DIR: join(files, 'none') }),
      'config_invalid',
      2,
      /MAPPINGS_DIR.*none/,
    ],
    [
      'several variables at fault',
      () => ({
        DATABASE_URL: 'mysql://x',
        INGEST_WORKERS: 'many',
        FILE_STABLE_MS: '-1',
        NEW_DATASOURCES: 'maybe',
        DEFAULT_TIMEZONE: 'GMT+2',
      }),
      'config_invalid',
      2,
      /DATABASE_URL[\s\S]*INGEST_WORKERS[\s\S]*FILE_STABLE_MS|FILE_STABLE_MS[\s\S]*DATABASE_URL/,
    ],
  ];
  it.concurrent.each(SETTINGS)(
    '%s: one sentence, what to do, and with --json the same as data',
    async (_, env, code, exit, saying) => {
      const result = await run(['ingest', 'm1-good.csv', '--json'], env());
      expectFault(result, code, exit, saying);
      expect(result.stderr).not.toContain(':wrong@');
      expect(JSON.parse(result.stdout)).toMatchObject({
        error: { code, message: expect.any(String), remedy: expect.stringMatching(/\.$/) },
      });
    },
  );

  it('all faults are told together', async () => {
    const result = await run(['ingest', 'x.csv'], {
      INGEST_WORKERS: 'many',
      NEW_DATASOURCES: 'maybe',
      DEFAULT_TIMEZONE: 'GMT+2',
    });
    for (const name of ['INGEST_WORKERS', 'NEW_DATASOURCES', 'DEFAULT_TIMEZONE'])
      expect(result.stderr).toMatch(new RegExp(`^  ${name}: `, 'm'));
  });
});

describe('pnpm batches', () => {
  it('refuses what it does not understand, and knows a batch by its short id', async () => {
    const [limit, status, unknown, list] = await Promise.all([
      run(['batches', 'list', '--limit', 'x']),
      run(['batches', 'list', '--status', 'lost']),
      run(['batches', 'show', '00000000']),
      run(['batches', 'list', '--json']),
    ]);
    expectFault(limit!, 'usage', 2, /--limit/);
    expectFault(status!, 'usage', 2, /lost/);
    expectFault(unknown!, 'batch_unknown', 1, /00000000/);
    const batches = JSON.parse(list!.stdout) as { batch_id: string; status: string }[];
    const shown = await run(['batches', 'show', batches[0]!.batch_id.slice(-8), '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ batch_id: batches[0]!.batch_id });
  });
});
