import { describe, expect, it } from 'vitest';
import { type Trial, tryMapping } from '../src/compose/try-mapping.ts';
import { readMapping } from '../src/mapping/read-mapping.ts';

const read = (yaml: string) => readMapping('mine', yaml, 'user');
const trial = (yaml: string, lines: readonly string[], more: { name?: string; date?: string; zone?: string } = {}) =>
  tryMapping(read(yaml), { text: `${lines.join('\n')}\n`, zone: 'Europe/Rome', ...more });
/** `trial 2025-07-01T00:00:00Z 1.5` */
const show = ({ rows }: Trial) => rows.map((row) => Object.values(row).join(' '));
const refusals = ({ rejects }: Trial) =>
  rejects.flatMap(({ line, errors }) => errors.map((e) => `${line} ${e.column}|${e.text}|${e.code}`));

describe('columns that become records', () => {
  const WIDE = `
dataset: energy_hourly
unpivot: { columns: '^(?<time>\\d\\d:\\d\\d)-\\d\\d:\\d\\d$', to: energy_kwh, decimal: "," }
time: { columns: [Giorno, time], format: "dd/MM/yyyy HH:mm" }
datasource: { from: option }
`;

  it('have their time from their header and the day of the line', async () => {
    const result = await trial(WIDE, ['Giorno;00:00-01:00;01:00-02:00', '29/06/2025;0,5;0,25', '30/06/2025;1;2,125']);
    expect(show(result)).toEqual([
      'trial 2025-06-28T22:00:00Z 0.5',
      'trial 2025-06-28T23:00:00Z 0.25',
      'trial 2025-06-29T22:00:00Z 1',
      'trial 2025-06-29T23:00:00Z 2.125',
    ]);
  });

  it('are refused one by one, under the header that the file has', async () => {
    const result = await trial(WIDE, [
      'Giorno;00:00-01:00;01:00-02:00;02:00-03:00',
      '29/06/2025;x;0,25;',
      '32/06/2025;1;1;1',
    ]);
    expect(show(result)).toEqual(['trial 2025-06-28T23:00:00Z 0.25']);
    expect(refusals(result)).toEqual([
      '2 00:00-01:00|x|not_a_number',
      '2 02:00-03:00||required',
      '3 Giorno time|32/06/2025 00:00|not_a_time',
      '3 Giorno time|32/06/2025 01:00|not_a_time',
      '3 Giorno time|32/06/2025 02:00|not_a_time',
    ]);
  });

  it('are skipped without a value where the mapping says so, even at a time that does not exist', async () => {
    const mine = WIDE.replace('to: energy_kwh', 'to: energy_kwh, when_missing: skip');
    // 30 March 2025: 02:00 to 03:00 does not exist in Rome.
    const result = await trial(mine, [
      'Giorno;01:00-02:00;02:00-03:00;03:00-04:00',
      '30/03/2025;1;;3',
      '31/03/2025;;2;',
    ]);
    expect(show(result)).toEqual([
      'trial 2025-03-30T00:00:00Z 1',
      'trial 2025-03-30T01:00:00Z 3',
      'trial 2025-03-31T00:00:00Z 2',
    ]);
    expect(result).toMatchObject({ rejects: [], skipped: 3 });
  });

  it('of a line with too few or too many cells are all refused', async () => {
    const result = await trial(WIDE, [
      'Giorno;00:00-01:00;01:00-02:00',
      '29/06/2025;1',
      '30/06/2025;1;2;3',
      '01/07/2025;1;2;',
    ]);
    expect(refusals(result).map((text) => text.replace(/\|.*\|/, '|'))).toEqual([
      '2 null|ragged_row',
      '2 null|ragged_row',
      '3 null|ragged_row',
      '3 null|ragged_row',
    ]);
    expect(result.rows).toHaveLength(2);
  });

  it('name their datasource', async () => {
    const mine = `
dataset: energy_hourly
columns: { Time: ts }
unpivot: { columns: '^meter_(?<datasource>.+)$', to: energy_kwh }
`;
    const result = await trial(mine, ['Time,meter_a,note,meter_b', '2025-07-01T00:00:00Z,1,x,2']);
    expect(show(result)).toEqual(['a 2025-07-01T00:00:00Z 1', 'b 2025-07-01T00:00:00Z 2']);
  });

  it('are registers of the meter of the file, or of the meter that the line names', async () => {
    const mine = `
dataset: energy_hourly
columns: { Time: ts }
unpivot: { columns: '^(?<register>Import|Export) kWh$', to: energy_kwh }
`;
    const lines = ['Time,Meter,Import kWh,Export kWh', '2025-07-01T00:00:00Z,m1,1,2'];
    const rows = (meter: string) => [
      `${meter}:Import 2025-07-01T00:00:00Z 1`,
      `${meter}:Export 2025-07-01T00:00:00Z 2`,
    ];
    expect(show(await trial(mine, lines))).toEqual(rows('trial'));
    expect(show(await trial(`${mine}datasource: { from: column, name: Meter }\n`, lines))).toEqual(rows('m1'));
  });

  it('are needed for the mapping to fit, as are its other columns', async () => {
    await expect(trial(WIDE, ['Giorno;a;b', '29/06/2025;1;2'])).rejects.toMatchObject({ code: 'header_unknown' });
    await expect(trial(WIDE, ['Day;00:00-01:00;b', '29/06/2025;1;2'])).rejects.toMatchObject({
      code: 'header_unknown',
    });
  });
});

