import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTrial, type Trial } from './support/open-trial.ts';

let t: Trial;
/** Ids of the batches: two of a meter that share an hour, one of a herd, one that failed. */
const ids: Record<string, string> = {};
const hourly = (...rows: string[]) => ['Date and Time,Hourly', ...rows, ''].join('\n');

beforeAll(async () => {
  t = await openTrial();
  const meter = await t.addSource('m1', 'UTC');
  await t.query("INSERT INTO datasource_alias VALUES ('old', 'roof', $1)", [meter]);
  await t.addSource('herd', 'UTC', 'dairy');
  const load = async (key: string, name: string, text: string) => {
    ids[key] = (await t.load(name, text)).batchId;
  };
  await load(
    'first',
    'm1-1.csv',
    hourly('2025-07-01 00:00:00,1000', '2025-07-01 01:00:00,2000', '2025-07-01 02:00:00,=1+1'),
  );
  await load('second', 'm1-2.csv', hourly('2025-07-01 01:00:00,7'));
  await load('herd', 'herd-1.csv', 'Date,Day production/cow (kg)\n03/13/2025,31.2\n');
  await load('failed', 'm1-3.csv', 'Moment,kWh\n1,2\n');
  await t.query("UPDATE ingest_batch SET created_at = '2026-01-15T23:30:00Z' WHERE batch_id = $1", [ids.first]);
  await mkdir(join(t.dir, 'mappings'));
  await mkdir(join(t.dir, 'broken'));
  await writeFile(
    join(t.dir, 'broken', 'halfway.yaml'),
    'dataset: energy_hourly\ncolumns: { "Date and Time": ts, "Hourly": energy_kwh }\ntime: { label: end }\n',
  );
  await writeFile(
    join(t.dir, 'mappings', 'watt_hours.yaml'),
    'dataset: energy_hourly\ncolumns: { "Date and Time": ts, "Hourly": { to: energy_kwh, unit: Wh } }\n',
  );
});
afterAll(() => t.close());

const runWith = (mappings: string, ...args: string[]) =>
  runCli('apps/ingestor/src/cli.ts', ['batches', ...args], {
    env: {
      DATABASE_URL: t.url,
      DATA_DIR: t.dir,
      LOG_LEVEL: 'warn',
      MAPPINGS_DIR: join(t.dir, mappings),
      USER: 'ada',
    },
  });
const run = (...args: string[]) => runWith('mappings', ...args);
const runJson = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout);

describe('pnpm batches list', () => {
  it.concurrent.each([
    { args: ['--datasource', 'M1'], keys: ['second', 'first'] },
    { args: ['--datasource', 'roof', '--status', 'completed'], keys: ['second', 'first'] },
    { args: ['--dataset', 'dairy_production'], keys: ['herd'] },
    { args: ['--from', '2026-01-15', '--to', '2026-01-16'], keys: ['first'] },
    { args: ['--from', '2026-01-16T00:00:00+02:00', '--to', '2026-01-16'], keys: ['first'] },
    { args: ['--to', '2026-01-15'], keys: [] },
    { args: ['--from', '2026-02-01', '--limit', '1'], keys: ['failed'] },
  ])('$args', async ({ args, keys }) => {
    const listed = (await runJson('list', ...args)) as { batch_id: string }[];
    expect(listed.map((b) => b.batch_id)).toEqual(keys.map((key) => ids[key]));
  });

  it('refuses what it does not understand', async () => {
    const [day, moment, dataset, source] = await Promise.all([
      run('list', '--from', '2026-02-30'),
      run('list', '--to', '2026-01-15T08:00:00'),
      run('list', '--dataset', 'milk'),
      run('list', '--datasource', 'nobody'),
    ]);
    for (const refused of [day, moment, dataset])
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('error usage: ') });
    expect(source).toMatchObject({ code: 1, stderr: expect.stringContaining('error datasource_unknown: ') });
  });
});

describe('pnpm batches rejects', () => {
  it('is a table, or CSV that no spreadsheet runs, or JSON', async () => {
    const [table, csv, json, none] = await Promise.all([
      run('rejects', ids.first!),
      run('rejects', ids.first!, '--csv'),
      runJson('rejects', ids.first!),
      run('rejects', ids.second!),
    ]);
    expect(table.stdout).toMatch(
      /^line {2}column {2}text {2}code +message\n4 {5}Hourly {2}=1\+1 {2}not_a_number {2}\S/,
    );
    expect(csv.stdout).toMatch(/^line,column,text,code,message\n4,Hourly,'=1\+1,not_a_number,/);
    expect(json).toMatchObject([{ line: 4, errors: [{ column: 'Hourly', text: '=1+1', code: 'not_a_number' }] }]);
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'No record of this batch was refused.\n' });
  });
});

