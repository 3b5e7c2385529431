// The plain specification of what becomes of a record, over generated mappings and files: one step after the other, on texts, in exact
// arithmetic and with the clocks of Intl. Shares no code with the row program.
import fc from 'fast-check';

export interface Column {
  readonly header: string;
  readonly measure: string;
  readonly unit: string | undefined;
  readonly nulls: readonly string[] | undefined;
  readonly required: boolean;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly allowed: readonly number[] | undefined;
  readonly pattern: boolean;
  readonly skips: boolean;
  readonly adds: boolean;
}
export interface Cell {
  readonly text: string;
  /** The decimal that the text is meant to be; undefined where it is none. */
  readonly number: string | undefined;
}
export interface Line {
  readonly kind: 'record' | 'short' | 'long' | 'blank surplus' | 'broken quote' | 'blank' | 'footer' | 'header';
  readonly time: { readonly text: string; readonly local: number; readonly offset: number | undefined } | undefined;
  readonly badTime: string;
  readonly cells: readonly Cell[];
  readonly quoted: boolean;
}
export interface Model {
  readonly isDay: boolean;
  readonly delimiter: string;
  readonly eol: string;
  readonly decimal: '.' | ',';
  readonly group: '' | '.' | ',' | ' ' | "'";
  readonly format: string;
  readonly zone: string;
  readonly ambiguous: 'first' | 'second' | 'reject';
  readonly nonexistent: 'reject' | 'shift';
  readonly label: 'start' | 'end';
  readonly columns: readonly Column[];
  readonly compare:
    | { readonly field: string; readonly op: '<=' | '>' | '!='; readonly to: string | number }
    | undefined;
  readonly lines: readonly Line[];
}
export interface Expected {
  /** JSON of each accepted row. */
  readonly rows: readonly { readonly time: string; readonly values: Readonly<Record<string, number>> }[];
  /** `line: code column, code column …` of each refused record. */
  readonly refused: readonly string[];
  readonly skipped: number;
}

export const MOST_LINES = 14;
/** Zones, and the days of 2025 on which their clocks are changed. */
const ZONES: Readonly<Record<string, readonly string[]>> = {
  UTC: ['2025-03-30'],
  'Asia/Kolkata': ['2025-03-30'],
  'Asia/Nicosia': ['2025-03-30', '2025-10-26'],
  'America/St_Johns': ['2025-03-09', '2025-11-02'],
  'Australia/Lord_Howe': ['2025-04-06', '2025-10-05'],
  'America/New_York': ['2025-03-09', '2025-11-02'],
};
const FORMATS = ['yyyy-MM-dd HH:mm', 'dd.MM.yyyy HH:mm:ss', 'MM/dd/yyyy hh:mm:ss a', 'iso'];
const DAY_FORMATS = ['yyyy-MM-dd', 'dd.MM.yyyy', 'MM/dd/yyyy'];
const MEASURES = {
  weather: ['temperature', 'humidity', 'wind_speed', 'atm_pressure'],
  dairy: ['day_production_per_cow_kg', 'number_of_animals', 'feed_efficiency'],
};
const UNITS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  temperature: [undefined, '°C', '°F'],
  wind_speed: [undefined, 'km/h', 'mph', 'm/s'],
  atm_pressure: [undefined, 'kPa', 'Pa', 'mbar'],
  day_production_per_cow_kg: [undefined, 'lb', 'g'],
};
/** stored = (read − shift) × multiply ÷ divide, as fractions by the definitions of the units. */
const RATIOS: Readonly<Record<string, readonly [shift: bigint, multiply: bigint, divide: bigint]>> = {
  '°F': [32n, 5n, 9n],
  'km/h': [0n, 10n, 36n],
  mph: [0n, 44_704n, 100_000n],
  kPa: [0n, 10n, 1n],
  Pa: [0n, 1n, 100n],
  lb: [0n, 45_359_237n, 100_000_000n],
  g: [0n, 1n, 1000n],
};
const DEFAULT_NULLS = ['-', '--', 'n/a', 'na', 'null', 'none', 'nan'];
const FOOTER = 'Total of all';

// ---- generated

/** There in one case of `times`. */
const optional = <T>(value: fc.Arbitrary<T>, times = 3): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const column = (measure: string, at: number): fc.Arbitrary<Column> =>
  fc.record({
    header: fc.constant(`c${at}`),
    measure: fc.constant(measure),
    unit: fc.constantFrom(...(UNITS[measure] ?? [undefined])),
    nulls: optional(fc.constantFrom(['-9999', 'x'], ['?'], [])),
    required: fc.boolean(),
    min: optional(fc.integer({ min: -50, max: 50 })),
    max: optional(fc.integer({ min: 60, max: 20_000 })),
    allowed: optional(fc.constantFrom([1, 2, 3], [0, 10, 20.5]), 6),
    pattern: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    skips: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    adds: fc.constant(false),
  });