describe('a unit in the header', () => {
  it.each([
    ['Wh', 0.0015],
    ['MWh', 1500],
    ['mwh', 1500],
    ['mWh', 0.0000015],
  ])('%s makes 1.5 of it %d kWh', async (unit, kwh) => {
    const mine = 'dataset: energy_hourly\ncolumns: { t: ts, E: energy_kwh }\ndatasource: { from: option }\n';
    const result = await trial(mine, [`t;E [${unit}]`, '2025-01-15T08:00:00Z;1,5']);
    expect(result.rows).toMatchObject([{ energy_kwh: kwh }]);
    const other = mine.replace('E:', '"E [MWh]":');
    expect((await trial(other, [`t;E [${unit}]`, '2025-01-15T08:00:00Z;1,5'])).rows).toEqual(result.rows);
  });
});

describe('lines and rows', () => {
  const BLOCKS = `
dataset: energy_daily
columns: { kWh: energy_kwh }
file: { carry: { Date: '^Date\\s+(?<value>\\S+)' }, only: ['^\\d+ '], footer: ['^9 '] }
time: { columns: [Date], format: "dd/MM/yyyy" }
datasource: { from: option }
aggregate: { to: day, parts: [Session] }
`;

  it('are chosen, and what stands above a block belongs to its records', async () => {
    const result = await trial(BLOCKS, [
      'Report of the dairy,,',
      'Date 26/03/2026,,',
      'Session,kWh,note',
      '1,1,',
      'Date  27/03/2026,,',
      '1,2,',
      '2,3.5,',
      ',5.5,total',
      '9,100,',
      'Date 28/03/2026,,',
      '1,4,',
    ]);
    expect(show(result)).toEqual(['trial 2026-03-26 1', 'trial 2026-03-27 5.5', 'trial 2026-03-28 4']);
    expect(result).toMatchObject({ rejects: [], skipped: 0 });
  });

  it('without the line that says their day are refused', async () => {
    const result = await trial(BLOCKS, ['Session,kWh,note', '1,1,', 'Date 27/03/2026,,', '1,2,']);
    expect(show(result)).toEqual(['trial 2026-03-27 2']);
    expect(refusals(result)).toEqual(['2 Date||required']);
  });

  it('of which one is refused leave the day refused: a part of it would pass for the whole', async () => {
    const lines = [
      'Session,kWh,note',
      'Date 26/03/2026,,',
      '1,1,',
      '2,bad,',
      '3,4',
      'Date 27/03/2026,,',
      '1,2,',
      '2,3.5,',
    ];
    const result = await trial(BLOCKS, lines);
    expect(show(result)).toEqual(['trial 2026-03-27 5.5']);
    expect(refusals(result)).toEqual([
      '4 kWh|bad|not_a_number',
      expect.stringMatching(/^5 .*ragged_row$/),
      '3 kWh|null|incomplete_interval',
    ]);
    const lenient = BLOCKS.replace('parts: [Session]', 'parts: [Session], min_share: 0.3');
    expect(show(await trial(lenient, lines))).toEqual(['trial 2026-03-26 1', 'trial 2026-03-27 5.5']);
  });

  it('of other registers or units are no records', async () => {
    const mine = `
dataset: energy_hourly
columns: { Volume: { to: energy_kwh, when_missing: skip, decimal: "," } }
rows: { Unit: '^kWh$', Register: '^Offtake' }
time: { columns: [From, At], format: "dd-MM-yyyy HH:mm:ss" }
datasource: { from: column, name: [EAN, Register] }
`;
    const result = await trial(mine, [
      'From;At;EAN;Register;Volume;Unit',
      '12-10-2021;00:00:00;="541";Offtake Day;1,5;kWh',
      '12-10-2021;00:00:00;="541";Offtake Day;0,1;m³',
      '12-10-2021;00:00:00;="541";Injection Day;9;kWh',
      '12-10-2021;00:00:00;="541";Offtake Night;;kWh',
      '12-10-2021;01:00:00;="541";Offtake Night;2;kWh',
      ';01:00:00;="541";Offtake Night;2;kWh',
    ]);
    expect(show(result)).toEqual([
      '541:Offtake Day 2021-10-11T22:00:00Z 1.5',
      '541:Offtake Night 2021-10-11T23:00:00Z 2',
    ]);
    expect(result.skipped).toBe(1);
    expect(refusals(result)).toEqual(['7 From At||required']);
  });
});

