// Runs over exports that nobody here wrote, where CORPUS_DIR names a folder with them; they are no part of the project.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FAULTS } from '@cei-inoe/shared/error-catalogue';
import { ROOT } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, openTrial, type Trial } from './support/open-trial.ts';

const CORPUS = process.env.CORPUS_DIR ?? '';
const MAX_MS = 10_000;

const EXAMPLES = Object.fromEntries(
  ['dsmr_hourly', 'seattle_normals'].map((name) => [
    name,
    readFileSync(join(ROOT, 'docs/examples/mappings', `${name}.yaml`), 'utf8'),
  ]),
);

const listFiles = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** The cells of a file without quotes, by nothing but splitting. */
const split = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','));
const sum = (rows: readonly string[][], column: number): number =>
  rows.reduce((total, row) => total + Number(row[column]), 0);

describe.runIf(CORPUS !== '')('exports from elsewhere', () => {
  let t: Trial;
  beforeAll(async () => {
    t = await openTrial();
  });
  afterAll(() => t.close());

  it('of a Dutch meter load with the example mapping: count, sum, first and last instant', async () => {
    const id = await t.addSource('dsmr', 'Europe/Amsterdam');
    const path = join(CORPUS, 'energy/dsmr_hour_2024.csv');
    const rows = split(path);
    const result = await t.load('dsmr_hour_2024.csv', readFileSync(path), { datasource: 'dsmr', mappings: EXAMPLES });
    expect(account(result)).toBe(`${rows.length} = ${rows.length}+0~ 0= 0- 0!`);
    const [stored] = await t.query<{ rows: number; sum: number; first: Date; last: Date }>(
      'SELECT count(*)::int AS rows, sum(energy_kwh) AS sum, min(ts) AS first, max(ts) AS last FROM fact_energy_hourly WHERE datasource_id = $1',
      [id],
    );
    expect(stored!.rows).toBe(rows.length);
    expect(stored!.sum).toBeCloseTo(sum(rows, 1), 6);
    const instants = rows.map((row) => new Date(row[0]!).getTime());
    expect([stored!.first.getTime(), stored!.last.getTime()]).toEqual([Math.min(...instants), Math.max(...instants)]);
  });

  it('of a weather station in Seattle load with the example mapping, in standard time all year', async () => {
    const id = await t.addSource('seattle', 'America/Los_Angeles', 'weather');
    const path = join(CORPUS, 'weather/seattle-weather-hourly-normals.csv');
    const rows = split(path);
    const result = await t.load('seattle.csv', readFileSync(path), { datasource: 'seattle', mappings: EXAMPLES });
    expect(account(result)).toBe(`${rows.length} = ${rows.length}+0~ 0= 0- 0!`);
    const [stored] = await t.query<Record<string, number>>(
      `SELECT count(*)::int AS rows, sum(atm_pressure) AS pressure, sum(temperature) AS temperature, sum(wind_speed) AS wind,
         sum(extract(epoch FROM timestamp))::float8 AS seconds FROM environmental_metrics WHERE datasource_id = $1`,
      [id],
    );
    expect(stored!.rows).toBe(rows.length);
    expect(stored!.pressure).toBeCloseTo(sum(rows, 1), 4);
    expect(stored!.temperature).toBeCloseTo(sum(rows, 2), 4);
    expect(stored!.wind).toBeCloseTo(sum(rows, 3), 4);
    expect(stored!.seconds).toBe(rows.reduce((total, row) => total + Date.parse(`${row[0]}-08:00`) / 1000, 0));
  });

  const others =
    CORPUS === ''
      ? []
      : ['energy', 'weather', 'dairy', 'csv', 'xlsx'].flatMap((folder) => listFiles(join(CORPUS, folder)));
  it('all end within ten seconds: loaded, or refused with a code that says why', async () => {
    const outcomes: Record<string, string> = {};
    await t.addSource('other', 'UTC');
    for (const path of others) {
      const name = relative(CORPUS, path);
      const started = performance.now();
      const bytes = readFileSync(path);
      const outcome = await t
        .load(name.replaceAll('/', '-'), bytes, { datasource: 'other', force: true, mappings: EXAMPLES })
        .then(account, (error: { code: string }) => error.code);
      const tookMs = performance.now() - started;
      outcomes[name] = tookMs > MAX_MS ? `took ${Math.round(tookMs)} ms` : outcome;
    }
    const unclear = Object.entries(outcomes).filter(
      ([, outcome]) =>
        outcome === 'internal' || !(outcome in FAULTS || /^\d+ = /.test(outcome) || outcome === 'duplicate'),
    );
    expect(unclear).toEqual([]);
    expect(others.length).toBeGreaterThan(100);
  }, 300_000);
});