describe('pnpm batches show, undo, redo and replay', () => {
  it('tell what would change, do it, say what became of it, and remember it', async () => {
    const preview = await run('replay', ids.first!.slice(-8), '--mapping', 'watt_hours', '--preview');
    expect(preview.code).toBe(3);
    expect(preview.stderr).toContain('3 read, 2 inserted, 1 rejected');
    expect(preview.stderr).toContain('0 readings removed, 1 changed, 0 added; 1 batch was read again');
    expect(preview.stderr).toContain('2025-07-01T00:00:00Z m1: energy_kwh 1000 → 1');
    expect(await runJson('show', ids.first!)).toMatchObject({ status: 'completed', operations: [] });

    const done = await runJson('replay', ids.first!, '--mapping', 'watt_hours', '--yes');
    expect(done).toMatchObject({ operation: 'replay', dry_run: false, changed: 1, records: { read: 3, rejected: 1 } });
    const old = await runJson('show', ids.first!.slice(-8));
    expect(old).toMatchObject({
      batch_id: ids.first,
      external_id: 'm1',
      status: 'undone',
      archived: true,
      records_read: 3,
      replays: [{ batch_id: done.new_batch_id, status: 'completed' }],
      sources: [{ external_id: 'm1', rows: 2 }],
      checks: [{ check_name: 'not_a_number', failed_count: 1, total_count: 3 }, { check_name: 'all_records' }],
      stages: [{ stage: 'load', status: 'completed', records_in: 3, records_out: 2 }],
      operations: [
        { operation: 'replay', options: { mapping: 'watt_hours' }, requested_by: 'ada', status: 'completed' },
      ],
      overlaps: [
        { batch_id: ids.second, later: true, first: '2025-07-01T01:00:00.000Z', last: '2025-07-01T01:00:00.000Z' },
      ],
    });
    const shown = (await run('show', done.new_batch_id)).stdout;
    for (const line of [
      /^replay of +01/m,
      /^file +m1-1\.csv, \d+ bytes, in the archive$/m,
      /^came +20\S+ as file by ada$/m,
      /^options +mapping watt_hours$/m,
      /^mapping +watt_hours \(sha256 [0-9a-f]{12}…\)$/m,
      /^read as +csv, utf-8, separator ",", header in line 1, times \S/m,
      /^columns +Date and Time → ts; Hourly → energy_kwh$/m,
      /^records +3 read = 2 inserted \+ 0 updated \+ 0 unchanged \+ 0 skipped \+ 1 rejected$/m,
      /^in effect +since 20\S+, place \d+ in the order$/m,
    ])
      expect(shown).toMatch(line);

    const undone = await run('undo', done.new_batch_id);
    expect(undone).toMatchObject({ code: 0, stdout: '' });
    expect(undone.stderr).toContain('1 reading removed, 0 changed, 0 added');
    expect(undone.stderr).toContain(
      `It was a replay of ${ids.first}, which stays undone; \`pnpm batches redo ${ids.first}\``,
    );
    const redone = await run('redo', ids.first!);
    expect(redone.stderr).toContain('0 readings removed, 0 changed, 1 added');
    const refused = await run('redo', done.new_batch_id);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/batch_not_redoable: .* stands in its place/),
    });
  });

  it('a replay with a mapping that is not valid names its line, and leaves the batch as it is', async () => {
    const before = await runJson('show', ids.second!);
    const replayed = await runWith('broken', 'replay', ids.second!, '--mapping', 'halfway', '--yes');
    expect(replayed.code).toBe(2);
    expect(replayed.stderr).toMatch(/mapping_invalid[\s\S]*halfway[\s\S]*line 3[\s\S]*time\.label/);
    expect(await runJson('show', ids.second!)).toMatchObject({ status: before.status, replays: [] });
  });

  it('says of a failed batch why it failed', async () => {
    expect((await run('show', ids.failed!)).stdout).toMatch(/^error +header_unknown: /m);
  });
});
