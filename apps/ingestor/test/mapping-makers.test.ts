import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@cei-inoe/shared/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inferMapping } from '../src/compose/infer-mapping.ts';
import { runMappingTests, tryMapping } from '../src/compose/try-mapping.ts';
import { BUILT_IN_MAPPINGS } from '../src/mapping/list-mappings.ts';
import { writeMappingSchema } from '../src/mapping/make-schema.ts';
import { readMapping } from '../src/mapping/read-mapping.ts';
import { upgradeMapping } from '../src/mapping/upgrade-mapping.ts';
import { writeInferred } from '../src/mapping/write-inferred.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cei-makers-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const infer = async (text: string) => {
  const path = join(dir, 'file.csv');
  await writeFile(path, text);
  return writeInferred(await inferMapping(path, 'file.csv'));
};

const OLD = `# The meters of the north barn.
dataset: energy_hourly
pipeline: energy   # of the old scheduler
columns:
  "Date and Time": ts   # on the meter's clock
  "Hourly": energy_kwh
  "Meter": device_id
coercions: { ts: datetime, energy_kwh: float }
validation_rules:
  schema: { required: [device_id, ts, energy_kwh] }
conflict_resolution: { strategy: update, on_columns: [device_id, ts], update_columns: [energy_kwh, file_id] }
foreign_keys: { file_id: "{{ file_id }}", device_id: "{{ device_id }}" }
target_table: fact_energy_hourly
`;

describe('upgrade', () => {
  it('turns an old mapping into a valid one that reads as the old system wrote, and names what it changed', async () => {
    const { yaml, changes } = upgradeMapping('north', OLD);
    const mapping = readMapping('north', yaml, 'user');
    expect(mapping.time.formats).toEqual(['MM/dd/yyyy hh:mm[:ss] a', 'MM/dd/yyyy', 'iso']);
    expect(mapping.datasource).toEqual({ from: 'column', name: 'Meter' });
    expect(yaml).toContain('# The meters of the north barn.');
    expect(yaml).toContain("# on the meter's clock");
    expect(parse(yaml)).not.toHaveProperty('pipeline');
    expect(changes.map(({ line, field }) => [line, field])).toEqual([
      [12, 'foreign_keys.file_id'],
      [12, 'foreign_keys.device_id'],
      [11, 'conflict_resolution.on_columns'],
      [11, 'conflict_resolution.update_columns'],
      [10, 'validation_rules.schema.required'],
      [7, 'columns.Meter'],
      [3, 'pipeline'],
      [2, 'dataset'],
    ]);
    const trial = await tryMapping(mapping, {
      text: 'Date and Time,Hourly,Meter\n12/11/2024 10:00:00 PM,1.5,m\n',
      zone: 'UTC',
    });
    expect(trial.rows).toMatchObject([{ ts: '2024-12-11T22:00:00Z', energy_kwh: 1.5 }]);
  });

  it('of what is upgraded already changes nothing', () => {
    const { yaml } = upgradeMapping('north', OLD);
    expect(upgradeMapping('north', yaml)).toEqual({ yaml, changes: [] });
  });

  it('leaves every mapping of ours as it is', async () => {
    for (const name of await readdir(BUILT_IN_MAPPINGS)) {
      const yaml = await readFile(join(BUILT_IN_MAPPINGS, name), 'utf8');
      expect(upgradeMapping(name, yaml)).toEqual({ yaml, changes: [] });
    }
  });
});

