// Every query of every dashboard, run as Grafana's role on the samples: the right columns, something to see, and the right numbers.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { listDashboards } from '../src/list-dashboards.ts';
import { type Farm, openFarm, type Row } from './farm.ts';
import { DASHBOARDS, FILES, type GrafanaPanel, readText, type View } from './grafana.ts';
import { CASES } from './values.ts';

const PANELS = [...DASHBOARDS].flatMap(([name, { panels, templating }]) =>
  panels.map((panel) => ({ name, panel, title: `${name}: ${panel.title}`, variables: templating.list })),
);
const DAY_MS = 86_400_000;
const YEAR = { from: '2024-12-31T22:00:00Z', to: '2025-12-31T22:00:00Z' };
/** When the samples were loaded, with room for a slow machine and for midnight. */
const LOADED = { from: new Date(Date.now() - DAY_MS).toISOString(), to: new Date(Date.now() + DAY_MS).toISOString() };
/** What is about loads, and not about readings. */
const OF_LOADS = ['Records per local day', 'Reasons of refusals', 'Duration of loads', 'Duration of stages', 'Batches'];
const chooseRange = (panel: GrafanaPanel) => (OF_LOADS.includes(panel.title) ? LOADED : YEAR);

let farm: Farm;
beforeAll(async () => {
  farm = await openFarm();
});
afterAll(() => farm.close());

const show = (value: unknown): unknown => {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' && /^-?\d+$/.test(value) && !/^0\d/.test(value) ? Number(value) : value;
};
const showRow = (row: Row): Row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, show(value)]));
const findSource = async (name: string) =>
  String((await farm.query(`SELECT id FROM datasource WHERE alias = '${name}'`))[0]?.id ?? expect.unreachable(name));

/** `{Anemos parlour}` as the id that Grafana would send. */
async function resolveValues(values: View['values']): Promise<View['values']> {
  const resolved = Object.entries(values).map(async ([name, value]) => {
    const list =
      typeof value === 'string'
        ? value
        : Promise.all(value.map((one) => (one.startsWith('{') ? findSource(one.slice(1, -1)) : one)));
    return [name, await list] as const;
  });
  return Object.fromEntries(await Promise.all(resolved));
}

describe('the files', () => {
  test('are what the code and the queries say (`pnpm dashboards` writes them)', () => {
    const made = listDashboards();
    expect(FILES).toEqual(made.map(({ file }) => file).sort());
    for (const { file, text } of made) expect(readText(`dashboards/${file}`), file).toBe(text);
  });

  test('hold at least 25 panels, each with its own id and place, and words about itself', () => {
    expect(PANELS.length).toBeGreaterThanOrEqual(25);
    for (const { panels } of DASHBOARDS.values()) {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      for (const panel of panels) {
        expect(panel.description, panel.title).toMatch(/\w.*\.$/);
        expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
      }
    }
  });

  test('offer client and datasource everywhere, and a zone where days are cut from instants', () => {
    for (const [name, { templating }] of DASHBOARDS) {
      const zone = ['operations', 'energy', 'environment'].includes(name) ? ['tz'] : [];
      expect(
        templating.list.map((one) => one.name),
        name,
      ).toEqual(['client', 'source', ...zone]);
    }
  });

  test('never let Grafana cut days: its buckets are those of UTC', () => {
    for (const file of FILES)
      expect(readText(`dashboards/${file}`)).not.toMatch(/\$__(timeGroup|unixEpochGroup|interval)/);
  });
});

