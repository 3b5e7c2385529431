// Reads the folder of migrations. Asks no database.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@cei-inoe/shared/errors';
import type { MigrationList } from '../../../prisma/engine/open-engine.mjs';

/** One folder `<14 digits>_<name>` with its migration.sql and, where it can be taken back, its down.sql. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of migration.sql in hex, as Prisma records it. */
  readonly checksum: string;
  readonly downSql: string | undefined;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

async function readMigration(dir: string, name: string): Promise<Migration> {
  const path = join(dir, name, 'migration.sql');
  const sql = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Fault('internal', `${path} cannot be read.`, { cause: error });
  });
  const downPath = join(dir, name, 'down.sql');
  const downSql = existsSync(downPath) ? await readFile(downPath, 'utf8') : undefined;
  return { name, sql, checksum: hash(sql), downSql };
}

/** The migrations of a folder, oldest first. */
export async function readMigrations(dir: string): Promise<Migration[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    throw new Fault('config_invalid', `The folder of migrations ${dir} cannot be read.`, { cause: error });
  });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(dir, name)));
}

/** Whether `checksum` is of this text; a checkout that changed only line ends has not edited anything (Prisma sees it the same way). */
export function isUnedited(migration: Migration, checksum: string): boolean {
  const lf = migration.sql.replaceAll('\r\n', '\n');
  return [migration.checksum, hash(lf), hash(lf.replaceAll('\n', '\r\n'))].includes(checksum);
}

/** @throws Fault migration_unknown */
export function findMigration(migrations: readonly Migration[], name: string): Migration {
  const found = migrations.find((migration) => migration.name === name);
  if (found === undefined) throw new Fault('migration_unknown', `${name} is not in prisma/migrations.`);
  return found;
}

/** The migrations as Prisma's engine takes them. */
export function makeMigrationList(migrations: readonly Migration[]): MigrationList {
  return {
    baseDir: 'prisma/migrations',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    })),
  };
}
