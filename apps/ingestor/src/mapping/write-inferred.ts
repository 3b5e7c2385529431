// Writes what was inferred about a file as a first mapping, and says why each thing is as it is. Looks at no file.
import type { Inferred, InferredColumn } from '../model/inferred.ts';
import { WEATHER_LIMITS } from '../model/weather-limits.ts';

export interface FirstMapping {
  readonly yaml: string;
  /** What was decided, and why. */
  readonly decided: readonly string[];
  /** What the file does not tell: the mapping must not be used before these are answered. */
  readonly open: readonly string[];
}

const quote = (text: string): string => JSON.stringify(text);
const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export function writeInferred(inferred: Inferred): FirstMapping {
  const decided: string[] = [];
  const open: string[] = [];
  const energy = inferred.columns.filter(({ field }) => field?.dataset === 'energy');
  const weather = inferred.columns.filter(({ field }) => field?.dataset === 'environmental_metrics');
  const isEnergy = energy.length > 0;
  const dataset = chooseDataset(inferred, isEnergy, weather.length > 0, decided, open);
  const chosen = isEnergy ? energy : weather;
  const lines = [
    '# A first mapping, made by `pnpm mappings infer`. Check every line against the file, then `pnpm mappings lint` and `test`.',
    `dataset: ${dataset}`,
    ...describeFile(inferred, decided),
    ...(isEnergy ? writeEnergy(inferred, energy, decided, open) : writeWeather(inferred, weather, decided, open)),
    ...writeTime(inferred, open),
    ...open.map((question) => `# OPEN: ${question}`),
  ];
  const left = inferred.columns.filter((column) => !chosen.includes(column)).map(({ header }) => header);
  if (left.length > 0) decided.push(`left out, as no field is known for it: ${left.join(', ')}`);
  return { yaml: `${lines.join('\n')}\n`, decided, open };
}

function chooseDataset(
  { stepSeconds }: Inferred,
  isEnergy: boolean,
  isWeather: boolean,
  decided: string[],
  open: string[],
): string {
  if (!isEnergy && !isWeather)
    open.push('which dataset and field do the numbers belong to? No header says it by a unit or a word.');
  if (!isEnergy) return 'environmental_metrics';
  const isDaily = stepSeconds >= 82_800 && stepSeconds <= 90_000;
  decided.push(
    Number.isNaN(stepSeconds) ? 'the pace of the readings is not known' : `a reading every ${stepSeconds} s`,
  );
  if (stepSeconds > 90_000) open.push('readings come more than a day apart; no dataset holds weeks or months.');
  return isDaily ? 'energy_daily' : 'energy_hourly';
}

function describeFile({ reading, headerRow }: Inferred, decided: string[]): string[] {
  const { dialect, encoding } = reading;
  decided.push(`header in row ${headerRow}`);
  if (dialect.kind === 'csv')
    decided.push(`${encoding}, separated by ${dialect.delimiter === '\t' ? 'tabs' : dialect.delimiter}`);
  if (dialect.kind !== 'json' || dialect.lines) return [];
  decided.push(`JSON, records at "${dialect.records}"`);
  return [`file: { format: json, records: ${quote(dialect.records)} }`];
}

const describeStyle = ({ style }: InferredColumn): string =>
  style === 'ambiguous' || style.decimal === '.' ? '' : `, decimal: ","`;

function noteStyles(columns: readonly InferredColumn[], open: string[]): void {
  for (const { header, style } of columns) {
    if (style === 'ambiguous') open.push(`${header}: is "," or "." the decimal sign? Say decimal (and group).`);
  }
}

