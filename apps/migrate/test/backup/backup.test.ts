import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openPool } from '@cei-inoe/shared/database';
import {
  createDatabase,
  createEmptyDatabase,
  makeTempDir,
  ROOT,
  type TempDir,
  type TestDatabase,
} from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareDatabase } from '../../src/backup/compare.ts';
import { openArchiveReader } from '../../src/backup/read-archive.ts';
import { copyOut, withConnection, withSnapshot } from '../../src/backup/snapshot.ts';
import { migrate, NAMES, remove } from '../support.ts';
import { AWKWARD, ingestor, type Place, printTables, run } from './support.ts';

let source: TestDatabase;
let dir: TempDir;
let place: Place;
let file: string;
const made: string[] = [];

/** The URL of a database of this server that does not exist yet. */
const nameNew = (): string => {
  const name = `restored_${createHash('sha256').update(`${source.name}${made.length}`).digest('hex').slice(0, 12)}`;
  made.push(name);
  return name;
};
const urlOf = (name: string) => source.url.replace(/\/[^/]*$/, `/${name}`);
async function ask<T extends Record<string, unknown>>(url: string, sql: string): Promise<T[]> {
  const pool = openPool(url, { applicationName: 'test', max: 1 });
  try {
    return (await pool.query<T>(sql)).rows;
  } finally {
    await pool.end();
  }
}

beforeAll(async () => {
  [source, dir] = await Promise.all([createDatabase(), makeTempDir()]);
  await source.pool.query(AWKWARD);
  place = { url: source.url, dir: dir.path };
  file = join(dir.path, 'farm.zip');
  const done = await run(place, ['backup', file, '--json']);
  expect(done.stderr).toContain('wrote ');
  expect(done.code).toBe(0);
});
afterAll(async () => {
  const left = await source.pool.query<{ name: string }>('SELECT datname AS name FROM pg_database WHERE datname ~ $1', [
    `^(${made.join('|') || 'none'})(_before_|$)`,
  ]);
  for (const { name } of left.rows) await source.pool.query(`DROP DATABASE "${name}" WITH (FORCE)`);
  await Promise.all([source.drop(), dir.remove()]);
});

