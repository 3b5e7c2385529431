// Datasource definitions on a real database: loaded once, changed where the file changed, refused with the lines at fault.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fault } from '@cei-inoe/shared/errors';
import { createDatabase, type TestDatabase } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkDefinitions } from '../src/seed-definition.ts';
import { parseSeedCsv, parseSeedYaml, readSeedFile } from '../src/seed-file.ts';
import { type SeedOptions, seedDatasources } from '../src/seed-store.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SEEDS = join(ROOT, 'db/seeds/datasources.yaml');

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(() =>
  database.pool.query('DELETE FROM fact_energy_hourly; DELETE FROM ingest_batch; DELETE FROM datasource'),
);

const seedYaml = (text: string, options?: SeedOptions) =>
  seedDatasources(database.pool, checkDefinitions(parseSeedYaml('a.yaml', text)), options);
const seedCsv = (text: string) => seedDatasources(database.pool, checkDefinitions(parseSeedCsv('a.csv', text)));
const countOf = (outcomes: readonly { outcome: string }[]) => outcomes.map((one) => one.outcome).sort();
const catchFault = (work: () => unknown): Promise<Fault> =>
  (async () => work())().then(
    () => expect.unreachable('should have been refused'),
    (fault: Fault) => fault,
  );

describe('the committed seeds', () => {
  test('are 20 meters, two weather stations and two milking robots of three clients', async () => {
    await seedDatasources(database.pool, checkDefinitions(await readSeedFile(SEEDS)));
    const { rows } = await database.pool.query(`
      SELECT count(DISTINCT metadata ->> 'meter')::int AS meters,
             count(*) FILTER (WHERE data_type = 'weather')::int AS stations,
             count(*) FILTER (WHERE data_type = 'dairy')::int AS robots,
             count(DISTINCT client)::int AS clients,
             count(*) FILTER (WHERE timezone = 'Asia/Nicosia')::int AS in_zone, count(*)::int AS total
      FROM datasource`);
    expect(rows).toEqual([{ meters: 20, stations: 2, robots: 2, clients: 3, in_zone: 25, total: 25 }]);
  });

  test('change nothing when they are loaded again', async () => {
    const definitions = checkDefinitions(await readSeedFile(SEEDS));
    expect(new Set(countOf(await seedDatasources(database.pool, definitions)))).toEqual(new Set(['new']));
    const before = await database.pool.query('SELECT * FROM datasource ORDER BY id');
    expect(new Set(countOf(await seedDatasources(database.pool, definitions)))).toEqual(new Set(['unchanged']));
    expect((await database.pool.query('SELECT * FROM datasource ORDER BY id')).rows).toEqual(before.rows);
  });

  test('give every register of a meter a handle that a file name can hold', async () => {
    const entries = checkDefinitions(await readSeedFile(SEEDS));
    for (const { external_id, aliases } of entries) {
      expect(
        [external_id, ...aliases].some((name) => /^[\w-]+$/.test(name)),
        external_id,
      ).toBe(true);
    }
  });
});

