import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { tryMapping } from '../src/compose/try-mapping.ts';
import { readMapping } from '../src/mapping/read-mapping.ts';
import { MOST_LINES, type Model, model, specify, writeFile, writeMapping } from './support/row-model.ts';

// The invariant: whatever the mapping and the file, the compiled row function accepts, refuses and skips exactly the records that a plain
// specification does, with the same instants, values, codes and columns.

/** With more records in front from which the file is known than may follow, whatever is in those. */
function makeKnown(m: Model): Model {
  const text = {
    'yyyy-MM-dd HH:mm': '2024-06-30 10:00',
    'dd.MM.yyyy HH:mm:ss': '30.06.2024 10:00:00',
    'MM/dd/yyyy hh:mm:ss a': '06/30/2024 10:00:00 AM',
    iso: '2024-06-30T10:00:00',
    'yyyy-MM-dd': '2024-06-30',
    'dd.MM.yyyy': '30.06.2024',
    'MM/dd/yyyy': '06/30/2024',
  }[m.format];
  const time = {
    text: text ?? '',
    local: Date.parse(m.isDay ? '2024-06-30T00:00Z' : '2024-06-30T10:00Z') / 1000,
    offset: undefined,
  };
  const known = {
    kind: 'record',
    time,
    badTime: '',
    cells: m.columns.map(() => ({ text: '1', number: '1' })),
    quoted: false,
  } as const;
  return { ...m, lines: [...Array.from({ length: MOST_LINES + 1 }, () => known), ...m.lines] };
}

const sortBy = <T>(items: readonly T[], key: (item: T) => string) =>
  [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));

interface Accepted {
  readonly time: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const orderNames = ({ time, values }: Accepted): Accepted => ({
  time,
  values: Object.fromEntries(sortBy(Object.entries(values), ([name]) => name)),
});

/** Values that were not converted are the nearest float8 exactly; the two operations of a conversion may each round once. */
function expectSame(got: readonly Accepted[], wanted: readonly Accepted[], m: Model): void {
  const converted = new Set<string>(m.columns.filter((c) => c.unit !== undefined).map((c) => c.measure));
  const key = ({ time, values }: Accepted) =>
    `${time} ${Object.values(values).map((value) => Number(value).toPrecision(9))}`;
  const [mine, theirs] = [got, wanted].map((rows) => sortBy(rows.map(orderNames), key)) as [Accepted[], Accepted[]];
  expect(mine.map(({ time, values }) => ({ time, measures: Object.keys(values) }))).toEqual(
    theirs.map(({ time, values }) => ({ time, measures: Object.keys(values) })),
  );
  for (const [at, { values }] of mine.entries()) {
    for (const [name, value] of Object.entries(values)) {
      const other = Number(theirs[at]?.values[name]);
      if (!converted.has(name)) expect(value).toBe(other);
      else expect(Math.abs(Number(value) - other)).toBeLessThanOrEqual(Math.abs(other) * 2 ** -51);
    }
  }
}

describe('the row function', () => {
  it('does with every record what a plain specification does, under every option of a mapping', async () => {
    const seen = { accepted: 0, refused: 0, skipped: 0 };
    await fc.assert(
      fc.asyncProperty(model.map(makeKnown), async (m) => {
        const mapping = readMapping('generated', stringify(writeMapping(m)), 'user');
        const got = await tryMapping(mapping, { text: writeFile(m), zone: m.zone });
        const wanted = specify(m);
        const time = m.isDay ? 'production_date' : 'timestamp';
        const rows = got.rows.map(({ datasource: _, [time]: at, ...values }) => ({ time: String(at), values }));
        expectSame(rows, wanted.rows, m);
        const refused = got.rejects.map(
          ({ line, errors }) =>
            `${line}: ${errors
              .map((e) => `${e.code} ${e.column ?? ''}`)
              .sort()
              .join(', ')}`,
        );
        expect(sortBy(refused, (text) => text)).toEqual(sortBy(wanted.refused, (text) => text));
        expect(got.skipped).toBe(wanted.skipped);
        seen.accepted += rows.length;
        seen.refused += refused.length;
        seen.skipped += got.skipped;
      }),
      { numRuns: Number(process.env.ROW_RUNS ?? 500) },
    );
    // Nothing is shown by files of which all is refused.
    expect(Math.min(seen.accepted, seen.refused, 10 * seen.skipped)).toBeGreaterThan(100);
  }, 60_000);
});
