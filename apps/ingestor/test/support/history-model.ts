// The plain specification of a history of batches: tables as a map, filled batch by batch and row by row in the order of their places.
import fc from 'fast-check';

export type Strategy = 'update' | 'ignore' | 'append' | 'fail';
export type Measure = 'temperature' | 'humidity' | 'energy_kwh';
/** How the columns of a file are read: as they are called, only the temperature, one for the other, or temperature as energy. */
export type Variant = 'plain' | 'temperature' | 'swapped' | 'energy';
export type Cell = number | null | 'bad';

export interface ModelFile {
  readonly columns: readonly ('temperature' | 'humidity')[];
  readonly rows: readonly { readonly hour: number; readonly station: number; readonly cells: readonly Cell[] }[];
  readonly nonce: number;
}
/** How a file is read. `station`: whose it is, or undefined where each record says it. */
export interface Reading {
  readonly file: ModelFile;
  readonly strategy: Strategy;
  readonly variant: Variant;
  readonly station: number | undefined;
}
export interface Stored {
  readonly values: Partial<Record<Measure, number>>;
  readonly batch: number;
  readonly line: number;
}
/** By dataset, station and hour. */
export type Tables = Map<string, Stored>;

const cell = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 2 }) },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant('bad' as const) },
);
let nonce = 0;
export const anyStrategy = fc.constantFrom<Strategy>('update', 'update', 'ignore', 'append', 'fail');
export const anyVariant = fc.constantFrom<Variant>('plain', 'plain', 'temperature', 'swapped', 'energy');
export const anyFile: fc.Arbitrary<ModelFile> = fc
  .constantFrom<ModelFile['columns']>(['temperature'], ['humidity'], ['temperature', 'humidity'])
  .chain((columns) =>
    fc
      .array(
        fc.record({
          hour: fc.integer({ min: 0, max: 2 }),
          station: fc.constantFrom(0, 0, 1),
          cells: fc.array(cell, { minLength: columns.length, maxLength: columns.length }),
        }),
        { minLength: 1, maxLength: 4 },
      )
      .map((rows) => ({ columns, rows, nonce: ++nonce })),
  );

export const writeFile = ({ columns, rows, nonce: no }: ModelFile, stations: readonly string[]): string => {
  const lines = rows.map((r) => {
    const cells = r.cells.map((c) => c ?? '').join(',');
    return `2025-07-01T0${r.hour}:00:00Z,${cells},${stations[r.station]},\n`;
  });
  return `timestamp,${columns.join(',')},Station,nonce ${no}\n${lines.join('')}`;
};

const COLUMNS: Record<Variant, string> = {
  plain: 'timestamp: timestamp, temperature: temperature, humidity: humidity',
  temperature: 'timestamp: timestamp, temperature: temperature',
  swapped: 'timestamp: timestamp, temperature: humidity, humidity: temperature',
  energy: 'timestamp: ts, temperature: energy_kwh',
};
export const writeMapping = ({ strategy, variant }: Reading, byColumn: boolean): string => `
dataset: ${variant === 'energy' ? 'energy_hourly' : 'environmental_metrics'}
columns: { ${COLUMNS[variant]} }
conflict_resolution: { strategy: ${strategy} }
time: { format: iso }
${byColumn ? 'datasource: { from: column, name: Station }' : ''}
`;

export const nameDataset = ({ variant }: Reading): string =>
  variant === 'energy' ? 'energy_hourly' : 'environmental_metrics';

/** Which measure each column of the file is for; undefined where it is not read. */
function listTargets({ file, variant }: Reading): (Measure | undefined)[] {
  return file.columns.map((name) => {
    if (variant === 'plain') return name;
    if (variant === 'swapped') return name === 'temperature' ? 'humidity' : 'temperature';
    if (name === 'humidity') return undefined;
    return variant === 'energy' ? 'energy_kwh' : 'temperature';
  });
}

interface Row {
  readonly key: string;
  readonly line: number;
  readonly cells: readonly (readonly [Measure, Cell])[];
}

/** The account of the load, or the code of its failure; `tables` is as before where it fails. */
export function applyReading(tables: Tables, reading: Reading, batch: number): string {
  const targets = listTargets(reading);
  if (!targets.some((target) => target !== undefined)) return 'header_unknown';
  const all = reading.file.rows.map((row, at): Row => {
    const station = reading.station ?? row.station;
    const cells = row.cells.flatMap((c, i) => (targets[i] === undefined ? [] : [[targets[i], c] as const]));
    return { key: `${nameDataset(reading)}|${station}|${row.hour}`, line: at + 2, cells };
  });
  const good = all.filter(({ cells }) => cells.every(([, c]) => c !== 'bad') && cells.some(([, c]) => c !== null));
  const counts = { inserted: 0, updated: 0, unchanged: 0, skipped: 0, rejected: all.length - good.length };
  const after: Tables = new Map(tables);
  let conflicts = false;
  for (const key of new Set(good.map((row) => row.key))) {
    const same = good.filter((row) => row.key === key);
    if (new Set(same.map((row) => JSON.stringify(row.cells))).size > 1) {
      counts.rejected += same.length;
      continue;
    }
    counts.skipped += same.length - 1;
    conflicts = mergeRow(after, same[0]!, reading.strategy, batch, counts) || conflicts;
  }
  if (conflicts) return 'conflict';
  const { inserted, updated, unchanged, skipped, rejected } = counts;
  if (rejected === all.length) return 'nothing_loadable';
  for (const [key, stored] of after) tables.set(key, stored);
  return `${all.length} = ${inserted}+${updated}~ ${unchanged}= ${skipped}- ${rejected}!`;
}

/** Returns whether the row stands against the strategy `fail`. */
function mergeRow(
  tables: Tables,
  row: Row,
  strategy: Strategy,
  batch: number,
  counts: { inserted: number; updated: number; unchanged: number; skipped: number },
): boolean {
  const values = Object.fromEntries(row.cells.filter(([, c]) => c !== null)) as Partial<Record<Measure, number>>;
  const before = tables.get(row.key);
  if (before === undefined) {
    counts.inserted++;
    tables.set(row.key, { values, batch, line: row.line });
    return false;
  }
  const differs = Object.entries(values).some(([name, value]) => before.values[name as Measure] !== value);
  if (strategy === 'append') counts.skipped++;
  else if (!differs) counts.unchanged++;
  else if (strategy === 'ignore') counts.skipped++;
  else {
    counts.updated++;
    tables.set(row.key, { values: { ...before.values, ...values }, batch, line: row.line });
  }
  return strategy === 'fail' && differs;
}

/** What differs between two states of the tables: readings that went, changed, came, or only got another batch or line behind them. */
export function compareTables(before: Tables, after: Tables) {
  const counts = { removed: 0, changed: 0, added: 0, unchanged: 0 };
  const write = (values: Stored['values']) => JSON.stringify(Object.entries(values).sort());
  for (const [key, was] of before) {
    const is = after.get(key);
    if (is === undefined) counts.removed++;
    else if (write(was.values) !== write(is.values)) counts.changed++;
    else if (was.batch !== is.batch || was.line !== is.line) counts.unchanged++;
  }
  for (const key of after.keys()) if (!before.has(key)) counts.added++;
  return counts;
}