const decimalText = fc
  .tuple(
    fc.constantFrom('', '', '', '-'),
    fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 9_999_999 })),
    fc.constantFrom('', '', '5', '25', '125', '07'),
  )
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`);

function writeNumber(number: string, { decimal, group }: Pick<Model, 'decimal' | 'group'>, isGrouped: boolean): string {
  const [whole = '', fraction] = number.split('.');
  const grouped = isGrouped && group !== '' ? whole.replace(/\B(?=(\d{3})+$)/g, group) : whole;
  return fraction === undefined ? grouped : `${grouped}${decimal}${fraction}`;
}

/** Numbers on which rules turn. */
const listEdges = (columns: readonly Column[]): string[] =>
  columns.flatMap((c) => [c.min, c.max, ...(c.allowed ?? []), 10].flatMap((n) => (n === undefined ? [] : [String(n)])));

const cell = (style: Pick<Model, 'decimal' | 'group'>, edges: readonly string[]): fc.Arbitrary<Cell> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .tuple(fc.oneof(decimalText, fc.constantFrom(...edges)), fc.boolean())
        .map(([number, isGrouped]) => ({ text: writeNumber(number, style, isGrouped), number })),
    },
    { weight: 2, arbitrary: fc.constantFrom('', ' ').map((text) => ({ text, number: undefined })) },
    { weight: 1, arbitrary: fc.constantFrom('-', 'N/A', '?', 'x', 'NaN').map((text) => ({ text, number: undefined })) },
    { weight: 1, arbitrary: fc.constant({ text: '-9999', number: '-9999' }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('abc', '1.2.3', '--1', '12x', '0x10', 'inf', '=1+1')
        .map((text) => ({ text, number: undefined })),
    },
  );

const pad = (value: number, digits = 2) => String(value).padStart(digits, '0');

/** `local`: the wall clock as if it were UTC, in seconds. */
function writeTime(local: number, format: string, offset: number | undefined): string {
  const d = new Date(local * 1000);
  const [year, month, day] = [pad(d.getUTCFullYear(), 4), pad(d.getUTCMonth() + 1), pad(d.getUTCDate())];
  const [hours, minutes, seconds] = [d.getUTCHours(), pad(d.getUTCMinutes()), pad(d.getUTCSeconds())];
  if (format === 'iso') {
    const zone =
      offset === undefined ? '' : offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${pad(Math.abs(offset) / 3600)}:00`;
    return `${year}-${month}-${day}T${pad(hours)}:${minutes}:${seconds}${zone}`;
  }
  return format
    .replace('yyyy', year)
    .replace('MM', month)
    .replace('dd', day)
    .replace('HH', pad(hours))
    .replace('hh', pad(hours % 12 || 12))
    .replace('mm', minutes)
    .replace('ss', seconds)
    .replace('a', hours < 12 ? 'AM' : 'PM');
}

/** Hours around the changes of a zone's clocks, and others. */
const localHour = (zone: string): fc.Arbitrary<number> =>
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...(ZONES[zone] as readonly string[])), fc.integer({ min: 1, max: 3 }))
        .map(([day, hour]) => Date.parse(`${day}T00:00:00Z`) / 1000 + hour * 3600),
    },
    fc
      .integer({ min: Date.UTC(2020, 0, 1) / 3_600_000, max: Date.UTC(2026, 0, 1) / 3_600_000 })
      .map((hour) => hour * 3600),
  );

const line = (
  { isDay, zone, format }: Pick<Model, 'isDay' | 'zone' | 'format'>,
  columns: readonly Column[],
  style: Pick<Model, 'decimal' | 'group'>,
): fc.Arbitrary<Line> =>
  fc.record({
    kind: fc.oneof(
      { weight: 14, arbitrary: fc.constant('record' as const) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          'short',
          'long',
          'blank surplus',
          'broken quote',
          'blank',
          'footer',
          'header' as const,
        ),
      },
    ) as fc.Arbitrary<Line['kind']>,
    time: fc.oneof(
      {
        weight: 10,
        arbitrary: fc
          .tuple(localHour(zone), fc.constantFrom(0, 900, 1800), optional(fc.constantFrom(0, 3 * 3600, -5 * 3600), 3))
          .map(([hour, minutes, offset]) => {
            const local = isDay ? Math.floor(hour / 86_400) * 86_400 : hour + minutes;
            const own = format === 'iso' ? offset : undefined;
            return { text: writeTime(local, format, own), local, offset: own };
          }),
      },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
    badTime: fc.constantFrom('', ' ', 'x', 'soon', '2025-13-41 99:00'),
    cells: fc.tuple(...columns.map(() => cell(style, listEdges(columns)))),
    quoted: fc.boolean(),
  });

