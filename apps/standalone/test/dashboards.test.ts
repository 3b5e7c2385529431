// The queries of the Grafana dashboards, run as Grafana's own role on a real database with a little data of each kind.
import { readdirSync, readFileSync } from 'node:fs';
import { createDatabase, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const GRAFANA = new URL('../../../grafana/', import.meta.url);
interface Dashboard {
  readonly uid: string;
  readonly panels: readonly {
    id: number;
    title: string;
    datasource: { uid: string };
    gridPos: { x: number; y: number; w: number; h: number };
    targets: readonly { rawSql: string; format: string }[];
  }[];
  readonly templating: { readonly list: readonly { name: string; query: string }[] };
}
const dashboards = readdirSync(new URL('dashboards/', GRAFANA)).map(
  (name) => JSON.parse(readFileSync(new URL(`dashboards/${name}`, GRAFANA), 'utf8')) as Dashboard,
);
const overview = dashboards[0] ?? expect.unreachable('no dashboard');
const panelOf = (title: string) => overview.panels.find((one) => one.title === title) ?? expect.unreachable(title);

/**
 * Fills in macros and variables as Grafana's PostgreSQL data source does: the arguments of a macro end at the first closing
 * parenthesis, and a variable with several values becomes a list of quoted texts.
 */
function fillMacros(sql: string, variables: Readonly<Record<string, string>>): string {
  const [from, to] = ["'2025-01-01T00:00:00Z'", "'2025-12-31T23:59:59Z'"];
  const filled = sql.replace(/\$__(\w+)\(([^)]*)\)/g, (whole, name: string, args: string) => {
    if (name === 'timeFilter') return `${args} BETWEEN ${from} AND ${to}`;
    if (name === 'timeFrom') return from;
    if (name === 'timeTo') return to;
    if (name === 'timeGroup') return `floor(extract(epoch from ${args.split(',')[0]})/3600)*3600`;
    throw new TypeError(`${whole} is not known here`);
  });
  return filled.replace(/\$(\w+)/g, (_, name: string) => variables[name] ?? expect.unreachable(`$${name}`));
}

let database: TestDatabase;
const ALL = { client: "'C'", meter: '', station: '', herd: '' };
const run = async (sql: string) => {
  const connection = await database.pool.connect();
  try {
    await connection.query('BEGIN READ ONLY; SET LOCAL ROLE cei_grafana');
    return (await connection.query<Record<string, unknown>>(fillMacros(sql, ALL))).rows;
  } finally {
    await connection.query('ROLLBACK');
    connection.release();
  }
};

beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(`
    INSERT INTO datasource (id, external_id, source_category, data_type, alias, client, timezone) VALUES
      (901, 'meter', 'device', 'energy', 'Meter', 'C', 'Asia/Nicosia'), (902, 'daily', 'device', 'pv', NULL, 'C', 'Asia/Nicosia'),
      (903, 'station', 'device', 'weather', 'Station', 'C', 'Asia/Nicosia'), (904, 'robot', 'device', 'dairy', 'Herd', 'C', NULL);
    INSERT INTO ingest_batch (batch_id, source_type, pipeline_name) VALUES ('018f0000-0000-7000-8000-000000000000', 'manual', 'p');
    -- The 25 hours of 26 October, a kWh each: that local day begins at 21:00Z of the day before.
    INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id)
      SELECT 901, t, 1, '018f0000-0000-7000-8000-000000000000'
      FROM generate_series('2025-10-25T21:00Z'::timestamptz, '2025-10-26T21:00Z', '1 hour') t;
    INSERT INTO fact_energy_daily (datasource_id, ts, energy_kwh, batch_id) VALUES (902, '2025-10-26', 7, '018f0000-0000-7000-8000-000000000000');
    INSERT INTO environmental_metrics (datasource_id, timestamp, temperature, batch_id) VALUES (903, '2025-10-26T10:10Z', 20, '018f0000-0000-7000-8000-000000000000'),
      (903, '2025-10-26T10:20Z', 22, '018f0000-0000-7000-8000-000000000000');
    INSERT INTO dairy_production (datasource_id, production_date, day_production_per_cow_kg, batch_id) VALUES (904, '2025-10-26', 31.5, '018f0000-0000-7000-8000-000000000000');
    INSERT INTO pipeline_execution (batch_id, stage, status) VALUES ('018f0000-0000-7000-8000-000000000000', 'load', 'completed');
    INSERT INTO data_quality_check (batch_id, dataset, check_type, check_name, passed) VALUES ('018f0000-0000-7000-8000-000000000000', 'energy_hourly', 'required', 'x', false)`);
  for (const { name, query } of overview.templating.list.slice(1)) {
    const rows = await run(query);
    Object.assign(ALL, { [name]: rows.map((row) => `'${row.__value}'`).join(',') });
  }
});
afterAll(() => database.drop());

describe('the overview', () => {
  test('offers the sources of each kind', () => {
    expect(ALL).toMatchObject({ station: "'903'", herd: "'904'" });
    expect(ALL.meter.split(',').sort()).toEqual(["'901'", "'902'"]);
  });

  test('shows the 25 hours of the autumn day as one local day, and the daily reading where there is one', async () => {
    const rows = await run(panelOf('Energy per local day').targets[0]?.rawSql ?? '');
    expect(rows).toEqual([
      { time: new Date('2025-10-25T21:00:00Z'), metric: 'Meter', kWh: 25 },
      { time: new Date('2025-10-25T21:00:00Z'), metric: 'daily', kWh: 7 },
    ]);
  });

  test.each([
    ['Energy per hour', 25],
    ['Air temperature', 1],
    ['Milk per cow and day', 1],
    ['Loads of the last seven days', 1],
    ['Refusals of the last seven days', 1],
  ])('%s has %i rows', async (title, count) => {
    expect(await run(panelOf(title).targets[0]?.rawSql ?? '')).toHaveLength(count);
  });

  test('every series has the columns that Grafana draws', async () => {
    for (const { title, targets } of overview.panels) {
      if (targets[0]?.format !== 'time_series') continue;
      const [row] = await run(targets[0].rawSql);
      expect(Object.keys(row ?? {}).slice(0, 2), title).toEqual(['time', 'metric']);
    }
  });
});

describe('the provisioning', () => {
  const readYaml = (path: string) => parse(readFileSync(new URL(`provisioning/${path}`, GRAFANA), 'utf8'));

  test('gives the data source that every panel names, without a password in the file', () => {
    const [source] = readYaml('datasources/cei-inoe.yaml').datasources;
    expect(source.secureJsonData.password).toBe('$CEI_GRAFANA_PASSWORD');
    for (const { panels } of dashboards) for (const panel of panels) expect(panel.datasource.uid).toBe(source.uid);
  });

  test('finds the dashboards where the compose file mounts them', () => {
    const path = readYaml('dashboards/cei-inoe.yaml').providers[0].options.path;
    expect(readFileSync(new URL('../docker-compose.yaml', GRAFANA), 'utf8')).toContain(
      `./grafana/dashboards:${path}:ro`,
    );
  });

  test('no two panels lie over each other', () => {
    for (const { panels } of dashboards) {
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
    }
  });
});
