// What panels must show for the samples: one or more values of every panel. None of them comes from the product: they were computed
// from the files of db/samples with Python (csv, zoneinfo, statistics), or follow from its README (outcomes, reasons).
import type { View } from './grafana.ts';

export interface Case {
  readonly dashboard: string;
  readonly panel: string;
  readonly view?: Partial<View>;
  /** Finds exactly one row; a text that looks like an instant is compared with a time. */
  readonly row: Readonly<Record<string, string | number | null>>;
  /** What else stands in it. */
  readonly shows: Readonly<Record<string, string | number | null>>;
}

/** Midnights of the farms: two hours before UTC in winter, three in summer. */
const NEW_YEAR = '2024-12-31T22:00:00.000Z';
const FIRST_OF_MARCH = '2025-02-28T22:00:00.000Z';
/** The days of 23 and 25 hours. */
const SPRING_DAY = '2025-03-29T22:00:00.000Z';
const AUTUMN_DAY = '2025-10-25T21:00:00.000Z';
const JANUARY = { from: '2024-12-31T22:00:00Z', to: '2025-01-31T22:00:00Z' };
const MARCH = { from: '2025-02-28T22:00:00Z', to: '2025-03-31T21:00:00Z' };
/** A range that begins and ends in the middle of a day shows both days whole. */
const NEW_YEAR_NOON = { from: '2025-01-01T10:00:00Z', to: '2025-01-02T10:00:00Z' };
const UTC = { values: { tz: 'UTC' } };

type Of = (panel: string, row: Case['row'], shows: Case['shows'], view?: Partial<View>) => Case;
const on =
  (dashboard: string): Of =>
  (panel, row, shows, view) => ({ dashboard, panel, row, shows, ...(view === undefined ? {} : { view }) });

const energy = on('energy');
const ENERGY: readonly Case[] = [
  energy('Energy per local day', { time: SPRING_DAY, metric: 'Anemos parlour' }, { kWh: 109.07 }),
  energy('Energy per local day', { time: AUTUMN_DAY, metric: 'Anemos parlour' }, { kWh: 119.54 }),
  // Without daily readings: the sum of 24 hours.
  energy('Energy per local day', { time: '2025-05-31T21:00:00.000Z', metric: 'Anemos grid import' }, { kWh: 421.24 }),
  energy(
    'Energy per local day',
    { time: '2025-06-02T00:00:00.000Z', metric: 'Anemos grid import' },
    { kWh: 425.89 },
    UTC,
  ),
  // The daily readings of a source are of its own days; days of UTC are summed from hours.
  energy(
    'Energy per local day',
    { time: '2025-03-03T00:00:00.000Z', metric: 'Galatea cold store' },
    { kWh: 644.26 },
    UTC,
  ),
  energy('Energy per local day', { time: NEW_YEAR, metric: 'Anemos parlour' }, { kWh: 116.74 }, NEW_YEAR_NOON),
  energy('Energy of the time range', { Meter: 'Anemos parlour' }, { kWh: 42984.42 }),
  // Both hours of the autumn night.
  energy('Energy per hour', { time: '2025-10-26T00:00:00.000Z', metric: 'Anemos parlour' }, { kWh: 0.83 }),
  energy('Energy per hour', { time: '2025-10-26T01:00:00.000Z', metric: 'Anemos parlour' }, { kWh: 0.86 }),
  energy(
    'Hour of the day × day',
    { time: AUTUMN_DAY, metric: '03' },
    { kW: 0.845 },
    { values: { source: ['{Anemos parlour}'] } },
  ),
  energy(
    'The mean day',
    { Hour: '05' },
    { 'Monday to Friday': 16.24695652173913, Weekend: 16.365 },
    {
      ...JANUARY,
      values: { source: ['{Anemos parlour}'] },
    },
  ),
  energy('Base load', { time: NEW_YEAR, metric: 'Anemos parlour' }, { kW: 0.71 }),
  energy('Base load', { time: AUTUMN_DAY, metric: 'Anemos parlour' }, { kW: 0.82 }),
  energy('Peaks', { 'Hour from (local)': '2025-06-22 07:00' }, { Meter: 'Anemos grid import', kWh: 56.27 }),
  energy(
    'Peaks',
    { 'Hour from (local)': '2025-08-03 05:00' },
    { kWh: 20.24 },
    { values: { source: ['{Anemos parlour}'] } },
  ),
  energy('Fed in per local day', { time: '2025-05-31T21:00:00.000Z', metric: 'Anemos PV feed-in' }, { kWh: 653.02 }),
  energy(
    'Months compared',
    { Month: '2025-12', Meter: 'Anemos parlour' },
    {
      kWh: 3590.16,
      'Days with readings': 31,
      Days: 31,
      'Against the month before': -1.383210511916444,
      'Against the year before': null,
    },
  ),
  // A range of a few days shows its month whole.
  energy(
    'Months compared',
    { Month: '2025-12', Meter: 'Anemos parlour' },
    { kWh: 3590.16 },
    {
      from: '2025-12-10T00:00:00Z',
      to: '2025-12-12T00:00:00Z',
    },
  ),
];

