import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redoBatch, undoBatch } from '../src/compose/undo-batch.ts';
import { account, type LoadResult, openTrial, type Trial, type TrialOptions } from './support/open-trial.ts';

// Accounts of files whose rows are derived: every reading ends as one of inserted, updated, unchanged, skipped, rejected.

let t: Trial;
let count = 0;
const addMeter = async (zone: string | null = 'Asia/Nicosia') => {
  const externalId = `d${++count}`;
  return { externalId, id: await t.addSource(externalId, zone) };
};
const readHours = async (id: number) =>
  (
    await t.query<{ ts: string; kwh: number; line: number }>(
      `SELECT to_char(ts AT TIME ZONE 'UTC', 'MM-DD HH24:MI') AS ts, energy_kwh AS kwh, source_row AS line
       FROM fact_energy_hourly WHERE datasource_id = $1 ORDER BY ts`,
      [id],
    )
  ).map(({ ts, kwh, line }) => `${ts} ${kwh} line ${line}`);
const readChecks = (batchId: string) =>
  t.query<{
    check_name: string;
    passed: boolean;
    failed: number;
    total: number;
    samples: { line: number; text: string }[] | null;
  }>(
    `SELECT check_name, passed, failed_count::int AS failed, total_count::int AS total, sample_failures AS samples
     FROM data_quality_check WHERE batch_id = $1 ORDER BY check_name`,
    [batchId],
  );
/** The rejects file of a batch, line by line; '' where there is none. */
async function readRejects(name: string, { batchId }: LoadResult): Promise<string[]> {
  const folder = join(t.dir, 'rejected');
  const id = batchId.replaceAll('-', '').slice(-8);
  const found = (await readdir(folder)).find((file) => file.startsWith(name) && file.includes(id));
  return found === undefined ? [] : (await readFile(join(folder, found), 'utf8')).trimEnd().split('\n');
}
const quiet = { requestedBy: null, dryRun: false };

const SUM = `
dataset: energy_hourly
columns: { Time: ts, kWh: energy_kwh }
aggregate: { to: hour }
time: { format: "yyyy-MM-dd HH:mm" }
`;
const COUNTER = `
dataset: energy_hourly
columns: { Time: ts, kWh: energy_kwh }
values: { kind: counter, max_power_kw: 100 }
time: { format: "yyyy-MM-dd HH:mm" }
`;
const using = (yaml: string, options: TrialOptions = {}): TrialOptions => ({
  mapping: 'mine',
  mappings: { mine: yaml },
  ...options,
});
const lines = (...rows: string[]) => ['Time,kWh', ...rows, ''].join('\n');
/** Quarters of an hour on 1 July 2025, local time. */
const quarters = (hour: number, values: readonly (number | string)[]) =>
  values.map((value, i) => `2025-07-01 ${String(hour).padStart(2, '0')}:${String(i * 15).padStart(2, '0')},${value}`);

beforeAll(async () => {
  t = await openTrial();
});
afterAll(() => t.close());