describe('columns that are added', () => {
  const TARIFFS = `
dataset: energy_hourly
columns: { Time: ts, Low: energy_kwh, High: { to: energy_kwh, add: true } }
validation_rules: { constraints: { energy_kwh: { max: 10 } } }
datasource: { from: option }
`;

  it('are one value, to the last decimal; each must be there, and the limit is for the sum', async () => {
    const result = await trial(TARIFFS, [
      'Time,Low,High',
      '2025-07-01T00:00:00Z,0.1,0.2',
      '2025-07-01T01:00:00Z,1,',
      '2025-07-01T02:00:00Z,6,6',
      '2025-07-01T03:00:00Z,x,y',
    ]);
    expect(show(result)).toEqual(['trial 2025-07-01T00:00:00Z 0.3']);
    expect(refusals(result)).toEqual([
      '3 High||required',
      '4 High|6|out_of_range',
      '5 Low|x|not_a_number',
      '5 High|y|not_a_number',
    ]);
    expect(result.rejects[1]!.errors[0]!.message).toContain('12 is outside');
  });

  it('are all needed in the header', async () => {
    await expect(trial(TARIFFS, ['Time,Low', '2025-07-01T00:00:00Z,1'])).rejects.toMatchObject({
      code: 'header_unknown',
    });
  });
});

describe('the day of a file whose records do not say it', () => {
  const clock = (from: string) => `
dataset: energy_hourly
columns: { kWh: energy_kwh }
match: { filename: '-(?<date>\\d{8})\\b' }
time: { from: ${from}, columns: [Time], format: ["yyyyMMdd HH:mm", "yyyy-MM-dd HH:mm"] }
datasource: { from: option }
`;
  const lines = ['Time,kWh', '10:00,1', '11:00,2'];
  const rows = (day: string) => [`trial ${day}T08:00:00Z 1`, `trial ${day}T09:00:00Z 2`];

  it.each([
    ['is in its name', 'filename', { name: 'meter-20250701.csv' }, rows('2025-07-01')],
    ['is given', 'option', { date: '2025-07-02' }, rows('2025-07-02')],
    ['is given against its name', 'filename', { name: 'meter-20250701.csv', date: '2025-07-02' }, rows('2025-07-02')],
  ])('%s', async (_, from, file, wanted) => expect(show(await trial(clock(from), lines, file))).toEqual(wanted));

  it.each([
    ['filename', { name: 'meter.csv' }],
    ['option', { name: 'meter-20250701.csv' }],
  ])('is asked for where it is missing (%s)', async (from, file) => {
    await expect(trial(clock(from), lines, file)).rejects.toMatchObject({ code: 'date_missing' });
  });

  it('that does not exist is refused record by record', async () => {
    const result = await trial(clock('filename').replace('format:', 'order: ymd, format:'), lines, {
      name: 'm-20250701.csv',
    });
    expect(result.rows).toHaveLength(2);
    await expect(trial(clock('filename'), lines, { name: 'm-20251301.csv' })).rejects.toMatchObject({
      code: 'time_format_unknown',
    });
  });
});