const environment = on('environment');
const AT_FIRST = { time: FIRST_OF_MARCH, metric: 'Anemos weather' };
const ANEMOS = { values: { source: ['{Anemos weather}'] } };
const ENVIRONMENT: readonly Case[] = [
  environment('Temperature', AT_FIRST, { value: 14.9 }),
  environment('Humidity', AT_FIRST, { value: 80 }),
  environment('Air pressure', AT_FIRST, { value: 1021.1 }),
  environment('Noise', AT_FIRST, { dB: 41.934907301526 }),
  environment('Wind speed', AT_FIRST, { 'm/s': 2.4 }),
  environment('PM10 per local day', AT_FIRST, { 'µg/m³': 29.879166666666674 }),
  environment('PM10 per local day', { time: FIRST_OF_MARCH, metric: 'PM10, EU 2008/50/EC' }, { 'µg/m³': 50 }),
  environment('PM2.5 per local day', AT_FIRST, { 'µg/m³': 14.056249999999997 }),
  environment('PM2.5 per local day', { time: FIRST_OF_MARCH, metric: 'PM2.5, WHO 2021' }, { 'µg/m³': 15 }),
  environment(
    'Days above limits',
    { Station: 'Anemos weather', 'Limit of the daily mean': 'PM2.5, WHO 2021' },
    { 'Days measured': 31, 'Days above': 13 },
  ),
  environment(
    'Days above limits',
    { Station: 'Anemos weather', 'Limit of the daily mean': 'PM10, WHO 2021' },
    { 'Days above': 0 },
  ),
  environment('Wind rose', { From: 'WSW' }, { '2–4 m/s': 2.8936742934051143 }, ANEMOS),
  environment('Wind rose', { From: 'SW' }, { '0.5–2 m/s': 2.220726783310902 }, ANEMOS),
  environment('Wind rose', { From: 'N' }, { '6 m/s and more': 0.13458950201884254 }, ANEMOS),
  // The last reading is of 23:30 on 31 March; the range ends half an hour later.
  environment(
    'Silent sensors',
    { Station: 'Anemos weather', Sensor: 'PM10' },
    { 'Silent for': 1800, Readings: 1486, 'Without a value': 34 },
    MARCH,
  ),
];

const dairy = on('dairy');
const FIRST_DAY = { time: NEW_YEAR, metric: 'Anemos herd' };
const DAIRY: readonly Case[] = [
  dairy('Milk per cow and day', FIRST_DAY, { kg: 30.49 }),
  dairy('Milk per day', FIRST_DAY, { kg: 3719.78 }),
  dairy('Cows', FIRST_DAY, { cows: 122 }),
  dairy('Days in milk', FIRST_DAY, { days: 179 }),
  dairy('Rumination', FIRST_DAY, { min: 513 }),
  dairy('Feed efficiency', { time: NEW_YEAR, metric: 'Anemos herd, as reported' }, { 'kg/kg': 1.27 }),
  dairy('Feed efficiency', { time: NEW_YEAR, metric: 'Anemos herd, milk ÷ feed' }, { 'kg/kg': 30.49 / 24 }),
  dairy('Feed and water per cow', { time: NEW_YEAR, metric: 'Anemos herd, feed' }, { kg: 24 }),
  dairy('Feed and water per cow', { time: NEW_YEAR, metric: 'Anemos herd, water' }, { kg: 89.57 }),
  dairy(
    'Months',
    { Month: '2025-01', Herd: 'Anemos herd' },
    {
      Days: 31,
      Milk: 112563.64,
      'Milk per cow and day': 30.60457857531266,
      Cows: 118.64516129032258,
      'Milk ÷ feed': 1.3072460972484399,
      Rumination: 517.3793103448276,
    },
  ),
];

