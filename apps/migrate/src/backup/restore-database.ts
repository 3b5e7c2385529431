// Restores the database of an archive under a name of its own, and proves that it is what was backed up. Switches nothing.
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Fault } from '@cei-inoe/shared/errors';
import { quoteName } from '@cei-inoe/shared/sql';
import { nameDatabase, readSchema } from '../../../../prisma/engine/open-session.mjs';
import { diffCatalogs, dumpCatalog } from '../catalog.ts';
import { runUp } from '../commands.ts';
import { makeContext } from '../context.ts';
import { createCompat } from '../legacy/compat.ts';
import type { Migration } from '../migration-files.ts';
import { withSession } from '../session.ts';
import { compareDatabase } from './compare.ts';
import { loadTables } from './load-tables.ts';
import { withMaintenance } from './maintenance.ts';
import { CATALOG, DUMP, type Manifest } from './manifest.ts';
import { findTool, runTool } from './pg-tools.ts';
import type { ArchiveReader } from './read-archive.ts';
import { buildSchema, chooseMigrations } from './rebuild-schema.ts';
import { withConnection } from './snapshot.ts';

export interface Restored {
  readonly name: string;
  readonly url: string;
  /** Objects that the migrations do not make and the archive does not carry, as lines. */
  readonly schemaDifferences: readonly string[];
  drop(): Promise<void>;
}

export interface RestoreRequest {
  /** Any database of the server on which to restore. */
  readonly url: string;
  readonly archive: ArchiveReader;
  readonly migrations: readonly Migration[];
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/**
 * Makes a database, fills it, compares it with the manifest, and brings its schema up to this version's.
 * @throws Fault backup_newer, migration_edited, backup_differs, permission_denied, pg_tools_*; the database is gone then
 */
export async function restoreDatabase(request: RestoreRequest): Promise<Restored> {
  const { manifest } = request.archive;
  const chosen = chooseMigrations(manifest, request.migrations);
  const name = `cei_restore_${randomUUID().replaceAll('-', '')}`;
  const url = nameDatabase(request.url, name);
  const onServer = (sql: string) => withMaintenance(request.url, (run) => run(sql));
  await nameLeftovers(request);
  await onServer(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const drop = async () => void (await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const stop = () => void drop().catch(() => undefined);
  request.signal.addEventListener('abort', stop, { once: true });
  try {
    if (manifest.kind === 'pg_dump') await restoreDump(request, url);
    else await restoreTables(request, url, chosen);
    await assertSame(url, manifest);
    const schemaDifferences = manifest.kind === 'pg_dump' ? [] : await finishSchema(request, url);
    return { name, url, schemaDifferences, drop };
  } catch (error) {
    await drop();
    throw request.signal.aborted ? new Fault('interrupted', undefined, { cause: error }) : error;
  } finally {
    request.signal.removeEventListener('abort', stop);
  }
}

/** A restore that was killed cannot take its database away; another that goes on has somebody connected to its own. */
async function nameLeftovers({ url, say }: RestoreRequest): Promise<void> {
  const left = await withMaintenance(url, (run) =>
    run(`SELECT datname AS name FROM pg_database d WHERE datname ~ '^cei_restore_[0-9a-f]{32}$'
      AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname) ORDER BY 1`),
  );
  for (const { name } of left)
    say(
      `left by a restore that was killed: ${name}; unless another one is running, \`DROP DATABASE ${name}\` frees its space`,
    );
}

async function restoreTables(
  { archive, say }: RestoreRequest,
  url: string,
  chosen: readonly Migration[],
): Promise<void> {
  const schema = readSchema(url);
  await withSession(
    url,
    () => undefined,
    async (pool) => {
      if (schema !== undefined) await pool.query(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`);
      await buildSchema(pool, chosen);
    },
  );
  await withConnection(url, (connection) =>
    loadTables(connection, archive, ({ name, rows }) => rows > 0 && say(`${name}: ${rows} rows`)),
  );
}

/** Owners and rights do not come along: everything belongs to who restores. */
async function restoreDump({ archive, say }: RestoreRequest, url: string): Promise<void> {
  const { server_version: version } = await readServer(url);
  const tool = findTool('pg_restore', Math.max(version, archive.manifest.server_version));
  const restore = runTool(tool, url, ['--no-owner', '--no-privileges', '--exit-on-error']);
  restore.stdout.resume();
  try {
    await Promise.all([restore.ended, pipeline(await archive.open(DUMP), restore.stdin).catch(() => undefined)]);
  } finally {
    restore.kill();
  }
  say('restored by pg_restore; owners and rights of the old server are left out');
}

async function assertSame(url: string, manifest: Manifest): Promise<void> {
  const differences = await withConnection(url, (connection) => compareDatabase(connection, manifest));
  if (differences.length > 0) {
    throw new Fault('backup_differs', undefined, { errors: differences.map((message) => ({ message })) });
  }
}

/** Brings the schema up to this version's. @returns objects that were otherwise than the migrations make them */
async function finishSchema({ archive, env, say, migrations }: RestoreRequest, url: string): Promise<string[]> {
  const { manifest } = archive;
  const before = JSON.parse(await text(await archive.open(CATALOG))) as string[];
  const after = await withSession(url, () => undefined, dumpCatalog);
  const { server_version: version } = await readServer(url);
  const isOlder = manifest.migrations.length < migrations.length;
  if (isOlder) await runUp({ ...(await makeContext({}, { ...env, DATABASE_URL: url })), print: () => undefined, say });
  if (manifest.compat) await withConnection(url, createCompat);
  // Another major version prints the same views and expressions in other words.
  return majorOf(version) === majorOf(manifest.server_version) ? diffCatalogs(before, after) : [];
}

const majorOf = (version: number): number => Math.floor(version / 10_000);

async function readServer(url: string): Promise<{ server_version: number }> {
  return await withConnection(url, async (connection) => {
    const { rows } = await connection.query<{ server_version: number }>(
      "SELECT current_setting('server_version_num')::int AS server_version",
    );
    return rows[0] ?? { server_version: 0 };
  });
}