describe('the queries', () => {
  test.each(PANELS)('$title: columns that Grafana can draw, and something to see', async ({ panel, variables }) => {
    const rows = await farm.askPanel(panel, variables, { ...chooseRange(panel), values: {} });
    expect(rows.length).toBeGreaterThan(0);
    const columns = Object.keys(rows[0] ?? {});
    if (panel.targets[0]?.format === 'time_series') expectSeries(rows, columns);
    const { xField, series } = panel.options;
    const named = [
      ...(xField === undefined ? [] : [xField]),
      ...panel.fieldConfig.overrides.map(({ matcher }) => matcher.options),
      ...(series ?? []).flatMap(({ x, y }) => [x.matcher.options, y.matcher.options]),
      ...(panel.transformations ?? []).flatMap(({ options }) => options.fields),
    ];
    for (const column of named) expect(columns).toContain(column);
  });

  /** Long form: time, the name of the series, one number; in the order of time, no point twice. */
  function expectSeries(rows: readonly Row[], columns: readonly string[]): void {
    expect(columns.slice(0, 2)).toEqual(['time', 'metric']);
    expect(columns).toHaveLength(3);
    const value = columns[2] ?? '';
    for (const row of rows) {
      expect(row.time).toBeInstanceOf(Date);
      expect(typeof row.metric).toBe('string');
      expect(Number.isFinite(Number(row[value])) && row[value] !== null).toBe(true);
    }
    const times = rows.map((row) => (row.time as Date).getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(rows.map((row) => `${(row.time as Date).getTime()} ${row.metric}`)).size).toBe(rows.length);
  }

  test.each(PANELS)('$title: nothing, and no error, for a client that has nothing', async ({ panel, variables }) => {
    const view = { ...chooseRange(panel), values: { client: ["O'Brien"], source: ['$__all'] } };
    const rows = await farm.askPanel(panel, variables, view);
    // A wind rose has its directions, a count its zeros; loads of no single source are everybody's.
    const counts = ['Wind rose', 'Sources', 'Queue'];
    if (counts.includes(panel.title))
      for (const row of rows)
        expect(Object.values(showRow(row)).filter((one) => typeof one === 'number' && one > 0)).toEqual([]);
    else expect(rows).toEqual([]);
  });

  test('every panel has a value that was computed by other means', () => {
    const covered = new Set(CASES.map(({ dashboard, panel }) => `${dashboard}: ${panel}`));
    // Durations have no right value, and the counts of a day have a test of their own.
    const others = ['operations: Duration of loads', 'operations: Records per local day'];
    expect(PANELS.map(({ title }) => title).filter((title) => !covered.has(title) && !others.includes(title))).toEqual(
      [],
    );
  });

  test.each(CASES.map((one) => ({ ...one, name: `${one.dashboard}: ${one.panel}, ${JSON.stringify(one.row)}` })))(
    '$name',
    async (one) => {
      const { panel, variables } =
        PANELS.find(({ title }) => title === `${one.dashboard}: ${one.panel}`) ?? expect.unreachable(one.panel);
      const range = one.view?.from === 'yesterday' ? LOADED : { ...YEAR, ...one.view };
      const rows = await farm.askPanel(panel, variables, {
        ...range,
        values: await resolveValues(one.view?.values ?? {}),
      });
      const found = rows
        .map(showRow)
        .filter((row) => Object.entries(one.row).every(([name, value]) => row[name] === value));
      expect(found).toHaveLength(1);
      for (const [name, value] of Object.entries(one.shows)) {
        if (typeof value === 'number') expect(Number(found[0]?.[name]), name).toBeCloseTo(value, 6);
        else expect(found[0]?.[name], name).toBe(value);
      }
    },
  );

  test('the records of all loads are the 15,314 of the samples', async () => {
    const { panel, variables } =
      PANELS.find((one) => one.panel.title === 'Records per local day') ?? expect.unreachable();
    const rows = await farm.askPanel(panel, variables, { ...LOADED, values: {} });
    const count = (metric: string) =>
      rows.filter((row) => row.metric === metric).reduce((sum, row) => sum + Number(row.records), 0);
    expect([count('loaded'), count('already there'), count('refused')]).toEqual([15_302, 1, 11]);
  });

  test('a local hour without a reading is missing from its day, in a zone of quarter hours, too', async () => {
    const { panel, variables } =
      PANELS.find((one) => one.panel.title === 'Completeness by source and local day') ?? expect.unreachable();
    const [source] = await farm.query(
      `INSERT INTO datasource (external_id, alias, client, data_type, source_category, timezone, status)
       VALUES ('pokhara', 'Pokhara', 'Three quarters', 'energy', 'device', 'Asia/Kathmandu', 'online') RETURNING id`,
    );
    const id = Number(source?.id);
    try {
      // Quarter-hourly on 10 June, but for the hour from 10:00 in Pokhara, which is 04:15 UTC.
      await farm.query(
        `INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id, source_row, quality)
         SELECT ${id}, at, 1, (SELECT batch_id FROM ingest_batch LIMIT 1), 1, 0
         FROM generate_series('2025-06-09 18:15Z'::timestamptz, '2025-06-10 18:00Z', interval '15 minutes') AS at
         WHERE at < '2025-06-10 04:15Z' OR at >= '2025-06-10 05:15Z'`,
      );
      const range = { from: '2025-06-09T18:15:00Z', to: '2025-06-10T18:15:00Z' };
      const rows = await farm.askPanel(panel, variables, { ...range, values: { source: [String(id)] } });
      expect(rows.map((row) => Number(row['%']).toFixed(3))).toEqual([((23 / 24) * 100).toFixed(3)]);
    } finally {
      await farm.query(
        `DELETE FROM fact_energy_hourly WHERE datasource_id = ${id}; DELETE FROM datasource WHERE id = ${id}`,
      );
    }
  });

  test('a chosen source is the only one that is shown', async () => {
    const { panel, variables } =
      PANELS.find((one) => one.title === 'energy: Energy per local day') ?? expect.unreachable();
    const source = [await findSource('Anemos parlour')];
    const rows = await farm.askPanel(panel, variables, { ...YEAR, values: { source } });
    expect(rows).toHaveLength(365);
    expect(new Set(rows.map((row) => row.metric))).toEqual(new Set(['Anemos parlour']));
  });
});