export const model: fc.Arbitrary<Model> = fc
  .record({
    isDay: fc.boolean(),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    eol: fc.constantFrom('\n', '\r\n'),
    style: fc.constantFrom<Pick<Model, 'decimal' | 'group'>>(
      { decimal: '.', group: '' },
      { decimal: '.', group: ',' },
      { decimal: ',', group: '.' },
      { decimal: ',', group: ' ' },
      { decimal: '.', group: "'" },
      { decimal: ',', group: '' },
    ),
    zone: fc.constantFrom(...Object.keys(ZONES)),
    ambiguous: fc.constantFrom('first' as const, 'second' as const, 'reject' as const),
    nonexistent: fc.constantFrom('reject' as const, 'shift' as const),
    label: fc.constantFrom('start' as const, 'end' as const),
    seed: fc.nat(),
  })
  .chain(({ isDay, style, seed, label, ...rest }) => {
    const formats = isDay ? DAY_FORMATS : FORMATS;
    const format = formats[seed % formats.length] as string;
    const names = MEASURES[isDay ? 'dairy' : 'weather'];
    const count = 1 + (seed % names.length);
    const isAdded = seed % 5 === 0;
    return fc.tuple(...names.slice(0, count).map((measure, at) => column(measure, at))).chain((plain) => {
      const [first] = plain as [Column];
      // The rules are those of the field: both parts of a sum have them.
      const columns: Column[] = isAdded
        ? [
            { ...first, unit: undefined, adds: true, skips: false, pattern: false },
            { ...first, unit: undefined, header: 'part', adds: true, skips: false, pattern: false },
            ...plain.slice(1),
          ]
        : plain;
      const compare = optional(
        fc.record({
          field: fc.constant(names[0] as string),
          op: fc.constantFrom('<=' as const, '>' as const, '!=' as const),
          to: count > 1 ? fc.constantFrom<string | number>(names[1] as string, 10) : fc.constant(10),
        }),
        3,
      );
      return fc
        .record({
          isDay: fc.constant(isDay),
          label: fc.constant(isDay ? ('start' as const) : label),
          format: fc.constant(format),
          decimal: fc.constant(style.decimal),
          group: fc.constant(style.group),
          columns: fc.constant(columns),
          compare,
          lines: fc.array(line({ isDay, format, zone: rest.zone }, columns, style), { maxLength: MOST_LINES }),
        })
        .map((own): Model => ({ ...rest, ...own }));
    });
  });

// ---- written down

export function writeMapping(m: Model): object {
  const fields = [...new Map(m.columns.map((c) => [c.measure, c])).values()];
  const rules = fields.flatMap((c) => {
    const rule = {
      ...(c.min === undefined ? {} : { min: c.min }),
      ...(c.max === undefined ? {} : { max: c.max }),
      ...(c.allowed === undefined ? {} : { allowed: c.allowed }),
      ...(c.pattern ? { pattern: '^[0-9.,]+$' } : {}),
    };
    return Object.keys(rule).length === 0 ? [] : [[c.measure, rule]];
  });
  const time = m.isDay ? 'production_date' : 'timestamp';
  return {
    dataset: m.isDay ? 'dairy_production' : 'environmental_metrics',
    ...(m.isDay ? {} : { granularity: 'hourly' }),
    columns: {
      when: time,
      ...Object.fromEntries(
        m.columns.map((c) => [
          c.header,
          {
            to: c.measure,
            decimal: m.decimal,
            group: m.group,
            ...(c.unit === undefined ? {} : { unit: c.unit }),
            ...(c.nulls === undefined ? {} : { nulls: c.nulls }),
            ...(c.skips ? { when_missing: 'skip' } : {}),
            ...(c.adds ? { add: true } : {}),
          },
        ]),
      ),
    },
    file: { delimiter: m.delimiter, footer: [`^${FOOTER}`] },
    time: { format: m.format, label: m.label, ambiguous: m.ambiguous, nonexistent: m.nonexistent },
    on_error: { max_share: 1 },
    validation_rules: {
      schema: { required: fields.filter((c) => c.required).map((c) => c.measure) },
      constraints: Object.fromEntries(rules),
      compare: m.compare === undefined ? [] : [m.compare],
    },
  };
}

