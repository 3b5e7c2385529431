// The unmodified Prisma CLI on prisma/engine.mjs, and schema.prisma against a migrated database. Holds the pinned versions together.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDatabase, createEmptyDatabase, findServerUrl, ROOT, type TestDatabase } from '@cei-inoe/shared/testing';
import { describe, expect, test } from 'vitest';
import { migrate, NAMES, remove, writeMigrations } from './support.ts';

const prisma = (url: string, args: readonly string[], env: Record<string, string> = {}) =>
  new Promise<{ code: number | null; output: string }>((resolve) => {
    const all = [join(ROOT, 'node_modules/prisma/build/index.js'), ...args, '--config', 'prisma/prisma.config.ts'];
    const quiet = { CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', NO_COLOR: '1' };
    const child = spawn(process.execPath, all, {
      cwd: ROOT,
      env: { ...process.env, ...quiet, DATABASE_URL: url, ...env },
      timeout: 25_000,
    });
    let output = '';
    const keep = (text: Buffer) => {
      output += text.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.stdin.end();
    child.once('close', (code) => resolve({ code, output }));
  });

const withDatabase = async (make: () => Promise<TestDatabase>, work: (database: TestDatabase) => Promise<void>) => {
  const database = await make();
  try {
    await work(database);
  } finally {
    await database.drop();
  }
};

const SCHEMA = join(ROOT, 'prisma/schema.prisma');
const FROM_DATABASE = ['migrate', 'diff', '--from-config-datasource', '--to-schema', SCHEMA, '--script'];
const TO_DATABASE = ['migrate', 'diff', '--to-config-datasource', '--from-schema', SCHEMA, '--script'];

describe.skipIf(findServerUrl() === '')('the Prisma CLI', () => {
  test('deploys what we wrote, and we go on from there, and it from us', () =>
    withDatabase(createEmptyDatabase, async ({ url }) => {
      expect((await prisma(url, ['migrate', 'status'])).code).toBe(1);
      const deployed = await prisma(url, ['migrate', 'deploy']);
      expect(deployed.code, deployed.output).toBe(0);
      for (const name of NAMES) expect(deployed.output).toContain(name);
      expect(await migrate(url, ['status'])).toMatchObject({ code: 0 });
      expect(await migrate(url, ['down', '--allow-data-loss'])).toMatchObject({ code: 0 });
      expect(await migrate(url)).toMatchObject({ code: 0 });
      expect((await prisma(url, ['migrate', 'status'])).output).toContain('Database schema is up to date');
      expect((await prisma(url, ['migrate', 'deploy'])).output).toContain('No pending migrations');
    }));

  test('finds no difference between schema.prisma and a migrated database', () =>
    withDatabase(createDatabase, async ({ url }) => {
      const forth = await prisma(url, FROM_DATABASE);
      expect(forth.code, forth.output).toBe(0);
      expect(forth.output).toContain('-- This is an empty migration.');
      // The other way it takes the expressions of generated columns for defaults, for which its schema has no word. Nothing else.
      const back = (await prisma(url, TO_DATABASE)).output;
      const altered = [...back.matchAll(/ALTER COLUMN "(\w+)" (\w+ \w+)/g)].map(
        ([, column, what]) => `${column} ${what}`,
      );
      expect(altered.sort()).toEqual([
        'failure_rate SET DEFAULT',
        'quality_score SET DEFAULT',
        'records_loaded SET DEFAULT',
      ]);
      expect(back).not.toMatch(/CREATE|DROP|ADD|RENAME/);
    }));

  test('would see a difference if there were one', () =>
    withDatabase(createDatabase, async ({ url, pool }) => {
      await pool.query('ALTER TABLE datasource DROP COLUMN description; DROP INDEX ingest_batch_status_created_at_idx');
      const { output } = await prisma(url, FROM_DATABASE);
      expect(output).toContain('ADD COLUMN     "description" TEXT');
      expect(output).toContain('"ingest_batch_status_created_at_idx"');
    }));

  test('builds the migrations in a shadow database, and removes it', () =>
    withDatabase(createDatabase, async ({ url, pool }) => {
      const args = ['migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', SCHEMA, '--script'];
      const shadow = await createEmptyDatabase();
      const { code, output } = await prisma(url, args, { SHADOW_DATABASE_URL: shadow.url });
      await shadow.drop();
      expect(code, output).toBe(0);
      expect(output).toContain('-- This is an empty migration.');
      const left = await pool.query("SELECT datname FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow%'");
      expect(left.rows).toEqual([]);
    }));

  test('a migration that fails leaves nothing but its mark, which `pnpm migrate` points out', () =>
    withDatabase(createEmptyDatabase, async ({ url, pool }) => {
      const name = '20300101000000_bad';
      const dir = await writeMigrations({ [name]: { up: 'CREATE TABLE half (a int); SELECT 1 / 0;' } });
      const env = { MIGRATIONS_DIR: dir };
      try {
        const failed = await prisma(url, ['migrate', 'deploy'], env);
        expect(failed.code).toBe(1);
        expect(failed.output).toContain('P3018');
        expect(failed.output).toContain('Database error code: 22012');
        expect((await pool.query("SELECT to_regclass('half') AS half")).rows).toEqual([{ half: null }]);
        expect((await prisma(url, ['migrate', 'deploy'], env)).output).toContain('P3009');
        const refused = await migrate(url, [], env);
        expect(refused).toMatchObject({ code: 4 });
        expect(refused.stderr).toContain('error migration_unfinished');
        expect((await prisma(url, ['migrate', 'resolve', '--rolled-back', name], env)).code).toBe(0);
        await writeFile(join(dir, name, 'migration.sql'), 'CREATE TABLE half (a int);');
        expect(await migrate(url, [], env)).toMatchObject({ code: 0 });
      } finally {
        await remove(dir);
      }
    }));

  test('reads the schema out of a database', () =>
    withDatabase(createDatabase, async ({ url }) => {
      const { code, output } = await prisma(url, ['db', 'pull', '--print']);
      expect(code, output).toBe(0);
      expect(output).toContain('model IngestBatch');
    }));

  test.each([
    ['a server that is not there', (url: URL) => (url.port = '1'), 'P1001'],
    ['a wrong password', (url: URL) => (url.password = 'wrong'), 'P1000'],
    ['a missing database', (url: URL) => (url.pathname = '/nonexistent'), 'P1003'],
  ])('%s has its own code', async (_case, spoil, code) => {
    const url = new URL(findServerUrl());
    spoil(url);
    expect((await prisma(url.href, ['migrate', 'status'])).output).toContain(code);
  });

  test('prisma, its client, its adapter and the engine are of one version', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const { prisma: version } = dependencies;
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    for (const name of ['@prisma/client', '@prisma/adapter-pg', '@prisma/driver-adapter-utils']) {
      expect(dependencies[name], name).toBe(version);
    }
    expect(dependencies['@prisma/schema-engine-wasm']).toMatch(new RegExp(`^${version.replaceAll('.', '\\.')}-`));
  });
});