describe('rules', () => {
  it('between values and for texts are checked, and name what they compare', async () => {
    const mine = `
dataset: dairy_production
columns: { Date: production_date, Water: fed_per_cow_water_kg, Total: fed_per_cow_total_kg, Days: average_lactation_days }
validation_rules:
  constraints: { average_lactation_days: { pattern: '^\\d+$' }, production_date: { pattern: '^20' } }
  compare: [{ field: fed_per_cow_water_kg, op: '<=', to: fed_per_cow_total_kg }, { field: fed_per_cow_total_kg, op: '!=', to: 0 }]
datasource: { from: option }
`;
    const result = await trial(mine, [
      'Date,Water,Total,Days',
      '2025-07-01,1,2,150',
      '2025-07-02,3,2,150',
      '2025-07-03,0,0,150',
      '2025-07-04,3,,150',
      '2025-07-05,1,2,150.5',
      '1925-07-05,1,2,150',
    ]);
    expect(result.rows.map((row) => row.production_date)).toEqual(['2025-07-01', '2025-07-04']);
    expect(refusals(result)).toEqual([
      '3 null|null|rule_broken',
      '4 null|null|rule_broken',
      '6 Days|150.5|pattern_mismatch',
      '7 Date|1925-07-05|pattern_mismatch',
    ]);
    expect(result.rejects[0]!.errors[0]!.message).toBe('fed_per_cow_water_kg (3) must be <= fed_per_cow_total_kg (2).');
  });
});

describe('the length of a reading', () => {
  const SUM = `
dataset: energy_hourly
columns: { Time: ts, kWh: energy_kwh }
aggregate: { to: hour }
datasource: { from: option }
`;
  const at = (...clocks: string[]) => ['Time,kWh', ...clocks.map((clock) => `2025-07-01 ${clock},1`)];

  it.each<[string, string, string[], string[]]>([
    [
      'is the step of the file',
      SUM,
      ['10:00', '10:30', '11:00', '11:30'],
      ['trial 2025-07-01T08:00:00Z 2', 'trial 2025-07-01T09:00:00Z 2'],
    ],
    [
      'is what the mapping says',
      `${SUM}values: { interval: 30min }\n`,
      ['10:00', '10:30', '12:00'],
      ['trial 2025-07-01T08:00:00Z 2'],
    ],
    [
      'lies before its label',
      `${SUM}time: { label: end }\n`,
      ['10:30', '11:00', '11:30', '12:00'],
      ['trial 2025-07-01T08:00:00Z 2', 'trial 2025-07-01T09:00:00Z 2'],
    ],
  ])('%s', async (_, yaml, clocks, rows) => expect(show(await trial(yaml, at(...clocks)))).toEqual(rows));

  it.each<[string, string, string[]]>([
    ['with one reading', SUM, ['10:00']],
    ['with steps of which none prevails', SUM, ['10:00', '10:15', '10:45']],
    ['longer than an hour', SUM, ['10:00', '12:00', '14:00']],
    [
      'with power of whole days',
      SUM.replace('hourly', 'daily').replace('to: hour', 'to: day').concat('values: { kind: mean_power }\n'),
      ['00:00'],
    ],
  ])('that cannot be told is asked for: %s', async (_, yaml, clocks) => {
    await expect(trial(yaml, at(...clocks))).rejects.toMatchObject({ code: 'interval_unknown' });
  });

  it('bounds what a reading can be', async () => {
    const mine = `${SUM}values: { max_power_kw: 3 }\n`;
    const result = await trial(mine, [
      'Time,kWh',
      '2025-07-01 10:00,1.5',
      '2025-07-01 10:30,1.6',
      '2025-07-01 11:00,1',
      '2025-07-01 11:30,1',
    ]);
    expect(show(result)).toEqual(['trial 2025-07-01T09:00:00Z 2']);
    expect(refusals(result)).toEqual(['3 null|null|out_of_range', '2 kWh|null|incomplete_interval']);
    expect(result.rejects[0]!.errors[0]!.message).toBe('1.6 kWh in 30 min is more than max_power_kw, 3.');
  });
});