describe('readings that are added up', () => {
  it('count each as what became of their hour', async () => {
    const { externalId, id } = await addMeter();
    const first = [...quarters(13, [0.1, 0.2, 0.3, 0.4]), ...quarters(14, [1, 1, 1, 1]), ...quarters(15, [2, 2])];
    const file = lines(...first, first[0]!);
    const dry = await t.load(`${externalId}-a.csv`, file, using(SUM, { dryRun: true }));
    const result = await t.load(`${externalId}-a.csv`, file, using(SUM));
    expect(account(result)).toBe('11 = 8+0~ 0= 1- 2!');
    expect(account(dry)).toBe(account(result));
    // 13:00 in Nicosia is 10:00Z; an hour has the line of its first reading.
    expect(await readHours(id)).toEqual(['07-01 10:00 1 line 2', '07-01 11:00 4 line 6']);
    // The second file: one hour again with the same values, one with others, one new; in another order.
    const second = [
      ...quarters(16, [4, 4, 4, 4]),
      ...quarters(14, [1, 1, 1, 2]),
      ...quarters(13, [0.1, 0.2, 0.3, 0.4]),
    ];
    const again = await t.load(`${externalId}-b.csv`, lines(...second), using(SUM));
    expect(account(again)).toBe('12 = 4+4~ 4= 0- 0!');
    expect(await readHours(id)).toEqual(['07-01 10:00 1 line 2', '07-01 11:00 5 line 6', '07-01 13:00 16 line 2']);
    expect(
      await t.query('SELECT rows::int, first, last FROM ingest_batch_datasource WHERE batch_id = $1', [again.batchId]),
    ).toEqual([{ rows: 3, first: new Date('2025-07-01T10:00:00Z'), last: new Date('2025-07-01T13:00:00Z') }]);
  });

  it.each([
    ['ignore', '8 = 4+0~ 0= 4- 0!'],
    ['append', '8 = 4+0~ 0= 4- 0!'],
    ['fail', 'conflict'],
  ])('obey the strategy %s', async (strategy, accounts) => {
    const { externalId, id } = await addMeter();
    const mine = `${SUM}conflict_resolution: { strategy: ${strategy} }\n`;
    await t.load(`${externalId}-a.csv`, lines(...quarters(13, [1, 1, 1, 1])), using(mine));
    const file = lines(...quarters(13, [1, 1, 1, 2]), ...quarters(14, [1, 1, 1, 1]));
    expect(account(await t.load(`${externalId}-b.csv`, file, using(mine)))).toBe(accounts);
    expect((await readHours(id))[0]).toBe('07-01 10:00 4 line 2');
  });

  it('of an hour that lacks one come back in the layout of the file, and load once they are completed', async () => {
    const { externalId, id } = await addMeter();
    const name = `${externalId}-a.csv`;
    const rows = [...quarters(13, [1, 1, 'x', 1]), ...quarters(14, [2, 2, 2, 2])];
    const result = await t.load(name, lines(...rows), using(SUM));
    expect(account(result)).toBe('8 = 4+0~ 0= 0- 4!');
    const rejects = await readRejects(externalId, result);
    expect(rejects[0]).toBe('Time,kWh,_line,_code,_message');
    expect(rejects.slice(1).map((line) => line.split(',').slice(0, 4).join(','))).toEqual([
      '2025-07-01 13:00,1,2,incomplete_interval',
      '2025-07-01 13:15,1,3,incomplete_interval',
      '2025-07-01 13:30,x,4,not_a_number',
      '2025-07-01 13:45,1,5,incomplete_interval',
    ]);
    expect(rejects[1]).toContain(
      '45 min of 60 min from 2025-07-01 13:00+03:00 are there; missing: 2025-07-01 13:30+03:00 to 2025-07-01 13:45+03:00.',
    );
    const corrected = rejects.join('\n').replace('13:30,x', '13:30,1.5');
    expect(account(await t.load(name, `${corrected}\n`, using(SUM)))).toBe('4 = 4+0~ 0= 0- 0!');
    expect(await readHours(id)).toEqual(['07-01 10:00 4.5 line 2', '07-01 11:00 8 line 6']);
  });

  it('keep both hours of the autumn night apart, though some of them are refused', async () => {
    const { externalId, id } = await addMeter();
    const night = (hour: string, values: (number | string)[]) =>
      values.map((value, i) => `2025-10-26 ${hour}:${String(i * 15).padStart(2, '0')},${value}`);
    const rows = [
      ...night('02', [1, 1, 1, 1]),
      ...night('03', [2, 2, 2, 2]),
      ...night('03', [3, 'x', 3, 3]),
      ...night('04', [4, 4, 4, 4]),
    ];
    expect(account(await t.load(`${externalId}-a.csv`, lines(...rows), using(SUM)))).toBe('16 = 12+0~ 0= 0- 4!');
    expect(await readHours(id)).toEqual(['10-25 23:00 4 line 2', '10-26 00:00 8 line 6', '10-26 02:00 16 line 14']);
  });

  it('of days make the local days of 23 and 25 hours', async () => {
    const { externalId, id } = await addMeter('Europe/Madrid');
    const mine = SUM.replace('energy_hourly', 'energy_daily')
      .replace('to: hour', 'to: day')
      .concat('values: { interval: 1h }\n');
    const hours = (day: string, list: readonly number[]) =>
      list.map((h) => `${day} ${String(h).padStart(2, '0')}:00,1`);
    const all = Array.from({ length: 24 }, (_, h) => h);
    const spring = hours(
      '2025-03-30',
      all.filter((h) => h !== 2),
    );
    const autumn = hours('2025-10-26', [0, 1, 2, 2, ...all.slice(3)]);
    const result = await t.load(`${externalId}-a.csv`, lines(...spring, ...autumn), using(mine));
    expect(account(result)).toBe('48 = 48+0~ 0= 0- 0!');
    expect(
      await t.query('SELECT ts::text, energy_kwh FROM fact_energy_daily WHERE datasource_id = $1 ORDER BY ts', [id]),
    ).toEqual([
      { ts: '2025-03-30', energy_kwh: 23 },
      { ts: '2025-10-26', energy_kwh: 25 },
    ]);
    expect(account(await t.load(`${(await addMeter(null)).externalId}-b.csv`, lines(...spring), using(mine)))).toBe(
      'zone_unknown',
    );
  });
});

