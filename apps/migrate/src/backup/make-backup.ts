// Makes an archive of one database as it is at one instant. Changes nothing in it.
import { openArchive } from '@cei-inoe/shared/archive';
import type { Connection } from '@cei-inoe/shared/database';
import { Fault } from '@cei-inoe/shared/errors';
import { quoteName } from '@cei-inoe/shared/sql';
import { dumpCatalog } from '../catalog.ts';
import { addFiles, addMappings } from './files-in.ts';
import { CATALOG, DUMP, FORMAT, type Manifest, nameTable, readProductVersion, type TableEntry } from './manifest.ts';
import { findTool, runTool } from './pg-tools.ts';
import { type Recognized, recognizeTables } from './recognize.ts';
import { copyOut, readContent, type Snapshot, type Table, withSnapshot } from './snapshot.ts';
import { type ArchiveWriter, openArchiveWriter } from './write-archive.ts';

export interface BackupRequest {
  readonly url: string;
  readonly file: string;
  readonly dataDir: string;
  readonly mappingsDir: string | undefined;
  /** Without archived files: smaller, and undo, redo and replay can then read nothing again. */
  readonly noFiles: boolean;
  /** Leave out tables that our migrations did not make. */
  readonly onlyOurs: boolean;
  readonly say: (text: string) => void;
}

export interface Backup {
  readonly manifest: Omit<Manifest, 'members'>;
  readonly strangers: readonly string[];
  readonly sizeBytes: number;
}

/** @throws Fault backup_taken, schema_missing, pg_tools_missing, database_*, disk_full */
export async function makeBackup(request: BackupRequest): Promise<Backup> {
  return await withSnapshot(request.url, async (snapshot) => {
    const recognized = recognizeTables(snapshot.tables);
    if (snapshot.tables.length === 0)
      throw new Fault('schema_missing', 'The database holds no table: there is nothing to back up.');
    const strangers = recognized.strangers.map(({ schema, name }) => `${schema}.${name}`);
    const isOurs = recognized.ours.length > 0 && (strangers.length === 0 || request.onlyOurs);
    const tool = isOurs ? undefined : findTool('pg_dump', snapshot.serverVersion);
    const writer = await openArchiveWriter(request.file);
    try {
      const manifest = await fill(writer, snapshot, recognized, tool, request);
      return { manifest, strangers, sizeBytes: await writer.finish(manifest) };
    } finally {
      await writer.discard();
    }
  });
}

async function fill(
  writer: ArchiveWriter,
  snapshot: Snapshot,
  { ours }: Recognized,
  tool: string | undefined,
  request: BackupRequest,
): Promise<Omit<Manifest, 'members'>> {
  const { connection } = snapshot;
  const hasOurs = ours.length > 0;
  if (hasOurs) await writer.addText(CATALOG, `${JSON.stringify(await dumpCatalog(connection), null, 1)}\n`);
  const tables =
    tool === undefined
      ? await addTables(writer, connection, ours, request.say)
      : await addDump(writer, snapshot, tool, request);
  const archive = hasOurs && !request.noFiles ? await openArchive(request.dataDir) : undefined;
  const files = archive
    ? await addFiles(writer, connection, archive)
    : { included: false, count: 0, bytes: 0, missing: [] };
  if (files.included) request.say(`archived files: ${files.count}`);
  const mappings = hasOurs ? await addMappings(writer, request.mappingsDir) : [];
  return {
    format: FORMAT,
    product: readProductVersion(),
    made_at: new Date().toISOString(),
    kind: tool === undefined ? 'tables' : 'pg_dump',
    database: snapshot.database,
    server_version: snapshot.serverVersion,
    migrations: hasOurs ? await listMigrations(connection) : [],
    compat: (await connection.query("SELECT FROM pg_views WHERE schemaname = 'compat' LIMIT 1")).rows.length > 0,
    tables,
    // Last: a sequence that has gone on since is ahead of every row in the snapshot.
    sequences: tool === undefined ? await listSequences(connection) : [],
    files,
    mappings,
  };
}

async function addTables(
  writer: ArchiveWriter,
  connection: Connection,
  tables: readonly Table[],
  say: (text: string) => void,
): Promise<TableEntry[]> {
  const done: TableEntry[] = [];
  for (const { schema, name, columns } of tables) {
    const table = { schema, name, columns: [...columns] };
    const { lines } = await writer.add(nameTable(table), copyOut(connection, table));
    const found = await readContent(connection, table);
    if (found.rows !== lines)
      throw new Fault('internal', `${name}: COPY gave ${lines} rows, the table has ${found.rows}.`);
    done.push({ ...table, ...found });
    if (lines > 0) say(`${name}: ${lines} rows`);
  }
  return done;
}

/** Everything, by PostgreSQL's own tool in the same snapshot; counts and checksums are ours. */
async function addDump(
  writer: ArchiveWriter,
  { connection, tables }: Snapshot,
  tool: string,
  { url, say }: BackupRequest,
): Promise<TableEntry[]> {
  const { rows } = await connection.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
  const dump = runTool(tool, url, ['--format=custom', `--snapshot=${rows[0]?.id}`, '--no-sync']);
  dump.stdin.end();
  try {
    await writer.add(DUMP, dump.stdout, { store: true });
    await dump.ended;
  } finally {
    dump.kill();
  }
  const done: TableEntry[] = [];
  for (const { schema, name, columns } of tables) {
    const table = { schema, name, columns: [...columns] };
    const found = await readContent(connection, table);
    done.push({ ...table, ...found });
    if (found.rows > 0) say(`${schema}.${name}: ${found.rows} rows`);
  }
  return done;
}

async function listMigrations(connection: Connection): Promise<Manifest['migrations']> {
  const { rows } = await connection.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM _prisma_migrations
     WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL ORDER BY migration_name COLLATE "C"`,
  );
  return rows;
}

async function listSequences(connection: Connection): Promise<Manifest['sequences']> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname COLLATE "C"`,
  );
  const values: Manifest['sequences'] = [];
  for (const { name } of rows) {
    const { rows: found } = await connection.query<{ last: string; called: boolean }>(
      `SELECT last_value::text AS last, is_called AS called FROM ${quoteName(name)}`,
    );
    if (found[0] !== undefined) values.push({ name, ...found[0] });
  }
  return values;
}
