// The committed sample files: made by their generator, byte for byte, and of sources that the seeds define.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { generateSamples } from '../../../db/samples/generate.ts';
import { findLastSunday, toDay } from '../../../db/samples/local-clock.ts';
import { planYear } from '../../../db/samples/plan.ts';
import { METERS } from '../../../db/samples/series.ts';
import { checkDefinitions } from '../src/seed-definition.ts';
import { readSeedFile } from '../src/seed-file.ts';

const SAMPLES = fileURLToPath(new URL('../../../db/samples/', import.meta.url));
const SEEDS = fileURLToPath(new URL('../../../db/seeds/datasources.yaml', import.meta.url));

interface Expected {
  readonly totals: { records: number; accepted: number; skipped: number; rejected: number };
  readonly files: readonly {
    file: string;
    datasource: string;
    dataset: string;
    lines: number;
    records: number;
    accepted: number;
    skipped: number;
    rejected: number;
    on_days_of_change: Record<string, number>;
    sums: Record<string, number>;
  }[];
}
const expected = JSON.parse(readFileSync(join(SAMPLES, 'expected.json'), 'utf8')) as Expected;
const committed = readdirSync(SAMPLES).filter((name) => /\.(csv|xlsx)$/.test(name));

const folders: string[] = [];
const makeFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'cei-samples-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe('the committed samples', () => {
  test.each(['UTC', 'America/St_Johns'])(
    'are what the generator writes, byte for byte, in the zone %s too',
    async (zone) => {
      const before = process.env.TZ;
      process.env.TZ = zone;
      const folder = makeFolder();
      const names = await generateSamples(2025, folder, true);
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
      expect(names.sort()).toEqual(committed.sort());
      for (const name of names) {
        expect(readFileSync(join(folder, name)).equals(readFileSync(join(SAMPLES, name))), name).toBe(true);
      }
    },
  );

  test('are under 600 KB together', () => {
    expect(committed.reduce((sum, name) => sum + statSync(join(SAMPLES, name)).size, 0)).toBeLessThan(600_000);
  });

  test('belong to datasources of the seeds, by the beginning of their names', async () => {
    const owners = new Map(
      checkDefinitions(await readSeedFile(SEEDS)).flatMap((one) =>
        [one.external_id, ...one.aliases].map((name) => [name, one.external_id] as const),
      ),
    );
    for (const { file, datasource } of expected.files) {
      const longest = [...owners.keys()]
        .filter((name) => file.startsWith(`${name}-`) || file.startsWith(`${name}.`))
        .sort((a, b) => b.length - a.length)[0];
      expect(owners.get(longest ?? ''), file).toBe(datasource);
    }
  });

  test('are all in expected.json, whose counts add up', () => {
    expect(expected.files.map(({ file }) => file).sort()).toEqual(committed.sort());
    for (const one of expected.files) expect(one.accepted + one.skipped + one.rejected, one.file).toBe(one.records);
    expect(new Set(expected.files.map(({ dataset }) => dataset)).size).toBe(4);
  });

  test('have 23 hours on the spring day and 25 on the autumn day, and the hours of a year add up to its days', () => {
    const find = (start: string) => expected.files.find(({ file }) => file.startsWith(start));
    const hours = find('66c4e2f7bb889e6eb7c81463-hourly');
    expect(hours?.on_days_of_change).toEqual({ '2025-03-30': 23, '2025-10-26': 25 });
    expect(hours?.accepted).toBe(8760);
    expect(find('66c4e2f7bb889e6eb7c81463-daily')?.sums).toEqual(hours?.sums);
  });
});

describe('the generator', () => {
  test('plans every source of the seeds for a whole year', async () => {
    const names = planYear(2024).map(({ name }) => name);
    expect(names).toHaveLength(2 * 21 + 2 + 2 + 1);
    expect(new Set(names).size).toBe(names.length);
    const seeded = checkDefinitions(await readSeedFile(SEEDS));
    for (const { external_id, aliases } of seeded) {
      expect(
        names.some((name) => [external_id, ...aliases].some((id) => name.startsWith(`${id}-`))),
        external_id,
      ).toBe(true);
    }
    expect(METERS).toHaveLength(21);
  });

  test('writes a leap year with 8784 hours', () => {
    const hourly = planYear(2024).find(({ name }) => name.startsWith('66c4e2f7bb889e6eb7c81463-hourly'));
    expect(hourly?.make().toString().trimEnd().split('\n')).toHaveLength(1 + 8784);
  });

  // Directive 2000/84/EC; dates as published for these years.
  test.each([
    [2023, 26, 29],
    [2024, 31, 27],
    [2025, 30, 26],
    [2026, 29, 25],
  ])('knows when the clocks changed in %i', (year, march, october) => {
    expect([findLastSunday(year, 3), findLastSunday(year, 10)]).toEqual([
      toDay(year, 3, march),
      toDay(year, 10, october),
    ]);
  });
});