describe('limits of what is added up', () => {
  it('are for the readings and for the hour; a broken one refuses all that fed it', async () => {
    const mine = `
dataset: energy_hourly
columns: { Time: ts, kWh: energy_kwh }
aggregate: { to: hour }
validation_rules: { constraints: { energy_kwh: { min: 0, max: 3 } }, compare: [{ field: energy_kwh, op: '!=', to: 1 }] }
datasource: { from: option }
`;
    const half = (hour: number, a: number, b: number) => [`2025-07-01 ${hour}:00,${a}`, `2025-07-01 ${hour}:30,${b}`];
    const result = await trial(mine, [
      'Time,kWh',
      ...half(10, 2, 0.5),
      ...half(11, 2, 1.5),
      ...half(12, 4, -1),
      ...half(13, 0.75, 0.25),
    ]);
    expect(show(result)).toEqual(['trial 2025-07-01T08:00:00Z 2.5']);
    expect(refusals(result)).toEqual([
      '6 kWh|4|out_of_range',
      '7 kWh|-1|out_of_range',
      '4 kWh|null|out_of_range',
      '5 kWh|null|out_of_range',
      '8 null|null|rule_broken',
      '9 null|null|rule_broken',
    ]);
    expect(result.rejects[2]!.errors[0]!.message).toBe('3.5 is outside 0…3 kWh.');
  });
});

describe('power', () => {
  it('that is not added up becomes energy row by row', async () => {
    const mine = `
dataset: energy_hourly
columns: { Time: ts, P: energy_kwh }
values: { kind: mean_power, unit: W, max_power_kw: 5 }
datasource: { from: option }
`;
    const result = await trial(mine, [
      'Time,P',
      '2025-07-01 10:00,1100',
      '2025-07-01 10:15,0.4',
      '2025-07-01 10:30,6000',
    ]);
    expect(show(result)).toEqual(['trial 2025-07-01T08:00:00Z 0.275', 'trial 2025-07-01T08:15:00Z 0.0001']);
    expect(refusals(result)).toEqual(['4 null|null|out_of_range']);
  });
});

describe('counters in files', () => {
  const COUNTER = `
dataset: energy_hourly
columns: { Time: ts, T1: energy_kwh, T2: { to: energy_kwh, add: true } }
values: { kind: counter, unit: Wh, rollover_at: 1000000 }
validation_rules: { constraints: { energy_kwh: { min: 0, max: 10 } } }
datasource: { from: option }
`;

  it('are added, converted and rolled over in the unit of the file; limits are for the hour, not for the counter', async () => {
    const result = await trial(COUNTER, [
      'Time,T1,T2',
      '2025-07-01 10:00,999000,400',
      '2025-07-01 11:00,999500,400',
      '2025-07-01 12:00,100,450',
      '2025-07-01 13:00,100,20450',
    ]);
    expect(show(result)).toEqual(['trial 2025-07-01T08:00:00Z 0.5', 'trial 2025-07-01T09:00:00Z 0.65']);
    // 20 kWh in an hour are over its limit: another meter, not a reading.
    expect(refusals(result)).toEqual(['5 null|null|counter_exchange']);
    expect(result.skipped).toBe(1);
  });

  it.each([
    ['start', 'trial 2025-07-01 5', 'trial 2025-07-02 7'],
    ['end', 'trial 2025-07-02 5', 'trial 2025-07-03 7'],
  ])('read at the %s of a day say so', async (label, ...rows) => {
    const mine = COUNTER.replace('energy_hourly', 'energy_daily').replace(
      'unit: Wh, rollover_at: 1000000',
      'unit: kWh',
    );
    const lines = ['Time,T1,T2', '2025-07-01,10,10', '2025-07-02,15,10', '2025-07-03,20,12'];
    expect(show(await trial(`${mine}time: { label: ${label} }\n`, lines))).toEqual(rows);
  });

  it('of a table of days are read at clocks, too', async () => {
    const mine = COUNTER.replace('energy_hourly', 'energy_daily').replace(
      'unit: Wh, rollover_at: 1000000',
      'unit: kWh',
    );
    const lines = [
      'Time,T1,T2',
      '2025-07-01 00:00,1,0',
      '2025-07-01 12:00,4,0',
      '2025-07-02 00:00,6,0',
      '2025-07-02 12:00,7,0',
    ];
    const result = await trial(mine, lines);
    expect(show(result)).toEqual(['trial 2025-07-01 5']);
    expect(refusals(result)).toEqual(['5 null|null|incomplete_interval']);
  });
});