describe('a counter', () => {
  const readings = (values: Readonly<Record<string, number>>) =>
    Object.entries(values).map(([clock, v]) => `2025-07-01 ${clock},${v}`);

  it('is loaded as energy, with an account of every reading and a record of what happened to it', async () => {
    const { externalId, id } = await addMeter();
    const mine = COUNTER.replace('kind: counter', 'kind: counter, rollover_at: 1000');
    const rows = readings({
      '10:00': 998,
      '11:00': 999.5,
      '12:00': 0.7,
      '13:00': 500,
      '14:00': 2,
      '15:00': 0,
      '16:00': 3,
      '19:00': 4,
      '20:00': 4,
    });
    const result = await t.load(`${externalId}-a.csv`, lines(...rows), using(mine));
    // 998 start; 999.5, 0.7 (rolled over) loaded; 500 false; 2 and 4 follow a gap; 0 false, 3 follows a gap; the last loaded.
    expect(await readHours(id)).toEqual(['07-01 07:00 1.5 line 3', '07-01 08:00 1.2 line 4', '07-01 16:00 0 line 10']);
    expect(account(result)).toBe('9 = 3+0~ 0= 1- 5!');
    const checks = await readChecks(result.batchId);
    expect(checks.map((c) => `${c.check_name} ${c.passed} ${c.failed} ${c.total}`)).toEqual([
      'all_records false 5 9',
      'counter_gap false 3 9',
      'counter_glitch false 2 9',
      'counter_rollover true 0 1',
      'counter_start true 0 1',
    ]);
    const find = (name: string) => checks.find((c) => c.check_name === name)!.samples;
    expect(find('counter_rollover')).toEqual([{ line: 4, text: 'The counter rolled over from 999.5 to 0.7.' }]);
    expect(find('counter_glitch')).toEqual([
      { line: 5, text: 'The counter shows 500 here, but 0.7 before and 2 after.' },
      { line: 7, text: 'The counter shows 0 here, but 2 before and 3 after.' },
    ]);
    expect(find('counter_gap')![0]).toEqual({
      line: 6,
      text: '1.3 kWh were used from 2025-07-01 12:00+03:00 to 2025-07-01 14:00+03:00; how much of it when cannot be known.',
    });
  });

  it('exported twice with one reading in common loses nothing', async () => {
    const { externalId, id } = await addMeter();
    const first = readings({ '10:00': 1, '11:00': 2.5, '12:00': 4 });
    const second = readings({ '12:00': 4, '13:00': 4.25, '14:00': 5 });
    expect(account(await t.load(`${externalId}-a.csv`, lines(...first), using(COUNTER)))).toBe('3 = 2+0~ 0= 1- 0!');
    expect(account(await t.load(`${externalId}-b.csv`, lines(...second), using(COUNTER)))).toBe('3 = 2+0~ 0= 1- 0!');
    expect((await readHours(id)).map((row) => row.split(' line')[0])).toEqual([
      '07-01 07:00 1.5',
      '07-01 08:00 1.5',
      '07-01 09:00 0.25',
      '07-01 10:00 0.75',
    ]);
  });

  it('comes back with the reading before the refused one, so that a correction can be counted from', async () => {
    const { externalId, id } = await addMeter();
    const name = `${externalId}-a.csv`;
    const rows = readings({ '10:00': 1, '11:00': 2, '12:00': 0, '13:00': 4, '14:00': 5 });
    const result = await t.load(name, lines(...rows), using(COUNTER));
    expect(account(result)).toBe('5 = 2+0~ 0= 1- 2!');
    const rejects = await readRejects(externalId, result);
    expect(rejects.slice(1).map((line) => line.split(',').slice(0, 4).join(','))).toEqual([
      '2025-07-01 11:00,2,3,',
      '2025-07-01 12:00,0,4,counter_glitch',
      '2025-07-01 13:00,4,5,counter_gap',
    ]);
    expect(
      await t.query('SELECT line::int FROM ingest_rejection WHERE batch_id = $1 ORDER BY 1', [result.batchId]),
    ).toEqual([{ line: 4 }, { line: 5 }]);
    const corrected = rejects.join('\n').replace('12:00,0,', '12:00,3.5,');
    expect(account(await t.load(name, `${corrected}\n`, using(COUNTER)))).toBe('3 = 2+0~ 0= 1- 0!');
    expect((await readHours(id)).map((row) => row.split(' line')[0])).toEqual([
      '07-01 07:00 1',
      '07-01 08:00 1.5',
      '07-01 09:00 0.5',
      '07-01 10:00 1',
    ]);
  });

  it('taken back where two exports overlap leaves what the other says, and brought back it is as before', async () => {
    const { externalId, id } = await addMeter();
    const a = await t.load(
      `${externalId}-a.csv`,
      lines(...readings({ '10:00': 1, '11:00': 2, '12:00': 4 })),
      using(COUNTER),
    );
    const b = await t.load(
      `${externalId}-b.csv`,
      lines(...readings({ '11:00': 2, '12:00': 4.5, '13:00': 5 })),
      using(COUNTER),
    );
    expect(account(b)).toBe('3 = 1+1~ 0= 1- 0!');
    const both = await readHours(id);
    await undoBatch(t.around, b.batchId, quiet);
    expect(await readHours(id)).toEqual(['07-01 07:00 1 line 3', '07-01 08:00 2 line 4']);
    await redoBatch(t.around, b.batchId, quiet);
    expect(await readHours(id)).toEqual(both);
    await undoBatch(t.around, a.batchId, quiet);
    expect(await readHours(id)).toEqual(['07-01 08:00 2.5 line 3', '07-01 09:00 0.5 line 4']);
  });
});