function writeEnergy(
  { time, stepSeconds }: Inferred,
  columns: readonly InferredColumn[],
  decided: string[],
  open: string[],
): string[] {
  noteStyles(columns, open);
  const units = new Set(columns.map(({ unit }) => unit));
  if (units.has(undefined)) open.push('the unit is not named; say unit: kWh (Wh, MWh …) if it is.');
  if (units.size > 1) open.push(`the columns are in different units: ${[...units].join(', ')}.`);
  const unit = [...units][0];
  const isPower = unit !== undefined && /^k?w$/i.test(unit);
  const counters = columns.filter(({ isCounter }) => isCounter).length;
  if (counters > 0) decided.push('the values only grow: taken for a counter; the differences are loaded');
  if (counters > 0 && counters < columns.length)
    open.push('some columns look like counters and some do not; a mapping reads one kind.');
  const kind = isPower ? 'mean_power' : counters > 0 ? 'counter' : undefined;
  const said = unit === undefined ? '' : `, unit: ${quote(unit)}`;
  const [only] = columns;
  const rising = columns.filter((column) => column.rises && !column.isCounter).map(({ header }) => header);
  if (rising.length > 0 && counters === 0)
    open.push(
      `${[...new Set(rising)].join(', ')}: the numbers only grow. If they are a running total, say values: { kind: counter }.`,
    );
  for (const { header, namesakes } of new Map(columns.map((column) => [column.header, column])).values()) {
    if (namesakes > 1)
      open.push(
        `${namesakes} columns are called ${header}, and nothing tells which is which: name them with file: { header: [...] }.`,
      );
  }
  const rows =
    columns.length === 1 && only !== undefined
      ? [
          `columns: { ${quote(time.header)}: ts, ${quote(only.header)}: { to: energy_kwh${said}${describeStyle(only)} } }`,
        ]
      : writeRegisters(time.header, columns, said, decided);
  return [
    ...rows,
    ...(kind === undefined
      ? []
      : [
          `values: { kind: ${kind}${kind === 'counter' ? ' }  # add max_power_kw: what cannot be used in an hour' : ' }'}`,
        ]),
    ...(kind !== 'counter' && stepSeconds < 3_600 ? ['aggregate: { to: hour }'] : []),
  ];
}

/** Several series in one file: each goes to a datasource of its own, so that nothing is added twice or chosen in silence. */
function writeRegisters(time: string, columns: readonly InferredColumn[], unit: string, decided: string[]): string[] {
  const names = columns.map(({ header }) => header);
  decided.push(
    `several columns of energy (${names.join(', ')}): each becomes a datasource, <meter>:<column>; keep those you want`,
  );
  const style = columns[0] === undefined ? '' : describeStyle(columns[0]);
  return [
    `columns: { ${quote(time)}: ts }`,
    `unpivot: { columns: ${quote(`^(?<register>${names.map(escapePattern).join('|')})$`)}, to: energy_kwh${unit}${style} }`,
  ];
}

function writeWeather(
  { time }: Inferred,
  columns: readonly InferredColumn[],
  decided: string[],
  open: string[],
): string[] {
  noteStyles(columns, open);
  const taken = new Set<string>();
  const lines = columns.flatMap((column) => {
    const name = column.field?.name ?? '';
    if (taken.has(name)) {
      open.push(`${column.header} would go to ${name}, too; choose one.`);
      return [];
    }
    taken.add(name);
    if (column.unit === undefined)
      open.push(`${column.header}: in which unit? The table has its own (docs/mappings.md).`);
    const unit = column.unit === undefined ? '' : `, unit: ${quote(column.unit)}`;
    return [`  ${quote(column.header)}: { to: ${name}${unit}${describeStyle(column)}${writeBlanks(column, decided)} }`];
  });
  decided.push(`${taken.size} columns by their names and units`);
  return ['columns:', `  ${quote(time.header)}: timestamp`, ...lines, ...writeLimits([...taken], decided)];
}

function writeBlanks({ header, blanks }: InferredColumn, decided: string[]): string {
  if (blanks.length === 0) return '';
  decided.push(`${header}: ${blanks.join(', ')} taken for "not measured"`);
  return `, nulls: [${['', '-', 'n/a', ...blanks].map(quote).join(', ')}]`;
}

/** Without them a -9999 further down would be a temperature. */
function writeLimits(fields: readonly string[], decided: string[]): string[] {
  const lines = fields.flatMap((field) => {
    const limits = WEATHER_LIMITS.get(field);
    return limits === undefined ? [] : [`    ${field}: { min: ${limits.min}, max: ${limits.max} }`];
  });
  if (lines.length === 0) return [];
  decided.push('limits of what such readings can be; what lies beyond is refused');
  return ['validation_rules:', '  constraints:', ...lines];
}

function writeTime({ time }: Inferred, open: string[]): string[] {
  if (time.doubt !== undefined) {
    open.push(`${time.doubt} Say time: { order: dmy } or { order: mdy }.`);
    return [];
  }
  if (time.clock !== undefined) {
    open.push(
      `the time of day stands in ${time.clock}: take ${time.header} out of columns and say time: { columns: [${quote(time.header)}, ${quote(time.clock)}] }.`,
    );
  }
  const format = time.format ?? 'iso';
  const hasOffset = /X|^iso$|epoch/.test(format);
  return [
    `time: { format: ${quote(format)} }${hasOffset ? '' : '  # in the zone of the datasource; zone: says another, label: end that labels are ends'}`,
  ];
}