describe('a definition that changed', () => {
  const first =
    'datasources: [{external_id: m1, data_type: energy, name: One, client: C, aliases: [old-1], metadata: {kw: 5}}]';

  test('updates the fields that the file gives and leaves the others', async () => {
    await seedYaml(first);
    const [outcome] = await seedYaml('[{external_id: m1, name: Eins, metadata: {kw: 6}, aliases: [old-1, old-2]}]');
    expect(outcome).toEqual({ external_id: 'm1', outcome: 'changed', fields: ['name', 'metadata', 'aliases'] });
    const { rows } = await database.pool.query(`
      SELECT d.name, d.client, d.data_type, d.metadata, array_agg(a.value ORDER BY a.value) AS aliases
      FROM datasource d JOIN datasource_alias a ON a.datasource_id = d.id AND a.kind = 'alias' GROUP BY d.id`);
    expect(rows).toEqual([
      { name: 'Eins', client: 'C', data_type: 'energy', metadata: { kw: 6 }, aliases: ['old-1', 'old-2'] },
    ]);
  });

  test('is the same datasource whatever the case of its external id', async () => {
    await seedYaml(first);
    expect(countOf(await seedYaml('[{external_id: " M1 ", client: D}]'))).toEqual(['changed']);
  });

  test('is left alone with onlyNew, and taken back after a dry run', async () => {
    await seedYaml(first);
    const changed = '[{external_id: m1, client: D}, {external_id: m2, data_type: energy}]';
    expect(countOf(await seedYaml(changed, { dryRun: true }))).toEqual(['changed', 'new']);
    const read = () => database.pool.query('SELECT external_id, client FROM datasource ORDER BY 1');
    expect((await read()).rows).toEqual([{ external_id: 'm1', client: 'C' }]);
    expect(countOf(await seedYaml(changed, { onlyNew: true }))).toEqual(['new', 'unchanged']);
    expect((await read()).rows).toEqual([
      { external_id: 'm1', client: 'C' },
      { external_id: 'm2', client: null },
    ]);
  });

  test('cannot move a datasource with measurements to another zone, and nothing else of the file is stored then', async () => {
    await seedYaml('[{external_id: m1, data_type: energy, timezone: Asia/Nicosia}]');
    await database.pool.query(`
      WITH b AS (INSERT INTO ingest_batch (batch_id, source_type) VALUES (gen_random_uuid(), 'manual') RETURNING batch_id)
      INSERT INTO fact_energy_hourly (datasource_id, ts, energy_kwh, batch_id)
      SELECT d.id, '2025-01-01T00:00Z', 1, b.batch_id FROM datasource d, b`);
    const text =
      'datasources:\n  - { external_id: m0, data_type: energy }\n  - external_id: m1\n    timezone: Europe/Madrid\n';
    const fault = await catchFault(() => seedYaml(text));
    expect(fault).toMatchObject({ code: 'zone_in_use', errors: [{ field: 'timezone', line: 4 }] });
    expect((await database.pool.query('SELECT external_id, timezone FROM datasource')).rows).toEqual([
      { external_id: 'm1', timezone: 'Asia/Nicosia' },
    ]);
  });
});

describe('a CSV whose header names columns', () => {
  test('loads, with its aliases and metadata, and an empty cell wipes nothing', async () => {
    const header = 'id;external_id;data_type;name;description;metadata;aliases;created_at';
    await seedCsv(`\uFEFF${header}\n7;m1;energy;"Pump; small";"two\nlines";"{""kw"": 3}";a|b;2020-01-01\n`);
    expect(countOf(await seedCsv('external_id,name,description\nm1,Pump,\n'))).toEqual(['changed']);
    const { rows } = await database.pool.query('SELECT external_id, name, description, metadata FROM datasource');
    expect(rows).toEqual([{ external_id: 'm1', name: 'Pump', description: 'two\nlines', metadata: { kw: 3 } }]);
    const aliases = await database.pool.query('SELECT value FROM datasource_alias ORDER BY 1');
    expect(aliases.rows).toEqual([{ value: 'a' }, { value: 'b' }]);
  });

  test('is refused with the line of the record, blank lines and line breaks in cells counted', async () => {
    const fault = await catchFault(() =>
      seedCsv('external_id,data_type,description,timezone\na,energy,"x\ny",UTC\n\nb,steam,,Mars/Base\n'),
    );
    expect(fault.errors.map(({ line, field }) => [line, field])).toEqual([
      [5, 'data_type'],
      [5, 'timezone'],
    ]);
  });
});