describe('infer', () => {
  it.each<[string, string, string, object[]]>([
    [
      'an hourly export',
      'Zeit;Verbrauch (kWh)\n13.01.2025 10:00;1,5\n13.01.2025 11:00;2,25\n13.01.2025 12:00;0,5\n',
      'dataset: energy_hourly',
      [
        { ts: '2025-01-13T10:00:00Z', energy_kwh: 1.5 },
        { ts: '2025-01-13T11:00:00Z', energy_kwh: 2.25 },
        { ts: '2025-01-13T12:00:00Z', energy_kwh: 0.5 },
      ],
    ],
    [
      'quarters in Wh, below a title',
      'Report\n\ntime,Energy (Wh)\n2025-01-15T08:00:00Z,100\n2025-01-15T08:15:00Z,200\n2025-01-15T08:30:00Z,300\n2025-01-15T08:45:00Z,400\n',
      'aggregate: { to: hour }',
      [{ ts: '2025-01-15T08:00:00Z', energy_kwh: 1 }],
    ],
    [
      'a counter',
      'time,Import kWh\n2025-01-15T08:00:00Z,1000.5\n2025-01-15T09:00:00Z,1001.5\n2025-01-15T10:00:00Z,1003.75\n',
      'kind: counter',
      [
        { ts: '2025-01-15T08:00:00Z', energy_kwh: 1 },
        { ts: '2025-01-15T09:00:00Z', energy_kwh: 2.25 },
      ],
    ],
    [
      'counts of seconds beside the number of a meter that looks like one',
      'meter,time,Energy (kWh)\n1742000001,1742032800,1.5\n1742000001,1742036400,0.5\n',
      'format: "epoch_s"',
      [
        { ts: '2025-03-15T10:00:00Z', energy_kwh: 1.5 },
        { ts: '2025-03-15T11:00:00Z', energy_kwh: 0.5 },
      ],
    ],
    [
      'a weather station in other units',
      'time,Air temperature (°F),Wind speed (km/h)\n2025-01-15T08:00:00Z,50,36\n',
      'dataset: environmental_metrics',
      [{ timestamp: '2025-01-15T08:00:00Z', temperature: 10, wind_speed: 10 }],
    ],
    [
      // 99 % and 999.9 hPa are readings; -9999 and 999 are none.
      'a weather station whose sensors fail at times',
      'time,Temperature (°C),Humidity (%),Pressure (Pa)\n2025-01-15T08:00:00Z,-9999,99,99990\n2025-01-15T09:00:00Z,4.5,999,101300\n',
      'nulls: ["", "-", "n/a", "-9999"]',
      [
        { timestamp: '2025-01-15T08:00:00Z', humidity: 99, atm_pressure: 999.9 },
        { timestamp: '2025-01-15T09:00:00Z', temperature: 4.5, atm_pressure: 1013 },
      ],
    ],
  ])('writes a mapping of %s that is valid and reads it right', async (_, text, saying, rows) => {
    const { yaml, open } = await infer(text);
    expect(open).toEqual([]);
    expect(yaml).toContain(saying);
    const trial = await tryMapping(readMapping('mine', yaml, 'user'), { text, zone: 'UTC' });
    expect(trial.rows).toMatchObject(rows);
  });

  it.each([
    ['an order of day and month that fits both', 'Time,kWh\n01/02/2025 10:00,1\n', /order: dmy/],
    ['a unit that nobody names', 'Time,Consumption\n2025-01-15 10:00,1\n2025-01-15 11:00,2\n', /unit/],
    [
      'the unit of registers that are called electricity',
      'Hour,Electricity 1 (low),Electricity 2 (normal)\n2025-01-15 10:00,1,2\n2025-01-15 11:00,2,1\n',
      /^the unit is not named; say unit: kWh/,
    ],
    ['a decimal sign that could be either', 'Time;Energy (kWh)\n2025-01-15 10:00;1,234\n', /decimal/],
    [
      'numbers that only grow, from 0 on',
      'Time,Total (Wh)\n2020-06-10 00:00,0\n2020-06-11 00:00,11089\n2020-06-12 00:00,63209\n2020-06-13 00:00,113227\n2020-06-14 00:00,160517\n',
      /Total \(Wh\): the numbers only grow/,
    ],
    [
      'columns of one name',
      'Time,[Wh],[Wh],[Wh]\n2025-01-15 10:00,1,2,x\n2025-01-15 11:00,3,1,x\n',
      /3 columns are called \[Wh\]/,
    ],
    ['numbers of nothing known', 'Time,Foo\n2025-01-15 10:00,1\n', /which dataset/],
    [
      'a time of day in a column of its own',
      'Day,Clock,kWh\n2025-01-15,10:00,1\n',
      /time: \{ columns: \["Day", "Clock"\] \}/,
    ],
  ])('asks about %s, and decides nothing', async (_, text, asking) => {
    const { open, yaml } = await infer(text);
    expect(open.join('\n')).toMatch(asking);
    expect(yaml).toContain('# OPEN: ');
  });

  it('takes the temperature of the air and the mean wind, and no dew point or gust, for what they are', async () => {
    const { yaml, decided } = await infer(
      'time,Dew point temperature (°C),Air temperature (°C),Maximum wind speed (m/s),Mean wind speed (m/s),Soil temperature (°C)\n2025-01-15T08:00:00Z,1.5,2.5,9.5,3.5,4.5\n',
    );
    expect(yaml).toContain('"Air temperature (°C)": { to: temperature');
    expect(yaml).toContain('"Mean wind speed (m/s)": { to: wind_speed');
    expect(decided.join('\n')).toMatch(/left out.*Dew point.*Maximum wind.*Soil/);
  });

  it('sets limits for weather: what stands for a failed sensor further down is refused, and loaded as nothing', async () => {
    const { yaml, decided } = await infer('time,Temperature (°C)\n2025-01-15T08:00:00Z,4.5\n');
    expect(decided.join('\n')).toContain('what lies beyond is refused');
    const text = 'time,Temperature (°C)\n2025-01-15T08:00:00Z,4.5\n2025-01-15T09:00:00Z,-9999\n';
    const trial = await tryMapping(readMapping('mine', yaml, 'user'), { text, zone: 'UTC' });
    expect(trial.rows).toMatchObject([{ temperature: 4.5 }]);
    expect(trial.rejects).toMatchObject([{ line: 3, errors: [{ code: 'out_of_range' }] }]);
  });

  it('of several series in one file chooses none: each becomes a datasource', async () => {
    const { yaml, decided } = await infer('Time,Import (kWh),Export (kWh)\n2025-01-15 10:00,1,2\n');
    expect(yaml).toContain('(?<register>Import \\\\(kWh\\\\)|Export \\\\(kWh\\\\))');
    expect(decided.join()).toContain('each becomes a datasource');
    readMapping('mine', yaml, 'user');
  });
});