const mustQuote = (text: string, m: Model) => text.includes(m.delimiter) || text.includes('"');
const writeCell = (text: string, quoted: boolean, m: Model) =>
  quoted || mustQuote(text, m) ? `"${text.replaceAll('"', '""')}"` : text;

/** Lines that the specification knows as records come first in a file: a good one, from which the file is known. */
export function writeFile(m: Model): string {
  const header = ['when', ...m.columns.map((c) => c.header), 'note'];
  const texts = m.lines.map((l) => {
    const cells = [l.time?.text ?? l.badTime, ...l.cells.map((c) => c.text), 'ok'].map((text) =>
      writeCell(text, l.quoted, m),
    );
    if (l.kind === 'blank') return ['', ...m.columns.map(() => ' '), ''].join(m.delimiter);
    if (l.kind === 'footer') return [`${FOOTER} records`, ...m.columns.map(() => '1'), ''].join(m.delimiter);
    if (l.kind === 'header') return header.join(m.delimiter);
    if (l.kind === 'short') return cells.slice(0, -1).join(m.delimiter);
    if (l.kind === 'long') return [...cells, 'more'].join(m.delimiter);
    if (l.kind === 'blank surplus') return [...cells, ' ', ''].join(m.delimiter);
    if (l.kind === 'broken quote') return [...cells.slice(0, -1), '"a"b'].join(m.delimiter);
    return cells.join(m.delimiter);
  });
  return [header.join(m.delimiter), ...texts].map((text) => text + m.eol).join('');
}

// ---- specified

export function specify(m: Model): Expected {
  const rows: Expected['rows'][number][] = [];
  const refused: string[] = [];
  let skipped = 0;
  m.lines.forEach((l, at) => {
    const fate = judgeLine(m, l);
    if (fate === 'skip') skipped++;
    else if (Array.isArray(fate)) refused.push(`${at + 2}: ${[...fate].sort().join(', ')}`);
    else if (fate !== 'nothing') rows.push(fate);
  });
  return { rows, refused, skipped };
}

type Fate = Expected['rows'][number] | string[] | 'skip' | 'nothing';

/** What becomes of a line: a row, codes of its refusal, or neither. Only where its time says nothing may it be no record. */
function judgeLine(m: Model, l: Line): Fate {
  if (['blank', 'footer', 'header'].includes(l.kind)) return 'nothing';
  const cells = [l.badTime, ...l.cells.map((c) => c.text), l.kind === 'short' ? '' : 'ok'];
  if (l.time === undefined && cells.every((text) => text.trim() === '')) return 'nothing';
  if (l.kind === 'broken quote') return ['bad_quoting '];
  if (l.kind === 'short' || l.kind === 'long') return ['ragged_row '];
  const measured = readCells(m, l);
  if (measured === 'skip') return 'skip';
  const time = readTime(m, l);
  if (typeof time === 'string') return [`${time} when`, ...measured.codes];
  const broken = measured.codes.length > 0 ? measured.codes : judgeRow(m, measured.values);
  return broken.length > 0 ? broken : { time: writeStored(m, time), values: measured.values };
}

/** Seconds since 1970 of the start of the interval, or the code why it is not known. */
function readTime(m: Model, l: Line): number | string {
  if (l.time === undefined) return l.badTime.trim() === '' ? 'required' : 'not_a_time';
  const { local, offset } = l.time;
  const back = m.label === 'end' ? 3600 : 0;
  if (m.isDay) return local;
  if (offset !== undefined) return local - offset - back;
  const instants = findInstants(m.zone, local);
  if (instants.length === 1) return (instants[0] as number) - back;
  if (instants.length === 2)
    return m.ambiguous === 'reject'
      ? 'ambiguous_local_time'
      : (instants[m.ambiguous === 'first' ? 0 : 1] as number) - back;
  // Moved forward by the length of the gap: by the offset that held before it.
  return m.nonexistent === 'reject' ? 'nonexistent_local_time' : local - findOffset(m.zone, local - 86_400) - back;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Seconds that the wall clock is ahead of UTC. */
function findOffset(zone: string, instant: number): number {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    clocks.set(zone, clock);
  }
  const parts = Object.fromEntries(clock.formatToParts(new Date(instant * 1000)).map((p) => [p.type, Number(p.value)]));
  const wall =
    Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day, parts.hour, parts.minute, parts.second) / 1000;
  return wall - instant;
}