describe('what is wrong is said all at once', () => {
  test('with the line of each field', async () => {
    const text = `datasources:
  - external_id: 664e5 # a number to YAML
    data_type: energy
  - external_id: m1
    data_type: steam
    timezone: GMT+2
    colour: red
  - external_id: m2
    data_type: energy
    timezone: "+02:00"
    status: broken
  - data_type: energy
  - external_id: m3
    data_type: energy
    aliases: [m2x]
  - external_id: M3
    data_type: energy
    aliases: [M2X]
`;
    const fault = await catchFault(() => seedYaml(text));
    expect(fault.code).toBe('datasource_invalid');
    expect(fault.exit).toBe(2);
    expect(fault.errors.map(({ line, field }) => `${line} ${field}`)).toEqual([
      '2 external_id',
      '5 data_type',
      '6 timezone',
      '7 colour',
      '10 timezone',
      '11 status',
      '12 external_id',
      '16 external_id',
      '18 aliases',
    ]);
  });

  test('also what only the table can tell: a new one without a type, a name that is taken', async () => {
    await seedYaml('[{external_id: m1, data_type: energy, aliases: [pump]}]');
    const fault = await catchFault(() =>
      seedYaml('- { external_id: m2 }\n- { external_id: m3, data_type: energy, aliases: [Pump, M1] }\n'),
    );
    expect(fault.errors.map(({ line, field }) => `${line} ${field}`).sort()).toEqual([
      '1 data_type',
      '2 aliases',
      '2 aliases',
    ]);
  });

  test.each([
    ['an abbreviation', 'EET'],
    ['a POSIX form', 'EST5EDT'],
    ['a sign that systems read differently', 'Etc/GMT+2'],
    ['no zone at all', 'Asia/Atlantis'],
  ])('a zone that is %s', async (_, zone) => {
    const fault = await catchFault(() => seedYaml(`[{external_id: m1, data_type: energy, timezone: ${zone}}]`));
    expect(fault.errors.map(({ field }) => field)).toEqual(['timezone']);
  });

  test.each([
    ['broken YAML', 'datasources: [{external_id: a'],
    ['a scalar', '42'],
    ['an unknown section', 'meters: []\ndatasources: []'],
    ['an entry that is no map', '[5]'],
  ])('%s', async (_, text) => {
    expect((await catchFault(() => seedYaml(text))).code).toBe('datasource_invalid');
  });
});

test('several files are checked together, and each fault names its file', async () => {
  const entries = [
    ...parseSeedYaml('a.yaml', '- { external_id: m1, data_type: energy }'),
    ...parseSeedCsv('b.csv', 'external_id,data_type\nM1,steam\nm1,energy\n'),
    ...parseSeedYaml('c.yaml', '- { data_type: energy }'),
  ];
  const fault = await catchFault(() => checkDefinitions(entries));
  expect(fault.errors.map(({ line, field, message }) => `${line} ${field} ${message.slice(-8)}`)).toEqual([
    '2 data_type  (b.csv)',
    '3 external_id  (b.csv)',
    '1 external_id (c.yaml)',
  ]);
});

test('two runs at once load everything once', async () => {
  const definitions = checkDefinitions(await readSeedFile(SEEDS));
  const runs = await Promise.all([1, 2, 3].map(() => seedDatasources(database.pool, definitions)));
  expect(runs.map((run) => run.filter((one) => one.outcome === 'new').length).sort()).toEqual([0, 0, 25]);
});

describe('pnpm seed', () => {
  const seed = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'apps/migrate/src/seed-cli.ts', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: database.url },
    });

  test('loads the default file, says how many, and says it as JSON on stdout', () => {
    const first = seed();
    expect([first.status, first.stdout, first.stderr]).toEqual([0, '', '25 new, 0 changed, 0 unchanged\n']);
    const second = seed('--json');
    expect(JSON.parse(second.stdout)).toMatchObject({ new: 0, changed: 0, unchanged: 25, dry_run: false });
  });

  test.each([
    ['a file that is not there', ['nowhere.yaml'], 'file_not_found', 1],
    ['a file of another kind', ['package.json'], 'format_unknown', 1],
    ['an option nobody knows', ['--colour'], 'unknown option', 2],
  ])('%s ends in one clear sentence', (_, args, text, status) => {
    const run = seed(...args);
    expect(run.stderr).toContain(text);
    expect([run.status, run.stdout]).toEqual([status, '']);
  });

  test('an invalid file ends with every line at fault and exit code 2', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cei-seed-'));
    const file = join(folder, 'bad.csv');
    writeFileSync(file, 'external_id,data_type\na,energy\nb,steam\nc,\n');
    const run = seed(file);
    rmSync(folder, { recursive: true });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain('line 3: data_type');
  });
});