describe('an archive', () => {
  it('restored elsewhere holds every value, sequence and object of the database', async () => {
    const name = nameNew();
    const done = await run(place, ['restore', file, '--database', name, '--json']);
    expect(done.stderr).not.toContain('differs');
    expect(JSON.parse(done.stdout)).toMatchObject({ database: name, kept: null });
    const pool = openPool(urlOf(name), { applicationName: 'test', max: 1 });
    expect(await printTables({ pool })).toEqual(await printTables(source));
    expect((await pool.query("SELECT nextval('datasource_id_seq')::int AS id")).rows).toEqual([{ id: 42 }]);
    // The trigger that refuses changes of history is there and on again.
    await expect(pool.query('DELETE FROM fact_energy_hourly_history')).rejects.toThrow('history_append_only');
    await pool.end();
    expect((await migrate(urlOf(name), ['status'])).code).toBe(0);
    const baseline = await migrate(urlOf(name), ['baseline', NAMES.at(-1) ?? '']);
    expect(baseline.stderr).toContain('recorded already');
  });

  it('is verified in a scratch database, of which nothing stays', async () => {
    const done = await run(place, ['verify', file, '--json']);
    expect(done.stderr).toContain('verified: this archive can be restored');
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({
      kind: 'tables',
      rows: 1003 + 500 + 2 + 2 + 1 + 1 + 2 + NAMES.length,
    });
    expect(await ask(source.url, "SELECT datname FROM pg_database WHERE datname LIKE 'cei_restore%'")).toEqual([]);
  });

  it('is of one instant, whatever is committed while it is made', async () => {
    const seen = await withSnapshot(source.url, async ({ connection, tables }) => {
      await source.pool.query(
        "INSERT INTO datasource (external_id, source_category, data_type) VALUES ('late', 'device', 'energy')",
      );
      const table = tables.find(({ name }) => name === 'datasource') ?? expect.unreachable();
      let text = '';
      for await (const chunk of copyOut(connection, table)) text += String(chunk);
      return text;
    });
    await source.pool.query("DELETE FROM datasource WHERE external_id = 'late'");
    expect(seen).toContain('meter-7');
    expect(seen).not.toContain('late');
  });

  it('is never written over, and a backup that fails leaves nothing behind', async () => {
    expect((await run(place, ['backup', file])).code).toBe(2);
    const blocked = join(dir.path, 'blocked');
    await writeFile(blocked, '');
    const done = await run(place, ['backup', join(blocked, 'x.zip')]);
    expect(done.stderr).toContain('error folder_unwritable');
    expect((await readdir(dir.path)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('of an empty database is refused', async () => {
    const empty = await createEmptyDatabase();
    const done = await run({ ...place, url: empty.url }, ['backup', join(dir.path, 'empty.zip')]);
    expect(done.stderr).toContain('error schema_missing');
    await empty.drop();
  });
});

describe('damage', () => {
  const tryBytes = async (bytes: Buffer): Promise<string> => {
    const path = join(dir.path, 'damaged.zip');
    await writeFile(path, bytes);
    return openArchiveReader(path).then(
      (archive) => {
        archive.close();
        return 'opened';
      },
      (fault: { code?: string }) => String(fault.code),
    );
  };

  it('of one bit is found wherever it lies: in rows, between members, in the manifest, in the seal', async () => {
    const bytes = await readFile(file);
    expect(await tryBytes(bytes)).toBe('opened');
    const step = Math.floor(bytes.length / 150);
    const places = [
      ...Array.from({ length: 150 }, (_, n) => n * step + (n % step)),
      ...Array.from({ length: 120 }, (_, n) => bytes.length - 1 - n),
      ...Array.from({ length: 40 }, (_, n) => n),
    ];
    const missed: number[] = [];
    for (const at of places) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
      if (!/^backup_(damaged|unknown)$/.test(await tryBytes(flipped))) missed.push(at);
    }
    expect(missed).toEqual([]);
  });

  it('names the table that it hit', async () => {
    const bytes = await readFile(file);
    const at = bytes.indexOf('tables/public.fact_energy_hourly.copy') + 500;
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(at) ^ 4, at);
    const path = join(dir.path, 'hit.zip');
    await writeFile(path, flipped);
    const done = await run(place, ['verify', path]);
    expect(done.code).toBe(1);
    expect(done.stderr).toContain('error backup_damaged');
    expect(done.stderr).toContain('tables/public.fact_energy_hourly.copy is damaged');
  });

  it('by cutting off is found at every length, and said as what it is', async () => {
    const bytes = await readFile(file);
    const lengths = [
      0,
      1,
      50,
      83,
      1_000,
      ...Array.from({ length: 30 }, (_, n) => Math.floor((bytes.length * n) / 30)),
      bytes.length - 1,
    ];
    for (const length of lengths)
      expect(await tryBytes(bytes.subarray(0, length))).toMatch(/^backup_(damaged|unknown)$/);
    await writeFile(join(dir.path, 'cut.zip'), bytes.subarray(0, bytes.length - 5_000));
    const done = await run(place, ['restore', join(dir.path, 'cut.zip')]);
    expect(done.stderr).toContain('it was cut off');
    expect(done.code).toBe(1);
  });

  it('in the restored database is found: a row that is missing, another value, a sequence behind', async () => {
    const { manifest, close } = await openArchiveReader(file);
    close();
    const other = await createDatabase();
    await other.pool.query(AWKWARD);
    // The template was migrated at another time.
    const tables = manifest.tables.filter(
      ({ name }) => name !== '_prisma_migrations' && !/^(datasource|ingest_batch)$/.test(name),
    );
    const compare = () =>
      withConnection(other.url, (connection) => compareDatabase(connection, { ...manifest, tables }));
    expect(await compare()).toEqual([]);
    await other.pool.query(
      "UPDATE fact_energy_hourly SET energy_kwh = 5e-323 WHERE energy_kwh = '5e-324'; DELETE FROM datasource_secret; SELECT setval('datasource_id_seq', 40)",
    );
    expect(await compare()).toEqual([
      'public.datasource_secret: 0 rows instead of 1',
      'public.fact_energy_hourly: 1003 rows, of another content',
      'sequence datasource_id_seq: 40 instead of 41',
    ]);
    await other.drop();
  });
});

describe('another version', () => {
  const [first = '', ...later] = NAMES;
  const listed = join(ROOT, 'prisma/migrations');

  it('that is newer is refused with the version to install, before anything is made', async () => {
    const older = join(dir.path, 'older-migrations');
    await cp(listed, older, { recursive: true });
    await remove(join(older, NAMES.at(-1) ?? ''));
    for (const command of ['verify', 'restore']) {
      const done = await run({ ...place, env: { MIGRATIONS_DIR: older } }, [command, file]);
      expect(done.code).toBe(4);
      expect(done.stderr).toContain(
        `It was made by version 0.1.0 with ${NAMES.at(-1)}, which this version does not have.`,
      );
    }
  });

  it('that is older is restored as it was and then migrated up', async () => {
    const older = join(dir.path, 'first-migrations');
    await cp(listed, older, { recursive: true });
    for (const name of later.slice(2)) await remove(join(older, name));
    const before = await createEmptyDatabase();
    expect((await migrate(before.url, [], { MIGRATIONS_DIR: older })).code).toBe(0);
    await before.pool.query(AWKWARD);
    const old = join(dir.path, 'old.zip');
    expect((await run({ ...place, url: before.url, env: { MIGRATIONS_DIR: older } }, ['backup', old])).code).toBe(0);
    const name = nameNew();
    const done = await run(place, ['restore', old, '--database', name]);
    expect(done.stderr).toContain(`applied ${NAMES.at(-1)}`);
    expect(done.stderr).not.toContain(`applied ${first}`);
    expect(done.code).toBe(0);
    expect((await migrate(urlOf(name), ['status'])).code).toBe(0);
    const sums =
      'SELECT count(*)::int AS n, sum(energy_kwh) FILTER (WHERE datasource_id = 7) AS kwh FROM fact_energy_hourly';
    expect(await ask(urlOf(name), sums)).toEqual(await ask(source.url, sums));
    await before.drop();
  });
});

describe('a restore over a database that is there', () => {
  it('is refused while others are connected, and does not touch it', async () => {
    const target = await createDatabase();
    await target.pool.query('SELECT 1');
    const done = await run({ ...place, url: target.url }, ['restore', file]);
    expect(done.code).toBe(4);
    expect(done.stderr).toMatch(/error restore_in_use: .*1 connections to test_\w+\.\n {2}test \(pid \d+, \w+\)/);
    await target.drop();
  });

  it('ends their connections with --disconnect, keeps the old database, and gives its rights and settings to the new one', async () => {
    const target = await createDatabase();
    made.push(target.name);
    await target.pool.query(`INSERT INTO datasource (external_id, source_category, data_type) VALUES ('before', 'device', 'energy');
      ALTER DATABASE ${target.name} SET search_path = public, pg_temp; ALTER DATABASE ${target.name} SET work_mem = '7MB'; REVOKE CONNECT ON DATABASE ${target.name} FROM PUBLIC; GRANT CONNECT ON DATABASE ${target.name} TO cei_api`);
    const acl = `SELECT datacl::text AS acl FROM pg_database WHERE datname = '${target.name}'`;
    const [before] = await ask<{ acl: string }>(source.url, acl);
    const done = await run({ ...place, url: target.url }, ['restore', file, '--disconnect', '--json']);
    expect(done.stderr).toContain('is now the restored database');
    const { kept } = JSON.parse(done.stdout) as { kept: string };
    expect(kept).toMatch(new RegExp(`^${target.name}_before_\\d{8}_\\d{6}$`));
    expect(await ask(target.url, 'SELECT external_id AS id FROM datasource ORDER BY 1')).toEqual([
      { id: 'meter-7' },
      { id: 'meter-8' },
    ]);
    expect(
      await ask(target.url, "SELECT current_setting('work_mem') AS mem, current_setting('search_path') AS path"),
    ).toEqual([{ mem: '7MB', path: 'public, pg_temp' }]);
    const sort = (text: string | undefined) => text?.replace(/[{}]/g, '').split(',').sort();
    expect(sort((await ask<{ acl: string }>(source.url, acl))[0]?.acl)).toEqual(sort(before?.acl));
    expect(await ask(urlOf(kept), 'SELECT external_id AS id FROM datasource')).toEqual([{ id: 'before' }]);
    await target.pool.end();
  });
});

describe('tables that no migration of ours made', () => {
  it('are never left out in silence: it takes pg_dump, or the word', async () => {
    const mixed = await createDatabase();
    await mixed.pool.query(
      'CREATE SCHEMA notes; CREATE TABLE notes.mine (x int); INSERT INTO notes.mine VALUES (1); ALTER TABLE datasource ADD COLUMN colour text',
    );
    const path = join(dir.path, 'mixed.zip');
    const done = await run({ ...place, url: mixed.url }, ['backup', path, '--only-ours', '--json']);
    expect(JSON.parse(done.stdout)).toMatchObject({ kind: 'tables', left_out: ['notes.mine', 'public.datasource'] });
    await mixed.drop();
  });
});

describe('mappings and files', () => {
  it('come back into their folders; a mapping in the way is set aside, and none is left that the archive does not have', async () => {
    const maps = join(dir.path, 'maps');
    await mkdir(maps);
    await writeFile(join(maps, 'one.yaml'), 'dataset: energy_hourly\n');
    await writeFile(join(maps, 'two.yml'), 'dataset: energy_daily\n');
    const withMaps = { ...place, env: { MAPPINGS_DIR: maps } };
    const path = join(dir.path, 'maps.zip');
    expect((await run(withMaps, ['backup', path])).code).toBe(0);
    await writeFile(join(maps, 'one.yaml'), 'changed\n');
    await writeFile(join(maps, 'new.yaml'), 'later\n');
    const done = await run(withMaps, ['restore', path, '--database', nameNew(), '--json']);
    const { mappings } = JSON.parse(done.stdout) as { mappings: { before: string } };
    expect(await readFile(join(maps, 'one.yaml'), 'utf8')).toBe('dataset: energy_hourly\n');
    expect((await readdir(maps)).filter((name) => !name.startsWith('.')).sort()).toEqual(['one.yaml', 'two.yml']);
    expect((await readdir(mappings.before)).sort()).toEqual(['new.yaml', 'one.yaml']);
  });
});

describe('undo, redo and replay', () => {
  const loaded =
    "SELECT to_char(ts AT TIME ZONE 'UTC', 'HH24') AS hour, energy_kwh AS kwh FROM fact_energy_hourly WHERE datasource_id = (SELECT id FROM datasource WHERE external_id = 'meter-u') ORDER BY 1";
  const header = 'Date and Time,Hourly\n';
  let here: Place;
  let batches: { batch_id: string; source_name: string }[];
  const full = () => join(dir.path, 'undo.zip');

  beforeAll(async () => {
    const database = await createDatabase();
    await database.pool.query(
      "INSERT INTO datasource (external_id, source_category, data_type, timezone) VALUES ('meter-u', 'device', 'energy', 'UTC')",
    );
    const base = join(dir.path, 'undo');
    await mkdir(base);
    here = { url: database.url, dir: base };
    const files = {
      'meter-u-1.csv': '07/01/2025 1:00:00 PM,1\n07/01/2025 2:00:00 PM,2\n',
      'meter-u-2.csv': '07/01/2025 2:00:00 PM,20\n07/01/2025 3:00:00 PM,30\n',
    };
    for (const [name, rows] of Object.entries(files)) {
      await writeFile(join(base, name), header + rows);
      const done = await ingestor(here, ['ingest', join(base, name), '--date-order', 'mdy']);
      expect(done.code, done.stderr).toBe(0);
    }
    batches = (await database.pool.query('SELECT batch_id, source_name FROM ingest_batch ORDER BY applied_seq')).rows;
    expect((await run(here, ['backup', full()])).code).toBe(0);
    const without = await run(here, ['backup', join(dir.path, 'undo-without.zip'), '--no-files']);
    expect(without.stderr).toContain(
      'undo, redo and replay of batches that need a file read again are refused (undo_no_archive)',
    );
    await database.drop();
  });

  it('work in the restored database as they did in the first', async () => {
    const name = nameNew();
    const there = { url: urlOf(name), dir: join(dir.path, 'undo-there') };
    const done = await run({ ...there, url: source.url }, ['restore', full(), '--database', name]);
    expect(done.stderr).toContain('archived files: 2 added');
    const [first, second] = batches.map(({ batch_id }) => batch_id) as [string, string];
    expect(await ask(there.url, loaded)).toEqual([
      { hour: '13', kwh: 1 },
      { hour: '14', kwh: 20 },
      { hour: '15', kwh: 30 },
    ]);
    expect((await ingestor(there, ['batches', 'undo', second])).code).toBe(0);
    expect(await ask(there.url, loaded)).toEqual([
      { hour: '13', kwh: 1 },
      { hour: '14', kwh: 2 },
    ]);
    expect((await ingestor(there, ['batches', 'redo', second])).code).toBe(0);
    expect((await ingestor(there, ['batches', 'undo', first])).code).toBe(0);
    expect(await ask(there.url, loaded)).toEqual([
      { hour: '14', kwh: 20 },
      { hour: '15', kwh: 30 },
    ]);
    expect((await ingestor(there, ['batches', 'replay', second, '--yes'])).code).toBe(0);
    expect(await ask(there.url, loaded)).toEqual([
      { hour: '14', kwh: 20 },
      { hour: '15', kwh: 30 },
    ]);
  });

  it('are refused without the files where they need one, as --no-files said', async () => {
    const name = nameNew();
    const there = { url: urlOf(name), dir: join(dir.path, 'undo-bare') };
    expect(
      (await run({ ...there, url: source.url }, ['restore', join(dir.path, 'undo-without.zip'), '--database', name]))
        .code,
    ).toBe(0);
    const done = await ingestor(there, ['batches', 'undo', batches[1]?.batch_id ?? '']);
    expect(done.stderr).toContain('error undo_no_archive');
    expect(await ask(there.url, loaded)).toHaveLength(3);
  });
});