describe('a file of several registers', () => {
  const REGISTERS = `
dataset: energy_hourly
columns: { Time: ts }
unpivot: { columns: '^(?<register>import|export) kWh$', to: energy_kwh }
time: { format: "yyyy-MM-dd HH:mm" }
`;
  const wide = (...rows: string[]) => ['Time,import kWh,export kWh', ...rows, ''].join('\n');
  const readAll = (meter: string) =>
    t.query(
      `SELECT d.external_id, d.timezone, d.metadata->>'meter' AS meter, sum(energy_kwh) AS kwh, count(*)::int AS rows
       FROM fact_energy_hourly f JOIN datasource d ON d.id = f.datasource_id WHERE d.external_id LIKE $1 GROUP BY 1, 2, 3 ORDER BY 1`,
      [`${meter}:%`],
    );

  it('goes to the registers of its meter, and comes back line by line', async () => {
    const meter = `r${++count}`;
    await t.addSource(`${meter}:import`);
    await t.addSource(`${meter}:export`);
    const file = wide('2025-07-01 10:00,1,5', '2025-07-01 11:00,x,y', '2025-07-01 12:00,3,', '2025-07-01 12:00,3,7');
    const result = await t.load(`${meter}-2025.csv`, file, using(REGISTERS));
    // Line 3 has two bad cells, line 4 one; lines 4 and 5 repeat the import, and only line 5 has the export.
    expect(account(result)).toBe('8 = 4+0~ 0= 1- 3!');
    expect((await readAll(meter)).map((row) => Object.values(row).join(' '))).toEqual([
      `${meter}:export Asia/Nicosia  12 2`,
      `${meter}:import Asia/Nicosia  4 2`,
    ]);
    const rejects = await readRejects(meter, result);
    expect(rejects).toEqual([
      'Time,import kWh,export kWh,_line,_code,_message',
      '2025-07-01 11:00,x,y,3,not_a_number,import kWh: Not a number in the style of this column. export kWh: Not a number in the style of this column.',
      '2025-07-01 12:00,3,,4,required,export kWh: The value is missing.',
    ]);
    expect(
      await t.query('SELECT records_rejected::int AS n, datasource_id FROM ingest_batch WHERE batch_id = $1', [
        result.batchId,
      ]),
    ).toEqual([{ n: 3, datasource_id: null }]);
    const corrected = rejects.join('\n').replace('11:00,x,y', '11:00,2,6').replace('3,,4', '3,7,4');
    expect(account(await t.load(`${meter}-2025.csv`, `${corrected}\n`, using(REGISTERS)))).toBe('4 = 2+0~ 2= 0- 0!');
  });

  it('that contradict one another in one line are refused, not doubled', async () => {
    const meter = `r${++count}`;
    await t.addSource(`${meter}:import`);
    const file = ['Time,import kWh,import  kWh', '2025-07-01 10:00,1,2', '2025-07-01 11:00,3,3', ''].join('\n');
    const mine = REGISTERS.replace('(?<register>import|export) kWh', '(?<register>import) +kWh');
    const result = await t.load(`${meter}-2025.csv`, file, using(mine));
    expect(account(result)).toBe('4 = 1+0~ 0= 1- 2!');
    expect((await readRejects(meter, result))[1]).toContain('Another column of the line gives another value');
  });

  it('without a datasource of its name is refused record by record, or makes one', async () => {
    const meter = `r${++count}`;
    await t.addSource(meter, 'Europe/Madrid');
    await t.addSource(`${meter}:import`);
    const file = wide('2025-07-01 10:00,1,5', '2025-07-01 11:00,2,6');
    const refused = await t.load(`${meter}-2025.csv`, file, using(REGISTERS));
    expect(account(refused)).toBe('4 = 2+0~ 0= 0- 2!');
    expect((await readRejects(meter, refused))[1]).toContain(`No datasource is called ${meter}:export.`);
    const creating = { ...t.around, newDatasources: 'create' as const };
    const dry = await t.load(`${meter}-2025.csv`, file, using(REGISTERS, { dryRun: true, force: true }), creating);
    expect(await t.query('SELECT 1 FROM datasource WHERE external_id = $1', [`${meter}:export`])).toEqual([]);
    const result = await t.load(`${meter}-2025.csv`, file, using(REGISTERS, { force: true }), creating);
    expect(account(result)).toBe('4 = 2+0~ 2= 0- 0!');
    expect(account(dry)).toBe(account(result));
    expect((await readAll(meter))[0]).toEqual({
      external_id: `${meter}:export`,
      timezone: 'Europe/Madrid',
      meter,
      kwh: 11,
      rows: 2,
    });
  });

  it('for another meter is no repetition of the same bytes', async () => {
    const meters = [`r${++count}`, `r${++count}`] as const;
    for (const meter of meters) for (const register of ['import', 'export']) await t.addSource(`${meter}:${register}`);
    const file = wide('2025-07-01 10:00,1,5');
    const load = (datasource: string) => t.load('export.csv', file, using(REGISTERS, { datasource }));
    const first = await load(meters[0]);
    expect(account(first)).toBe('2 = 2+0~ 0= 0- 0!');
    expect(account(await load(meters[1]))).toBe('2 = 2+0~ 0= 0- 0!');
    expect(account(await load(meters[0]))).toBe('duplicate');
    await undoBatch(t.around, first.batchId, quiet);
    const again = await load(meters[0]);
    expect(account(again)).toBe('2 = 2+0~ 0= 0- 0!');
    await expect(redoBatch(t.around, first.batchId, quiet)).rejects.toMatchObject({ code: 'duplicate_file' });
  });

  it('is read again as it was when a batch over it is taken back', async () => {
    const meter = `r${++count}`;
    for (const register of ['import', 'export']) await t.addSource(`${meter}:${register}`);
    await t.load(`${meter}-a.csv`, wide('2025-07-01 10:00,1,5', '2025-07-01 11:00,2,6'), using(REGISTERS));
    const before = await readAll(meter);
    const over = await t.load(`${meter}-b.csv`, wide('2025-07-01 10:00,8,9'), using(REGISTERS));
    await undoBatch(t.around, over.batchId, quiet);
    expect(await readAll(meter)).toEqual(before);
  });

  it('whose columns name their datasources takes none from the user', async () => {
    const mine = REGISTERS.replace('(?<register>', '(?<datasource>');
    const result = await t.load('x.csv', wide('2025-07-01 10:00,1,5'), using(mine, { datasource: 'd1' }));
    expect(account(result)).toBe('datasource_in_file');
  });
});