describe('a mapping', () => {
  const base = 'dataset: energy_hourly\ncolumns: { Time: ts, kWh: energy_kwh }\n';
  it.each<[string, string, string]>([
    ['an unpivot pattern without a group', `${base}unpivot: { columns: 'kWh', to: energy_kwh }`, 'unpivot.columns'],
    [
      'an unpivot pattern with both',
      `${base}unpivot: { columns: '(?<register>.)(?<datasource>.)', to: energy_kwh }`,
      'unpivot.columns',
    ],
    ['an unpivot to the time', `dataset: energy_hourly\nunpivot: { columns: '(?<time>.)', to: ts }`, 'unpivot.to'],
    ['two columns for one field', `${base.replace('}', ', other: energy_kwh }')}`, 'columns.other'],
    ['times that are added', `${base.replace('}', ', other: { to: ts, add: true } }')}`, 'columns.other'],
    ['a time twice', `${base}time: { columns: [Time] }`, 'columns.Time'],
    ['a carried text without a value', `${base}file: { carry: { Date: '^Date' } }`, 'file.carry.Date'],
    ['a name without a date', `${base}time: { from: filename }`, 'time.from'],
    ['a pattern that is none', `${base}rows: { Unit: '(' }`, 'rows.Unit'],
    ['a pattern of lines that is none', `${base}file: { only: ['['] }`, 'file.only.0'],
    [
      'a pattern of texts that is none',
      `${base}validation_rules: { constraints: { energy_kwh: { pattern: '(' } } }`,
      'validation_rules.constraints.energy_kwh.pattern',
    ],
    ['hours for a table of days', `${base.replace('hourly', 'daily')}aggregate: { to: hour }`, 'aggregate.to'],
    ['a count that is no whole number', `${base}aggregate: { to: hour, count: energy_kwh }`, 'aggregate.count'],
    ['the mean of a counter', `${base}values: { kind: counter }\naggregate: { to: hour, how: mean }`, 'aggregate.how'],
    ['a rollover of no counter', `${base}values: { rollover_at: 100 }`, 'values.rollover_at'],
    ['an interval that is none', `${base}values: { interval: quarter }`, 'values.interval'],
    [
      'values of the weather',
      'dataset: environmental_metrics\ncolumns: { T: timestamp, t: temperature }\nvalues: { kind: counter }',
      'values',
    ],
    [
      'the mean of directions',
      'dataset: environmental_metrics\ncolumns: { T: timestamp, w: wind_angle }\naggregate: { to: hour, how: mean }',
      'aggregate',
    ],
    [
      'a rule for something unknown',
      `${base}validation_rules: { compare: [{ field: power, op: '<', to: 1 }] }`,
      'validation_rules.compare.0.field',
    ],
    ['a label at the end of nobody knows what', `${base}time: { label: end }`, 'time.label'],
    ['a test without rows', `${base}tests: [{ zone: UTC }]`, 'tests.0'],
  ])('with %s is refused with its place', (_, yaml, field) => {
    expect(() => read(yaml)).toThrow(expect.objectContaining({ code: 'mapping_invalid' }));
    try {
      read(yaml);
    } catch (error) {
      expect((error as { errors: { field: string; line: number }[] }).errors.map((e) => e.field)).toContain(field);
      expect((error as { errors: { line: number }[] }).errors[0]!.line).toBeGreaterThan(0);
    }
  });
});
