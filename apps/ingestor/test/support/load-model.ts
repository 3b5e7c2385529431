// The plain specification of loads, over generated files: a map from hour to values, updated file by file and row by row.
import fc from 'fast-check';

export type Strategy = 'update' | 'ignore' | 'append';
export type Measure = 'temperature' | 'humidity';
export interface ModelFile {
  readonly strategy: Strategy;
  readonly columns: readonly Measure[];
  readonly rows: readonly { readonly hour: number; readonly cells: readonly (number | null | 'bad')[] }[];
}
export type Stored = Partial<Record<Measure, number>> & { file: number; line: number };

export const MEASURES: readonly Measure[] = ['temperature', 'humidity'];
const cell = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant('bad' as const) },
);
export const file: fc.Arbitrary<ModelFile> = fc
  .record({
    strategy: fc.constantFrom<Strategy>('update', 'update', 'ignore', 'append'),
    columns: fc.constantFrom<readonly Measure[]>(['temperature'], ['humidity'], MEASURES, ['humidity', 'temperature']),
  })
  .chain(({ strategy, columns }) =>
    fc
      .array(
        fc.record({
          hour: fc.integer({ min: 0, max: 8 }),
          cells: fc.array(cell, { minLength: columns.length, maxLength: columns.length }),
        }),
        {
          minLength: 1,
          maxLength: 10,
        },
      )
      .map((rows) => ({ strategy, columns, rows })),
  );

const formatHour = (hour: number) => `2025-07-01T0${hour}:00:00Z`;
export const writeFile = (f: ModelFile, nonce: number) =>
  `timestamp,${f.columns.join(',')},nonce ${nonce}\n${f.rows.map((r) => `${formatHour(r.hour)},${r.cells.map((c) => c ?? '').join(',')},\n`).join('')}`;
export const mapping = (strategy: Strategy) => `
dataset: environmental_metrics
columns: { timestamp: timestamp, temperature: temperature, humidity: humidity }
conflict_resolution: { strategy: ${strategy} }
time: { format: iso }
`;

/** What the specification says of one file, row by row: the account of the load. */
export function applyFile(table: Map<number, Stored>, f: ModelFile, no: number): string {
  const counts = { inserted: 0, updated: 0, unchanged: 0, skipped: 0, rejected: 0 };
  const good = f.rows
    .map((row, at) => ({ ...row, line: at + 2 }))
    .filter((row) => {
      const refused = row.cells.includes('bad') || row.cells.every((c) => c === null);
      if (refused) counts.rejected++;
      return !refused;
    });
  for (const hour of new Set(good.map((row) => row.hour))) {
    const same = good.filter((row) => row.hour === hour);
    if (new Set(same.map((row) => JSON.stringify(row.cells))).size > 1) {
      counts.rejected += same.length;
      continue;
    }
    counts.skipped += same.length - 1;
    mergeRow(table, f, no, same[0]!, counts);
  }
  const { inserted, updated, unchanged, skipped, rejected } = counts;
  return rejected === f.rows.length
    ? 'nothing_loadable'
    : `${f.rows.length} = ${inserted}+${updated}~ ${unchanged}= ${skipped}- ${rejected}!`;
}

function mergeRow(
  table: Map<number, Stored>,
  f: ModelFile,
  no: number,
  row: { hour: number; line: number; cells: readonly (number | null | 'bad')[] },
  counts: { inserted: number; updated: number; unchanged: number; skipped: number },
): void {
  const values = Object.fromEntries(
    f.columns.flatMap((name, at) => (row.cells[at] === null ? [] : [[name, row.cells[at]]])),
  ) as Partial<Record<Measure, number>>;
  const before = table.get(row.hour);
  if (before === undefined) {
    counts.inserted++;
    table.set(row.hour, { ...values, file: no, line: row.line });
    return;
  }
  const differs = Object.entries(values).some(([name, value]) => before[name as Measure] !== value);
  if (f.strategy === 'append') counts.skipped++;
  else if (!differs) counts.unchanged++;
  else if (f.strategy === 'ignore') counts.skipped++;
  else {
    counts.updated++;
    table.set(row.hour, { ...before, ...values, file: no, line: row.line });
  }
}
