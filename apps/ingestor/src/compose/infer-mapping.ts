// Looks at a file that no mapping knows and says what a mapping of it would be: which columns, how written, and what it cannot tell. Writes nothing.
import { Fault } from '@cei-inoe/shared/errors';
import { READ } from '../model/coerced.ts';
import type { Inferred, InferredColumn, NumberStyle } from '../model/inferred.ts';
import type { ReadingPlan } from '../model/plan.ts';
import { findConversion, isUnit, SAME_UNIT } from '../model/units.ts';
import { WEATHER_LIMITS } from '../model/weather-limits.ts';
import { makeNumberReader } from '../stages/coerce/number-reader.ts';
import { sniffNumberStyle } from '../stages/coerce/number-style.ts';
import { compileTimeFormat } from '../stages/coerce/time-format.ts';
import { sniffTimeFormat } from '../stages/coerce/time-sniff.ts';
import { findCadence } from '../stages/derive/cadence.ts';
import { splitUnit } from '../stages/map/match-header.ts';
import { listReadings } from './list-readings.ts';
import { openRecords } from './open-records.ts';
import { readSample } from './sample.ts';

const CLOCK = /^\d{1,2}:\d\d(:\d\d)?( ?[AP]M)?$/i;
const SAMPLE_ROWS = 4_000;
const HEADER_ROWS = 60;

/** What headers call things, in the languages of the exports that were met. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/temp/i, 'temperature'],
  [/humid|feuchte|vochtigheid/i, 'humidity'],
  [/press|druck|luchtdruk/i, 'atm_pressure'],
  [/wind.*(dir|angle|richt)/i, 'wind_angle'],
  [/wind/i, 'wind_speed'],
  [/pm ?10/i, 'pm10'],
  [/pm ?2[.,p]?5/i, 'pm2p5'],
  [/noise|l[äa]rm|geluid/i, 'noise_level_db'],
];
/** What is called alike and is something else: temperatures that are not the air's, and extremes beside the value itself. */
const OTHER_THINGS =
  /dew|dauw|taupunkt|rugiada|wet.?bulb|water|wasser|soil|boden|bodem|felt|feels|apparent|chill|heat.?index|panel|module|inverter|maxim|minim|(^|[^a-z])max([^a-z]|$)|gust|böe|windsto/i;
const WEATHER_UNITS = new Map([
  ['temperature', '°C'],
  ['humidity', '%'],
  ['atm_pressure', 'hPa'],
  ['wind_angle', '°'],
  ['wind_speed', 'm/s'],
  ['pm10', 'µg/m³'],
  ['pm2p5', 'µg/m³'],
  ['noise_level_db', 'dB'],
]);
const ENERGY_WORDS =
  /energ|electri|stroom|strom(?![a-zäöü])|consum|verbru|usage|afname|prelievo|potrošn|import|export|injecti|invoeding|teruglever|production|opwek|yield|k?wh\b/i;

/** @throws Fault as identifying does, header_unknown where no row is a header over a column of times */
export async function inferMapping(path: string, fileName: string): Promise<Inferred> {
  for await (const reading of listReadings(path, fileName, [])) {
    const { rows } = await readSample(openRecords(path, fileName, reading), SAMPLE_ROWS);
    for (let at = 0; at < Math.min(rows.length - 1, HEADER_ROWS); at++) {
      const found = inferFrom(reading, rows, at);
      if (found !== undefined) return found;
    }
  }
  throw new Fault('header_unknown', 'No row of the file is a header over a column of times.');
}

function inferFrom(reading: ReadingPlan, rows: readonly (readonly string[])[], at: number): Inferred | undefined {
  const header = (rows[at] ?? []).map((cell) => cell.trim());
  const filled = header.filter((cell) => cell !== '');
  if (filled.length < 2 || filled.some((cell) => /^[-+\d.,:/ ]+$/.test(cell))) return undefined;
  const data = rows.slice(at + 1);
  const columnOf = (cell: number) => data.map((row) => row[cell] ?? '');
  // Numbers of meters may look like counts of seconds: what can be nothing but times comes first.
  const findTime = (isCount: boolean) =>
    header.findIndex((name, cell) => name !== '' && isTime(columnOf(cell), isCount));
  const certain = findTime(false);
  const timeCell = certain >= 0 ? certain : findTime(true);
  if (timeCell < 0) return undefined;
  const texts = columnOf(timeCell);
  const decision = sniffTimeFormat(texts, { formats: [] });
  const columns = header.flatMap((name, cell) =>
    cell === timeCell || name === '' ? [] : (inferColumn(name, columnOf(cell), reading) ?? []),
  );
  const countNames = (name: string) => header.filter((other) => other === name).length;
  if (columns.length === 0) return undefined;
  const format = decision.ok ? decision.format : undefined;
  return {
    reading,
    headerRow: at + 1,
    time: {
      header: header[timeCell] ?? '',
      format,
      doubt: decision.ok ? undefined : decision.message,
      clock: header.find(
        (name, cell) => name !== '' && cell !== timeCell && columnOf(cell).every((text) => CLOCK.test(text.trim())),
      ),
    },
    stepSeconds: format === undefined ? Number.NaN : measureStep(texts, format),
    columns: columns.map((column) => ({ ...column, namesakes: countNames(column.header) })),
  };
}