const farm = on('farm');
const FARM_NAME = 'Anemos Dairy Farm';
const FARM: readonly Case[] = [
  farm('kWh per 100 kg of milk', { Farm: FARM_NAME }, { 'kWh per 100 kg': 3.4009684325976246 }),
  farm(
    'kWh per 100 kg of milk and day',
    { time: NEW_YEAR, metric: FARM_NAME },
    { 'kWh per 100 kg': 3.138357644806951 },
  ),
  farm(
    'kWh per 100 kg of milk and day',
    { time: SPRING_DAY, metric: FARM_NAME },
    { 'kWh per 100 kg': 2.9972355194530396 },
  ),
  farm('Energy against milk', { Farm: FARM_NAME, Day: '2025-01-01' }, { 'Milk (kg)': 3719.78, 'Energy (kWh)': 116.74 }),
  farm(
    'Energy against temperature',
    { Farm: FARM_NAME, Day: '2025-03-30' },
    { 'Temperature (°C)': 24.136956521739133, 'Energy (kWh)': 109.07 },
  ),
  farm(
    'Months',
    { Month: '2025-01', Farm: FARM_NAME },
    {
      'Days with both': 31,
      Meters: 1,
      Energy: 3460.97,
      Milk: 112563.64,
      'kWh per 100 kg': 3.074678466332468,
    },
  ),
];

const operations = on('operations');
const SECOND_OF_JANUARY = { from: '2025-12-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
const OPERATIONS: readonly Case[] = [
  // On time: what comes by the year or half-year (4 series of meters, 2 herds). Late: June's registers, the tank, both stations.
  operations('Sources', {}, { 'On time': 6, Late: 5, 'Without readings': 16, 'Not expected': 0 }, SECOND_OF_JANUARY),
  operations(
    'Last reading and last load of each source',
    { Datasource: 'Anemos weather' },
    {
      State: 'late',
      'Last reading': '2025-03-31T20:30:00.000Z',
      'Last file': 'anemos-weather-01032025-31032025.csv',
      // A load of 30 days 22:30 of instants: one and a half of it and two half hours later.
      'Next due': '2025-05-17T07:15:00.000Z',
      Age: 23_859_000,
    },
    SECOND_OF_JANUARY,
  ),
  operations(
    'Completeness by source and local day',
    { time: SPRING_DAY, metric: 'Anemos parlour · energy_hourly' },
    { '%': 100 },
  ),
  operations(
    'Completeness by source and local day',
    { time: AUTUMN_DAY, metric: 'Anemos parlour · energy_hourly' },
    { '%': 100 },
  ),
  operations(
    'Completeness by source and local day',
    { time: FIRST_OF_MARCH, metric: 'Anemos weather · environmental_metrics' },
    { '%': 100 },
  ),
  // 28 March: 24 hours, 5 of them refused.
  operations(
    'Completeness by source and local day',
    { time: '2025-03-27T22:00:00.000Z', metric: 'Kalamia milk tank · energy_hourly' },
    { '%': (100 * 19) / 24 },
  ),
  // Between March and October there is nothing.
  operations(
    'Completeness by source and local day',
    { time: '2025-04-09T21:00:00.000Z', metric: 'Galatea cold store · energy_hourly' },
    { '%': 0 },
  ),
  operations('Reasons of refusals', { Reason: 'out_of_range' }, { Records: 2 }, { from: 'yesterday', to: 'tomorrow' }),
  operations(
    'Reasons of refusals',
    { Reason: 'nonexistent_local_time' },
    { Records: 1 },
    { from: 'yesterday', to: 'tomorrow' },
  ),
  operations('Queue', {}, { Waiting: 0, Loading: 0, 'Longest wait': 0, Failed: 0 }),
  operations(
    'Batches',
    { File: '664e5e89f331a958c4462dd3-hourly-28032025-31032025-bad-rows.csv' },
    { Read: 98, Loaded: 86, 'Already there': 1, Refused: 11 },
    { from: 'yesterday', to: 'tomorrow' },
  ),
  operations(
    'Duration of stages',
    { Stage: 'load' },
    { Loads: 12, 'Records in': 15_314 },
    { from: 'yesterday', to: 'tomorrow' },
  ),
];

export const CASES: readonly Case[] = [...OPERATIONS, ...ENERGY, ...ENVIRONMENT, ...DAIRY, ...FARM];