describe('the variables', () => {
  const ask = async (dashboard: string, name: string, values: View['values']) => {
    const list = DASHBOARDS.get(dashboard)?.templating.list ?? [];
    const variable = list.find((one) => one.name === name) ?? expect.unreachable(name);
    return farm.ask(variable.query, list, { ...YEAR, values });
  };

  test('offer the three clients, the sources of the chosen ones, and zones', async () => {
    const clients = await ask('energy', 'client', {});
    expect(clients.map((row) => Object.values(row)[0])).toEqual([
      'Anemos Dairy Farm',
      'Galatea Creamery',
      'Kalamia Dairy Farm',
    ]);
    const stations = await ask('environment', 'source', { client: ['Galatea Creamery'] });
    expect(stations).toEqual([{ __text: 'Galatea weather', __value: Number(await findSource('Galatea weather')) }]);
    // 21 registers, one of them of what is fed in.
    expect(await ask('energy', 'source', {})).toHaveLength(20);
    expect(await ask('farm', 'source', { client: ['Anemos Dairy Farm'] })).toHaveLength(6);
    expect((await ask('energy', 'tz', {})).map((row) => row.__value)).toEqual(
      expect.arrayContaining(['source', 'Asia/Nicosia', 'UTC']),
    );
  });
});

describe('the provisioning', () => {
  const readYaml = (path: string) => parse(readText(`provisioning/${path}`));

  test('gives the data source that every panel and variable names, without a password in the file', () => {
    const [source] = readYaml('datasources/cei-inoe.yaml').datasources;
    expect(source.secureJsonData.password).toBe('$CEI_GRAFANA_PASSWORD');
    for (const { panel, variables } of PANELS) {
      for (const { datasource } of [panel, ...variables])
        expect(datasource).toMatchObject({ uid: source.uid, type: source.type });
    }
  });

  test('finds the dashboards, the first of them too, where the compose file mounts them', () => {
    const path = readYaml('dashboards/cei-inoe.yaml').providers[0].options.path;
    const compose = readText('../docker-compose.yaml');
    expect(compose).toContain(`./grafana/dashboards:${path}:ro`);
    const home = /HOME_DASHBOARD_PATH: (\S+)/.exec(compose)?.[1] ?? '';
    expect(FILES.map((file) => `${path}/${file}`)).toContain(home);
  });
});
