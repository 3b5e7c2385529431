// Backups by PostgreSQL's own tools: of an old database, and of tables that are not ours.
import { join } from 'node:path';
import {
  createDatabase,
  createEmptyDatabase,
  findServerUrl,
  makeTempDir,
  type TempDir,
  type TestDatabase,
} from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTool } from '../../src/backup/pg-tools.ts';
import { OLD_SCHEMA, OLD_WORLD } from '../legacy/support.ts';
import { printTables, run } from './support.ts';

const here = describe.runIf(findServerUrl() !== '');

here('an old database', () => {
  let old: TestDatabase;
  let dir: TempDir;
  let hasTools = true;
  beforeAll(async () => {
    [old, dir] = await Promise.all([createEmptyDatabase(), makeTempDir()]);
    await old.pool.query(`SET TimeZone = 'UTC'; ${OLD_SCHEMA}; ${OLD_WORLD}`);
    const { rows } = await old.pool.query<{ v: number }>("SELECT current_setting('server_version_num')::int AS v");
    try {
      findTool('pg_dump', rows[0]?.v ?? 0);
    } catch {
      hasTools = false;
    }
  });
  afterAll(() => Promise.all([old.drop(), dir.remove()]));

  it('is backed up whole, verified, and restored under the name that is said; or the version to install is named', async () => {
    const place = { url: old.url, dir: dir.path };
    const file = join(dir.path, 'old.zip');
    const done = await run(place, ['backup', file, '--json']);
    if (!hasTools) {
      expect(done.code).toBe(4);
      expect(done.stderr).toMatch(
        /error pg_tools_missing: .* It takes pg_dump of PostgreSQL \d+ or newer; .*Install postgresql-client-\d+\./,
      );
      return;
    }
    expect(JSON.parse(done.stdout)).toMatchObject({ kind: 'pg_dump', left_out: [] });
    const verified = await run(place, ['verify', file]);
    expect(verified.stderr).toContain('verified: this archive can be restored');
    // It takes the name of no other database unasked.
    const unnamed = await run(place, ['restore', file]);
    expect(unnamed.code).toBe(2);
    const name = `${old.name}_again`;
    const restored = await run(place, ['restore', file, '--database', name]);
    expect(restored.stderr).toContain(`${name} is now the restored database`);
    const again = await old.pool.query<{ datname: string }>(
      "SELECT datname FROM pg_database WHERE datname LIKE 'cei_restore%'",
    );
    expect(again.rows).toEqual([]);
    const { openPool } = await import('@cei-inoe/shared/database');
    const pool = openPool(old.url.replace(/[^/]*$/, name), { applicationName: 'test', max: 1 });
    expect(await printTables({ pool })).toEqual(await printTables(old));
    expect((await pool.query('SELECT count(*)::int AS n FROM v_energy_hourly')).rows).toEqual(
      (await old.pool.query('SELECT count(*)::int AS n FROM v_energy_hourly')).rows,
    );
    await pool.end();
    await old.pool.query(`DROP DATABASE ${name}`);
  });

  it('parked beside the new tables goes into the archive with them, and with the files', async () => {
    const both = await createDatabase();
    await both.pool.query(
      'CREATE SCHEMA legacy; CREATE TABLE legacy.device (id int PRIMARY KEY); INSERT INTO legacy.device VALUES (1)',
    );
    const file = join(dir.path, 'both.zip');
    const done = await run({ url: both.url, dir: dir.path }, ['backup', file, '--json']);
    if (!hasTools) expect(done.stderr).toContain('error pg_tools_missing');
    else {
      expect(JSON.parse(done.stdout)).toMatchObject({ kind: 'pg_dump', files: { included: true } });
      expect((await run({ url: both.url, dir: dir.path }, ['verify', file])).code).toBe(0);
    }
    await both.drop();
  });
});

describe('a tool that is missing or too old', () => {
  it('is asked for by its version', () => {
    expect(() => findTool('pg_dump', 990_001)).toThrow(
      /It takes pg_dump of PostgreSQL 99 or newer; .*Install postgresql-client-99\./,
    );
  });
});
