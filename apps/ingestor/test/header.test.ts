import { describe, expect, it } from 'vitest';
import { listMappings } from '../src/mapping/list-mappings.ts';
import { readMapping } from '../src/mapping/read-mapping.ts';
import { chooseMatch, findNearest, matchHeader, normalizeHeader, splitUnit } from '../src/stages/map/match-header.ts';

const { mappings } = await listMappings(undefined);
const get = (name: string) => mappings.find((m) => m.name === name) ?? expect.unreachable(name);
/** field ← cell, in the order of the mapping */
const read = (name: string, header: readonly string[]) => {
  const match = matchHeader(get(name), header);
  return Object.fromEntries(
    match.columns.map(({ cell, spec }) => {
      const { target } = match.mapping.columns[spec]!;
      return [target.kind === 'time' ? 'time' : target.measure.name, cell];
    }),
  );
};
const choose = (...header: string[]) => {
  const match = chooseMatch(mappings.map((m) => matchHeader(m, header)));
  return match === 'ambiguous' ? match : match?.mapping.name;
};

describe('a header', () => {
  it.each([
    [['Date and Time', 'Hourly'], 'energy_hourly'],
    [['Hourly', 'Date and Time'], 'energy_hourly'],
    [[' date AND  time ', 'HOURLY'], 'energy_hourly'],
    [['Date_and_Time', 'hourly'], 'energy_hourly'],
    [['Date and Time', 'Daily'], 'energy_daily'],
    [['Date', 'Day production/cow (kg)', 'Nr. animals'], 'dairy_production'],
    [['timestamp', 'temperature (°C)', 'pm10 (µg/m³)'], 'environmental_metrics'],
    [['Date and Time', 'Hourly', 'Remark', ''], 'energy_hourly'],
    [['Date and Time'], undefined],
    [['Hourly'], undefined],
    [['Date and Time', 'Hourly consumption'], undefined],
    [[], undefined],
  ])('%j is known as %s', (header, expected) => {
    expect(choose(...header)).toBe(expected);
  });

  it('means the same with both signs for micro, with and without superscripts, in brackets, in any case', () => {
    for (const pm10 of ['pm10 (µg/m³)', 'pm10 (μg/m³)', 'PM10 (µg/m3)', 'pm10 [µg/m³]', ' PM10  (μg/m3) ']) {
      expect([pm10, read('environmental_metrics', ['timestamp', pm10])]).toEqual([pm10, { time: 0, pm10: 1 }]);
    }
    expect(normalizeHeader('pm10 (μg/m³)')).toBe(normalizeHeader('PM10_(µg/m3)'));
  });

  it('in another unit is the column when it can be converted, and another quantity when it cannot', () => {
    const match = matchHeader(get('environmental_metrics'), ['timestamp', 'temperature (°F)', 'humidity (g/m³)']);
    expect(match.columns.map((c) => c.header)).toEqual(['timestamp', 'temperature (°F)']);
    expect(match.columns[1]?.conversion).toBeDefined();
    expect(match.ignored).toEqual(['humidity (g/m³)']);
  });

  it('that occurs twice is read from its first column; the second is left, and listed', () => {
    const match = matchHeader(get('energy_hourly'), ['Date and Time', 'Hourly', 'Hourly']);
    expect(match.columns.map((c) => c.cell)).toEqual([0, 1]);
    expect(match.ignored).toEqual(['Hourly']);
  });

  it('that two mappings read equally well is ambiguous; one of the user wins over a built-in one', () => {
    const yaml = 'dataset: energy_hourly\ncolumns: { "Date and Time": ts, "Hourly": energy_kwh }\n';
    const [mine, other] = ['mine', 'other'].map((name) => readMapping(name, yaml, 'user'));
    const header = ['Date and Time', 'Hourly'];
    const matches = [mine!, other!, ...mappings].map((m) => matchHeader(m, header));
    expect(chooseMatch(matches)).toBe('ambiguous');
    const won = chooseMatch(matches.slice(1));
    expect(won).toMatchObject({ mapping: { name: 'other' } });
  });

  it('that no mapping knows is compared with the nearest', () => {
    const nearest = findNearest(
      mappings.map((m) => matchHeader(m, ['Date', 'Day production/cow (lb)', 'Nr. animals'])),
    );
    expect(nearest?.mapping.name).toBe('dairy_production');
    expect(findNearest(mappings.map((m) => matchHeader(m, ['x', 'y'])))).toBeUndefined();
  });

  it('is split into name and unit', () => {
    expect(splitUnit('wind speed (m/s)')).toEqual({ base: 'wind speed', unit: 'm/s' });
    expect(splitUnit('wind (avg) [km/h]')).toEqual({ base: 'wind (avg)', unit: 'km/h' });
    expect(splitUnit('wind')).toEqual({ base: 'wind', unit: undefined });
  });
});
