// Makes the benchmark's files: as a meter or station exports them, and the same rows cleaned for psql. Seeded; loads nothing.
import { closeSync, openSync, writeSync } from 'node:fs';
import { makeLocalClock, makeTimeWriter, type TimeStyle } from './clock.ts';

/** What must be in the table after a load, by the generator's own arithmetic. */
export interface Expected {
  readonly read: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Sum of the first measure in thousandths. */
  readonly sumThousandths: number;
}

export interface GenerateOptions {
  readonly raw: string;
  readonly clean?: string;
  readonly rows: number;
  readonly style: TimeStyle;
  readonly seed: number;
  /** Seconds since 1970. */
  readonly start: number;
  readonly stepSeconds: number;
  /** Of a thousand rows so many are bad, and so many have their cells in quotes. */
  readonly badPerMille: number;
  readonly quotedPerMille: number;
  readonly decimal: '.' | ',';
  readonly datasourceId: number;
  /** Put behind every cleaned row. */
  readonly cleanSuffix?: string;
  /** Added to the values of `generateEnergy`, which are even: the same rows with other values. */
  readonly offsetThousandths?: number;
}

/** Seconds since 1970 of a day, far enough in the past that no file reaches the future. */
export const startOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1000;

export const ENERGY: GenerateOptions = {
  raw: '',
  rows: 0,
  style: 'us',
  seed: 1,
  start: startOf('2010-01-01'),
  stepSeconds: 60,
  badPerMille: 5,
  quotedPerMille: 10,
  decimal: '.',
  datasourceId: 0,
};

/** mulberry32: uniform in [0, 1), the same on every machine. */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FLUSH_ROWS = 16_384;

function openWriter(path: string | undefined): { write(line: string): void; close(): void } {
  if (path === undefined) return { write: () => undefined, close: () => undefined };
  const file = openSync(path, 'w');
  let lines: string[] = [];
  const flush = () => {
    writeSync(file, lines.join(''));
    lines = [];
  };
  return {
    write(line) {
      lines.push(line);
      if (lines.length >= FLUSH_ROWS) flush();
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}

/** The measures of one row, in thousandths. */
type Values = (random: () => number, row: number) => number[];

const writeThousandths = (value: number, decimal: string): string =>
  `${Math.floor(value / 1000)}${decimal}${String(value % 1000).padStart(3, '0')}`;

/** Texts that no measure takes; `null` stands for a bad time instead. */
const BAD = ['12abc', '99999', 'ERR', null] as const;

interface Shape {
  readonly header: readonly string[];
  readonly values: Values;
}

function writeFiles(options: GenerateOptions, shape: Shape): Expected {
  const { rows, decimal, datasourceId, badPerMille, quotedPerMille } = options;
  const delimiter = decimal === ',' ? ';' : ',';
  const random = makeRandom(options.seed);
  const toLocal = makeLocalClock();
  const writeLocal = makeTimeWriter(options.style);
  const writeUtc = makeTimeWriter('iso');
  const raw = openWriter(options.raw);
  const clean = openWriter(options.clean);
  raw.write(`${shape.header.join(delimiter)}\n`);
  const suffix = options.cleanSuffix ?? '';
  let rejected = 0;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const instant = options.start + row * options.stepSeconds;
    const values = shape.values(random, row);
    const texts = values.map((value) => writeThousandths(value, decimal));
    const time = writeLocal(toLocal(instant));
    const draw = random() * 1000;
    if (draw < badPerMille) {
      const bad = BAD[rejected++ % BAD.length];
      const cells = bad === null ? ['99/99/9999', ...texts] : [time, bad, ...texts.slice(1)];
      raw.write(`${cells.join(delimiter)}\n`);
      continue;
    }
    const isQuoted = draw >= 1000 - quotedPerMille;
    raw.write(
      isQuoted ? `"${[time, ...texts].join(`"${delimiter}"`)}"\n` : `${time}${delimiter}${texts.join(delimiter)}\n`,
    );
    if (options.clean !== undefined) {
      const plain = decimal === '.' ? texts : values.map((value) => writeThousandths(value, '.'));
      clean.write(`${datasourceId},${writeUtc(instant)}+00,${plain.join(',')}${suffix}\n`);
    }
    sum += values[0] ?? 0;
  }
  raw.close();
  clean.close();
  return { read: rows, accepted: rows - rejected, rejected, sumThousandths: sum };
}

/** kWh of one meter: `Date and Time,Hourly`. */
export const generateEnergy = (options: GenerateOptions): Expected =>
  writeFiles(options, {
    header: ['Date and Time', 'Hourly'],
    values: (random) => [Math.floor(random() * 30_000) * 2 + (options.offsetThousandths ?? 0)],
  });

const WEATHER_HEADER = [
  'timestamp',
  'temperature (°C)',
  'atm_pressure (hPa)',
  'noise_level (dB)',
  'humidity (%)',
  'pm10 (µg/m³)',
  'pm2.5 (µg/m³)',
  'wind_speed (m/s)',
  'wind_direction_sectors',
  'wind_angle (°)',
];
/** Least value and range of each measure, in thousandths. */
const WEATHER_RANGES: readonly (readonly [number, number])[] = [
  [100, 44_000],
  [980_000, 60_000],
  [25_000, 60_000],
  [5_000, 94_000],
  [0, 150_000],
  [0, 80_000],
  [0, 30_000],
  [0, 15_000],
  [0, 359_000],
];
export const WEATHER_COLUMNS = [
  'temperature',
  'atm_pressure',
  'noise_level_db',
  'humidity',
  'pm10',
  'pm2p5',
  'wind_speed',
  'wind_direction_sectors',
  'wind_angle',
] as const;

/** Nine measures of one station, ten columns. */
export const generateWeather = (options: GenerateOptions): Expected =>
  writeFiles(options, {
    header: WEATHER_HEADER,
    values: (random) => WEATHER_RANGES.map(([least, range]) => least + Math.floor(random() * range)),
  });
