// Which sample files there are: for a whole year, or the small set that is committed. Writes no file.
import { listBadLines } from './bad-rows.ts';
import { encodeCsv, encodeHerdWorkbook } from './encode.ts';
import {
  type Days,
  HERD_HEADERS,
  listDaily,
  listHerdText,
  listHourly,
  listStation,
  STATION_HEADERS,
  separatorOf,
} from './layouts.ts';
import { findLastSunday, toDay, writeNameDay } from './local-clock.ts';
import { METERS, type Meter } from './series.ts';

export interface Sample {
  readonly name: string;
  readonly make: () => Buffer;
}

const STATIONS = ['anemos-weather', 'galatea-weather'] as const;

/** Every source for the whole year; stations every ten minutes. */
export function planYear(year: number): Sample[] {
  const days = yearOf(year);
  return [
    ...METERS.flatMap((meter) => [planHourly(meter, days), planDaily(meter, days)]),
    ...STATIONS.map((id) => planStation(id, days, 10)),
    ...planHerds(days),
    planBadRows(year),
  ];
}

/** What is committed: a year of one meter, single months and days of others, both changes of the clocks in each layout that has hours. */
export function planSmall(year: number): Sample[] {
  const days = yearOf(year);
  const parlour = findMeter('66c4e2f7bb889e6eb7c81463');
  const coldStore = findMeter('6645ed71e1746bb7cd66c39b');
  const autumn = findLastSunday(year, 10);
  return [
    planHourly(parlour, days),
    planDaily(parlour, days),
    planHourly(coldStore, monthOf(year, 3)),
    planHourly(coldStore, monthOf(year, 10)),
    planDaily(coldStore, days),
    planHourly(findMeter('66a709062d7fdec066e738bd-import'), monthOf(year, 6)),
    planHourly(findMeter('66a709062d7fdec066e738bd-export'), monthOf(year, 6)),
    planStation('anemos-weather', monthOf(year, 3), 30),
    planStation('galatea-weather', { from: autumn - 2, to: autumn + 2 }, 10),
    ...planHerds(days),
    planBadRows(year),
  ];
}

const yearOf = (year: number): Days => ({ from: toDay(year, 1, 1), to: toDay(year + 1, 1, 1) });
const monthOf = (year: number, month: number): Days => ({ from: toDay(year, month, 1), to: toDay(year, month + 1, 1) });
const rangeOf = (days: Days): string => `${writeNameDay(days.from)}-${writeNameDay(days.to - 1)}`;

function findMeter(id: string): Meter {
  const meter = METERS.find((one) => one.id === id);
  if (meter === undefined) throw new TypeError(`no meter ${id}`);
  return meter;
}

const planHourly = (meter: Meter, days: Days): Sample => ({
  name: `${meter.id}-hourly-${rangeOf(days)}.csv`,
  make: () => encodeCsv(['Date and Time', 'Hourly'], listHourly(meter, days), separatorOf(meter.style)),
});

const planDaily = (meter: Meter, days: Days): Sample => ({
  name: `${meter.id}-daily-${rangeOf(days)}.csv`,
  make: () => encodeCsv(['Date and Time', 'Daily'], listDaily(meter, days), separatorOf(meter.style)),
});

/** One station's export is UTF-8 with a byte order mark, the other's comes from a European spreadsheet: Windows-1252, CRLF, `;` and `,`. */
function planStation(id: (typeof STATIONS)[number], days: Days, stepMinutes: number): Sample {
  const style = id === 'anemos-weather' ? 'us' : 'iso';
  const dialect = id === 'anemos-weather' ? 'utf-8-bom' : 'windows-1252';
  return {
    name: `${id}-${rangeOf(days)}.csv`,
    make: () => encodeCsv(STATION_HEADERS, listStation(id, style, days, stepMinutes), separatorOf(style), dialect),
  };
}

const planHerds = (days: Days): Sample[] => [
  {
    name: `anemos-robot-${rangeOf(days)}.csv`,
    make: () => encodeCsv(HERD_HEADERS, listHerdText('anemos-robot', 118, days), ','),
  },
  { name: `kalamia-robot-${rangeOf(days)}.xlsx`, make: () => encodeHerdWorkbook('kalamia-robot', 74, days) },
];

function planBadRows(year: number): Sample {
  const spring = findLastSunday(year, 3);
  const days = { from: spring - 2, to: spring + 2 };
  const meter = findMeter('664e5e89f331a958c4462dd3');
  return {
    name: `${meter.id}-hourly-${rangeOf(days)}-bad-rows.csv`,
    make: () => Buffer.from(`${['Date and Time,Hourly', ...listBadLines(meter, days)].join('\n')}\n`),
  };
}
