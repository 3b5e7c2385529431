import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replayBatch } from '../src/compose/replay-batch.ts';
import type { Surroundings } from '../src/compose/settings.ts';
import { undoBatch } from '../src/compose/undo-batch.ts';
import { account, openTrial, type Trial, type TrialOptions } from './support/open-trial.ts';

// With NEW_DATASOURCES=create: a datasource is made in the transaction of the load that needs it, and is gone with it.

let t: Trial;
let around: Surroundings;
let count = 0;
beforeAll(async () => {
  t = await openTrial();
  around = { ...t.around, newDatasources: 'create', defaultTimezone: 'Asia/Nicosia' };
});
afterAll(() => t.close());

const hourly = (...rows: string[]) => ['Date and Time,Hourly', ...rows, ''].join('\n');
const load = (name: string, text: string, options: TrialOptions = {}) => t.load(name, text, options, around);
const findSources = (like: string) =>
  t.query<{ external_id: string; timezone: string | null; data_type: string }>(
    'SELECT external_id, timezone, data_type FROM datasource WHERE external_id LIKE $1 ORDER BY 1',
    [like],
  );
const BY_COLUMN = `
dataset: energy_hourly
columns: { "Date and Time": ts, "Hourly": energy_kwh }
datasource: { from: column, name: Meter }
time: { format: iso }
`;

const MEANS: { how: string; name: (id: string) => string; options: (id: string) => TrialOptions }[] = [
  { how: 'by the name of the file', name: (id) => `${id}-july.csv`, options: () => ({}) },
  { how: 'by the option', name: () => 'x.csv', options: (id) => ({ datasource: id }) },
  { how: 'by the folder', name: () => 'x.csv', options: (id) => ({ folder: id }) },
  {
    how: 'by the mapping',
    name: () => 'x.csv',
    options: (id) => ({
      mapping: 'mine',
      mappings: { mine: BY_COLUMN.replace('from: column, name: Meter', `from: constant, name: ${id}`) },
    }),
  },
  { how: 'by a column', name: () => 'x.csv', options: () => ({ mapping: 'mine', mappings: { mine: BY_COLUMN } }) },
];

describe('a datasource that nobody knows', () => {
  it.each(MEANS)('named $how, is made by the load, and not by a dry run, a failed load or a preview', async (means) => {
    const id = `new${++count}`;
    const options = means.options(id);
    const name = means.name(id);
    const write = (...rows: string[]) =>
      ['Date and Time,Hourly,Meter', ...rows.map((row) => `${row},${id}`), ''].join('\n');
    const good = write('2025-07-01 00:00:00,1', '2025-07-01 01:00:00,x');
    const dry = await load(name, good, { ...options, dryRun: true });
    expect(account(dry)).toBe('2 = 1+0~ 0= 0- 1!');
    expect(await t.batch(dry.batchId)).toMatchObject({ status: 'completed', dry_run: true, datasource_id: null });
    expect(await findSources(id)).toEqual([]);

    const bad = await load(name, write('2025-07-01 00:00:00,x'), options);
    expect(account(bad)).toBe('nothing_loadable');
    expect(await t.batch(bad.batchId)).toMatchObject({ status: 'failed', datasource_id: null });
    expect(await findSources(id)).toEqual([]);

    const done = await load(name, good, options);
    expect(account(done)).toBe(account(dry));
    expect(await findSources(id)).toEqual([{ external_id: id, timezone: 'Asia/Nicosia', data_type: 'energy' }]);
    expect(account(await load(name, good, { ...options, dryRun: true }))).toBe('duplicate');
    const [row] = await t.query(
      `SELECT to_char(ts AT TIME ZONE 'UTC', 'HH24:MI') AS at FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id
       WHERE d.external_id = $1`,
      [id],
    );
    expect(row).toEqual({ at: '21:00' });
  });

  it('that two files name at once is made once', async () => {
    const id = `new${++count}`;
    const hours = [0, 1, 2, 3];
    const all = await Promise.all(hours.map((h) => load(`${id}-${h}.csv`, hourly(`2025-07-01 0${h}:00:00,${h}`))));
    expect(all.map(account)).toEqual(hours.map(() => '1 = 1+0~ 0= 0- 0!'));
    expect(await findSources(id)).toHaveLength(1);
  });

  it('can be that of a replay, and a preview of it makes none', async () => {
    const [from, to, column] = [`new${++count}`, `new${++count}`, `new${++count}`];
    const text = `Date and Time,Hourly,Meter\n2025-07-01 00:00:00,1,${column}\n`;
    const old = await load(`${from}-x.csv`, text);
    const options = { requestedBy: null, dryRun: true, load: { datasource: to } };
    expect(await replayBatch(around, old.batchId, options)).toMatchObject({ datasource: to, removed: 1, added: 1 });
    expect(await findSources(to)).toEqual([]);
    await expect(replayBatch(t.around, old.batchId, options)).rejects.toMatchObject({ code: 'datasource_unknown' });
    const moved = await replayBatch(around, old.batchId, { ...options, dryRun: false });
    expect(await findSources(to)).toHaveLength(1);
    await undoBatch(around, moved.new_batch_id!, { requestedBy: null, dryRun: false });

    t.useMappings({ mine: BY_COLUMN });
    const byColumn = { requestedBy: null, load: { mapping: 'mine' } };
    expect(await replayBatch(around, old.batchId, { ...byColumn, dryRun: true })).toMatchObject({ added: 1 });
    expect(await findSources(column)).toEqual([]);
    expect(await replayBatch(around, old.batchId, { ...byColumn, dryRun: false })).toMatchObject({
      datasource: null,
      added: 1,
      removed: 0,
    });
    expect(await findSources(column)).toHaveLength(1);
  });

  it('is refused where the settings do not say that it may be made', async () => {
    const id = `new${++count}`;
    for (const dryRun of [true, false])
      expect(account(await t.load(`${id}-x.csv`, hourly('2025-07-01 00:00:00,1'), { dryRun }))).toBe(
        'datasource_unknown',
      );
    expect(await findSources(id)).toEqual([]);
  });
});

it('a text that can be no name makes no datasource: its records are refused, the others are loaded', async () => {
  const id = `named${++count}`;
  const long = `${id}${'é'.repeat(9_000)}`;
  const rows = [id, long, `${id} \0`, `${id}İzmir`, `${id}ΜΕΤΡΗΤΗΣ`, `${id}straße`].map(
    (name, hour) => `2025-07-01 0${hour}:00,${hour + 1},${name}`,
  );
  const text = ['Date and Time,Hourly,Meter', ...rows, ''].join('\n');
  const result = await load('x.csv', text, { mapping: 'mine', mappings: { mine: BY_COLUMN } });
  expect(account(result)).toBe('6 = 4+0~ 0= 0- 2!');
  expect((await findSources(`${id}%`)).map((source) => source.external_id).sort()).toEqual(
    [id, `${id}İzmir`, `${id}straße`, `${id}ΜΕΤΡΗΤΗΣ`].sort(),
  );
});