describe('the schema for editors', () => {
  it('is the one in docs/', async () => {
    expect(await readFile(join(ROOT, 'docs/mapping.schema.json'), 'utf8')).toBe(writeMappingSchema());
  });

  it('knows every key of every mapping of ours', async () => {
    const { properties } = JSON.parse(writeMappingSchema()) as { properties: Record<string, unknown> };
    for (const name of await readdir(BUILT_IN_MAPPINGS)) {
      const keys = Object.keys(parse(await readFile(join(BUILT_IN_MAPPINGS, name), 'utf8')) as object);
      expect(Object.keys(properties)).toEqual(expect.arrayContaining(keys));
    }
  });
});

// The invariant: whatever is done to the text of a mapping, reading it ends in a mapping or in a fault of the catalogue.
describe('a mapping that was damaged', () => {
  it('by an alias in the place of a key is refused', () => {
    expect(() => readMapping('damaged', '? *a\ndataset: energy_hourly\n', 'user')).toThrowError(
      expect.objectContaining({ code: 'mapping_invalid' }),
    );
  });

  it('is read or refused, and breaks nothing', async () => {
    const texts = await Promise.all(
      (await readdir(BUILT_IN_MAPPINGS)).map((name) => readFile(join(BUILT_IN_MAPPINGS, name), 'utf8')),
    );
    const damage = fc.record({
      text: fc.constantFrom(...texts),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(30),
      insert: fc.oneof(
        fc.string({ maxLength: 8 }),
        fc.constantFrom('{', '[', '"', ': ', '\n', '\t', '&a ', '*a', '__proto__: 1\n', '? ', '- ', '(((', '\0'),
      ),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (steps) => {
        const yaml = steps.reduce((text, { at, length, insert }) => {
          const from = Math.floor(at * text.length);
          return text.slice(0, from) + insert + text.slice(from + length);
        }, steps[0]?.text ?? '');
        try {
          expect(readMapping('damaged', yaml, 'user').name).toBe('damaged');
        } catch (error) {
          expect(['mapping_invalid', 'mapping_old']).toContain((error as { code?: string }).code);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('that is sound passes its own tests', async () => {
    const yaml = await readFile(join(BUILT_IN_MAPPINGS, 'zappi_hourly.yaml'), 'utf8');
    expect((await runMappingTests(readMapping('zappi_hourly', yaml, 'built-in'))).map((r) => r.complaints)).toEqual([
      [],
    ]);
  });
});