describe('lines of blocks', () => {
  it('come back with the line that says their day', async () => {
    const { externalId } = await addMeter();
    const mine = `
dataset: energy_hourly
columns: { kWh: energy_kwh }
file: { carry: { Date: '^Date (?<value>\\S+)' } }
time: { columns: [Date, At], format: "yyyy-MM-dd HH:mm" }
`;
    const file = [
      'At,kWh',
      'Date 2025-07-01,',
      '10:00,1',
      'Date 2025-07-02,',
      '10:00,x',
      '11:00,2',
      'Date 2025-07-03,',
      '10:00,3',
      '',
    ];
    const result = await t.load(`${externalId}-a.csv`, file.join('\n'), using(mine));
    expect(account(result)).toBe('4 = 3+0~ 0= 0- 1!');
    const rejects = await readRejects(externalId, result);
    expect(rejects.map((line) => line.split(',').slice(0, 3).join(','))).toEqual([
      'At,kWh,_line',
      'Date 2025-07-02,,4',
      '10:00,x,5',
    ]);
    const corrected = rejects.join('\n').replace('10:00,x', '10:00,9');
    expect(account(await t.load(`${externalId}-a.csv`, `${corrected}\n`, using(mine)))).toBe('1 = 1+0~ 0= 0- 0!');
  });

  it('that are left out are counted beside the records', async () => {
    const { externalId } = await addMeter();
    const mine = `${SUM.replace('aggregate: { to: hour }\n', '')}rows: { Unit: '^kWh$' }\n`;
    const file = ['Time,kWh,Unit', '2025-07-01 10:00,1,kWh', '2025-07-01 10:00,0.1,m³', ''].join('\n');
    const result = await t.load(`${externalId}-a.csv`, file, using(mine));
    expect(account(result)).toBe('1 = 1+0~ 0= 0- 0!');
    expect(await readChecks(result.batchId)).toMatchObject([
      { check_name: 'all_records' },
      { check_name: 'filtered', passed: true, failed: 0, total: 1, samples: [{ line: 3, text: 'm³' }] },
    ]);
  });
});