function findInstants(zone: string, local: number): number[] {
  const offsets = new Set([-86_400, 0, 86_400].map((shift) => findOffset(zone, local + shift)));
  return [...offsets]
    .map((offset) => local - offset)
    .filter((instant) => instant + findOffset(zone, instant) === local)
    .sort((a, b) => a - b);
}

function writeStored(m: Model, seconds: number): string {
  const text = new Date(seconds * 1000).toISOString();
  return m.isDay ? text.slice(0, 10) : text.replace('.000Z', 'Z');
}

type Read = { readonly codes: string[]; readonly values: Record<string, number> };

function readCells(m: Model, l: Line): Read | 'skip' {
  const read: Read = { codes: [], values: {} };
  const failed = new Set<string>();
  for (const [at, c] of m.columns.entries()) {
    const code = readCell(m, read.values, failed, at, l.cells[at] as Cell);
    if (code === 'skip') return 'skip';
    if (code === undefined) continue;
    read.codes.push(`${code} ${c.header}`);
    failed.add(c.measure);
  }
  return read;
}

/** Puts the value of the cell where it belongs; returns what is wrong with it. */
function readCell(
  m: Model,
  values: Record<string, number>,
  failed: ReadonlySet<string>,
  at: number,
  { text, number }: Cell,
): string | undefined {
  const c = m.columns[at] as Column;
  const bare = text.trim().toLowerCase();
  if (bare === '' || (c.nulls ?? DEFAULT_NULLS).some((word) => word.toLowerCase() === bare)) {
    if (c.skips) return 'skip';
    return c.required || c.adds ? 'required' : undefined;
  }
  if (number === undefined) return 'not_a_number';
  // A sum with a part that is missing is judged no further.
  if (c.adds && failed.has(c.measure)) return undefined;
  const before = c.adds ? values[c.measure] : undefined;
  const value = before === undefined ? convert(number, c.unit) : addExactly(before, number);
  values[c.measure] = value;
  if (c.pattern && !/^[0-9.,]+$/.test(text.trim())) return 'pattern_mismatch';
  const isLast = m.columns.findLastIndex((other) => other.measure === c.measure) === at;
  return isLast ? judgeValue(c, value) : undefined;
}

function judgeValue(c: Column, value: number): string | undefined {
  if ((c.min !== undefined && value < c.min) || (c.max !== undefined && value > c.max)) return 'out_of_range';
  if (c.measure === 'number_of_animals' && !Number.isInteger(value)) return 'not_an_integer';
  return c.allowed !== undefined && !c.allowed.includes(value) ? 'not_allowed' : undefined;
}

function judgeRow(m: Model, values: Readonly<Record<string, number>>): string[] {
  if (Object.keys(values).length === 0) return ['no_measure '];
  if (m.compare === undefined) return [];
  const left = values[m.compare.field];
  const right = typeof m.compare.to === 'number' ? m.compare.to : values[m.compare.to];
  if (left === undefined || right === undefined) return [];
  const holds = { '<=': left <= right, '>': left > right, '!=': left !== right }[m.compare.op];
  return holds ? [] : ['rule_broken '];
}

// ---- exact arithmetic

type Fraction = readonly [bigint, bigint];

function toFraction(decimal: string): Fraction {
  const [whole = '', fraction = ''] = decimal.replace('-', '').split('.');
  const size = BigInt(whole + fraction);
  return [decimal.startsWith('-') ? -size : size, 10n ** BigInt(fraction.length)];
}

/** The float8 nearest to a fraction: forty digits of it are read by the language's own reader. */
function toNearest([n, d]: Fraction): number {
  const digits = 40;
  const size = ((n < 0n ? -n : n) * 10n ** BigInt(digits)) / d;
  const value = Number(`${size}e-${digits}`);
  return n < 0n && value !== 0 ? -value : value;
}

function convert(number: string, unit: string | undefined): number {
  const [n, d] = toFraction(number);
  const ratio = unit === undefined ? undefined : RATIOS[unit];
  if (ratio === undefined) return toNearest([n, d]);
  const [shift, multiply, divide] = ratio;
  return toNearest([(n - shift * d) * multiply, d * divide]);
}

/** `sum` was written with three decimals at most. */
function addExactly(sum: number, number: string): number {
  const [n, d] = toFraction(number);
  return toNearest([BigInt(Math.round(sum * 1000)) * d + n * 1000n, 1000n * d]);
}