function isTime(texts: readonly string[], isCount: boolean): boolean {
  const cells = texts.filter((text) => text.trim() !== '');
  if (cells.length === 0 || cells.every((text) => /^[-+]?\d{1,7}([.,]\d+)?$/.test(text.trim()))) return false;
  const decision = sniffTimeFormat(cells, { formats: [] });
  if (decision.ok && decision.format.startsWith('epoch')) return isCount && new Set(cells).size > 1;
  return decision.ok || decision.code === 'date_order_ambiguous';
}

function measureStep(texts: readonly string[], format: string): number {
  const reader = compileTimeFormat(format);
  const times = texts.flatMap((text) => {
    const bytes = Buffer.from(text);
    if (reader.read(bytes, 0, bytes.length) !== READ.value) return [];
    const offset = Number.isNaN(reader.offsetSeconds) ? 0 : reader.offsetSeconds;
    return [{ series: '', seconds: reader.localSeconds - offset }];
  });
  return findCadence(times).stepSeconds;
}

function inferColumn(
  header: string,
  texts: readonly string[],
  reading: ReadingPlan,
): Omit<InferredColumn, 'namesakes'> | undefined {
  const filled = texts.filter((text) => /\d/.test(text));
  if (filled.length * 2 < texts.filter((text) => text.trim() !== '').length || filled.length === 0) return undefined;
  const sniffed = sniffNumberStyle(filled);
  const usesComma = reading.dialect.kind === 'csv' && reading.dialect.delimiter === ',';
  const plain: NumberStyle = { decimal: '.', group: '' };
  const style = sniffed === 'none' || (sniffed === 'ambiguous' && usesComma) ? plain : sniffed;
  const values = style === 'ambiguous' ? [] : readNumbers(filled, style);
  if (style !== 'ambiguous' && values.length * 2 < filled.length) return undefined;
  const { unit } = splitUnit(header);
  const written = /(?:^|[\s,_(])(k?wh|mwh|kw|w)\)?$/i.exec(header)?.[1];
  const named = unit !== undefined && isUnit(unit) ? unit : written;
  const field = findField(header, named);
  return {
    header,
    field,
    unit: named,
    style,
    blanks: listBlanks(filled, field?.name ?? '', named),
    isCounter: isCounter(values),
    rises: rises(values),
  };
}

/** Nines alone, as many programs write for a sensor that says nothing, where they are no value that the field can have. */
function listBlanks(texts: readonly string[], field: string, unit: string | undefined): string[] {
  const limits = WEATHER_LIMITS.get(field);
  const stored = WEATHER_UNITS.get(field);
  if (limits === undefined || stored === undefined) return [];
  const { shift, multiply, divide } = findConversion(stored, unit ?? stored) ?? SAME_UNIT;
  const nines = new Set(texts.map((text) => text.trim()).filter((text) => /^-?9{2,}([.,][09]+)?$/.test(text)));
  return [...nines].filter((text) => {
    const value = ((Number(text.replace(',', '.')) - shift) * multiply) / divide;
    return value < limits.min || value > limits.max;
  });
}

function readNumbers(texts: readonly string[], style: NumberStyle): number[] {
  const reader = makeNumberReader({ ...style, nulls: [] });
  return texts.flatMap((text) => {
    const bytes = Buffer.from(text);
    return reader.read(bytes, 0, bytes.length) === READ.value ? [reader.value] : [];
  });
}

function findField(header: string, unit: string | undefined): InferredColumn['field'] {
  if (unit !== undefined && findConversion('kWh', unit) !== undefined) return { dataset: 'energy', name: 'energy_kwh' };
  if (unit !== undefined && /^k?w$/i.test(unit)) return { dataset: 'energy', name: 'energy_kwh' };
  const word = OTHER_THINGS.test(header) ? undefined : WORDS.find(([pattern]) => pattern.test(header))?.[1];
  const stored = WEATHER_UNITS.get(word ?? '');
  if (
    word !== undefined &&
    stored !== undefined &&
    (unit === undefined || findConversion(stored, unit) !== undefined)
  ) {
    return { dataset: 'environmental_metrics', name: word };
  }
  return unit === undefined && ENERGY_WORDS.test(header) ? { dataset: 'energy', name: 'energy_kwh' } : undefined;
}

const listSteps = (values: readonly number[]): number[] =>
  values.slice(1).map((value, at) => value - (values[at] ?? 0));

/** Never falls, or, newest first, never grows. */
const isOneWay = (steps: readonly number[]): boolean =>
  steps.every((step) => step >= 0) || steps.every((step) => step <= 0);

/** Moves one way, and stands far above its steps. */
function isCounter(values: readonly number[]): boolean {
  if (values.length < 3) return false;
  const steps = listSteps(values);
  const largest = Math.max(...steps.map(Math.abs));
  return isOneWay(steps) && largest > 0 && Math.min(...values.map(Math.abs)) > largest * 3;
}

/** Moves one way so often that readings would hardly do so by chance: 5 of them once in 60. */
function rises(values: readonly number[]): boolean {
  const steps = listSteps(values);
  return isOneWay(steps) && steps.filter((step) => step !== 0).length >= 4;
}