describe('a list of cows', () => {
  it('becomes the day of its herd, which an undo reads again for the day that was given', async () => {
    const externalId = `herd${++count}`;
    const id = await t.addSource(externalId, 'Asia/Nicosia', 'dairy');
    const list = (...cows: string[]) =>
      ['1\t2\t3\t4', 'Cow no\tMilk 1 today\tMilk 2 today\tMilk 3 today', ...cows, 'ZN', ''].join('\n');
    const readDays = () =>
      t.query(
        `SELECT production_date::text AS day, day_production_per_cow_kg AS kg, number_of_animals AS n FROM dairy_production
         WHERE datasource_id = $1 ORDER BY 1`,
        [id],
      );
    const first = list('101\t10\t9\t8', '102\t12\t11\t10', '103\t7\t????\t????');
    expect(account(await t.load(`${externalId}-milk.txt`, first))).toBe('date_missing');
    const a = await t.load(`${externalId}-milk.txt`, first, { date: '2026-01-15' });
    // (27 + 33) / 2; the cow without all three milkings is skipped.
    expect(account(a)).toBe('3 = 2+0~ 0= 1- 0!');
    expect(await readDays()).toEqual([{ day: '2026-01-15', kg: 30, n: 2 }]);
    const b = await t.load(`${externalId}-milk-20260115.txt`, list('101\t10\t9\t8', '102\t12\t11\t13'));
    expect(account(b)).toBe('2 = 0+2~ 0= 0- 0!');
    expect(await readDays()).toEqual([{ day: '2026-01-15', kg: 31.5, n: 2 }]);
    await undoBatch(t.around, b.batchId, quiet);
    expect(await readDays()).toEqual([{ day: '2026-01-15', kg: 30, n: 2 }]);
  });
});
