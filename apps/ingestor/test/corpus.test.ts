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

  // Sums by an independent script over the files (csv and json modules of Python), in kWh; °C for the weather.
  const TOTALS: readonly (readonly [string, string, number, number])[] = [
    ['energy/enel_wide_15min_2024-09.csv', '', 720, 269.281],
    ['energy/energiemanager_daily_2014.csv', ':Verbruik laag tarief', 365, 2288.9457],
    ['energy/energiemanager_daily_2014.csv', ':Teruglevering hoog tarief', 365, -894.1652],
    ['energy/isolarcloud_daily_2024-09.csv', ':PV', 30, 1470.3],
    ['energy/metern_daily_2021_noheader.csv', '', 365, 6508.132],
    ['energy/solaredge_2024_06.json', '', 564, 901.279],
    ['energy/solaredge_noutc.json', '', 20, 55.45],
    ['energy/grafana_hour_2026.csv', '', 720, 634],
    ['energy/vanons_desc_2023.csv', ':afname verbruik dal', 70, 697],
    ['energy/zappi_hour_utc.csv', '', 48, 56.8153],
    ['weather/seattle-weather-hourly-normals.csv', '', 8759, 97466.8],
    ['weather/hobo_charlies_air_bom.csv', '', 2976, 52951.09],
  ];
  const others =
    CORPUS === ''
      ? []
      : ['energy', 'weather', 'dairy', 'csv', 'xlsx'].flatMap((folder) => listFiles(join(CORPUS, folder)));
  it('all end within ten seconds: loaded by a mapping with these totals, or refused with a code that says why', async () => {
    const said: string[] = [];
    const found = new Map<string, { rows: number; sum: number }>();
    const create = t.around.newDatasources;
    Object.assign(t.around, { newDatasources: 'create', defaultTimezone: 'Europe/Amsterdam' });
    for (const path of others) {
      const name = relative(CORPUS, path);
      await t.addSource(name, 'Europe/Amsterdam');
      const named = name.includes('metern') ? { mapping: 'metern_daily' } : {};
      const started = performance.now();
      const options = { datasource: name, force: true, ...named };
      const result = await t
        .load(name.replaceAll('/', '-'), readFileSync(path), options)
        .catch((error: { code: string }) => error.code);
      const tookMs = performance.now() - started;
      if (typeof result === 'string' || tookMs > MAX_MS) {
        said.push(`${name}: ${typeof result === 'string' ? result : `took ${Math.round(tookMs)} ms`}`);
        continue;
      }
      const { outcome } = result;
      const mapping = outcome.kind === 'loaded' ? outcome.loaded.plan.mapping.name : '';
      said.push(`${name}: ${mapping} ${account(result)}`);
      for (const each of await readTotals(t, result.batchId)) {
        found.set(each.name, each);
        said.push(`    ${each.name}: ${each.rows} rows, ${each.sum}`);
      }
    }
    Object.assign(t.around, { newDatasources: create, defaultTimezone: undefined });
    process.stdout.write(`${said.join('\n')}\n`);
    const unclear = said.filter(
      (line) => !/^ {4}|: \w* ?\d+ = |duplicate$/.test(line) && !(line.split(' ').at(-1)! in FAULTS),
    );
    expect(unclear).toEqual([]);
    for (const [name, register, rows, sum] of TOTALS) {
      expect(found.get(name + register), name + register).toMatchObject({ rows, sum: expect.closeTo(sum, 3) });
    }
    expect(others.length).toBeGreaterThan(100);
  }, 300_000);
});

/** What a batch left in the tables, by datasource: rows, and the sum of energy or temperature. */
const readTotals = (t: Trial, batchId: string) =>
  t.query<{ name: string; rows: number; sum: number }>(
    `SELECT d.external_id AS name, r.rows, r.sum FROM datasource d JOIN (
       SELECT datasource_id, count(*)::int AS rows, sum(energy_kwh) AS sum FROM fact_energy_hourly WHERE batch_id = $1 GROUP BY 1
       UNION ALL SELECT datasource_id, count(*)::int, sum(energy_kwh) FROM fact_energy_daily WHERE batch_id = $1 GROUP BY 1
       UNION ALL SELECT datasource_id, count(*)::int, sum(temperature) FROM environmental_metrics WHERE batch_id = $1 GROUP BY 1
       UNION ALL SELECT datasource_id, count(*)::int, sum(day_production_per_cow_kg) FROM dairy_production WHERE batch_id = $1 GROUP BY 1
     ) r ON r.datasource_id = d.id ORDER BY 1`,
    [batchId],
  );
