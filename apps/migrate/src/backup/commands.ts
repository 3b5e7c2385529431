// `pnpm backup`, `backup:verify` and `restore`, one function each: prints, and returns the exit code.
import { rmSync } from 'node:fs';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { Fault } from '@cei-inoe/shared/errors';
import { quoteName } from '@cei-inoe/shared/sql';
import { nameDatabase } from '../../../../prisma/engine/open-session.mjs';
import { makeContext } from '../context.ts';
import { restoreFiles, restoreMappings } from './files-out.ts';
import { withMaintenance } from './maintenance.ts';
import { makeBackup } from './make-backup.ts';
import type { Manifest } from './manifest.ts';
import { type ArchiveReader, openArchiveReader } from './read-archive.ts';
import { chooseMigrations } from './rebuild-schema.ts';
import { type Restored, restoreDatabase } from './restore-database.ts';
import { readBackupConfig, resolvePath } from './settings.ts';
import { listTables, withConnection } from './snapshot.ts';
import { assertFree, swapNames } from './swap-names.ts';

export interface Flags {
  readonly files?: boolean;
  readonly onlyOurs?: boolean;
  readonly sourceUrl?: string;
  readonly database?: string;
  readonly disconnect?: boolean;
  readonly json?: boolean;
}

const REFUSED_EXIT = 3;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function report(flags: Flags, data: unknown): void {
  if (flags.json) process.stdout.write(`${JSON.stringify(data)}\n`);
}

const sumRows = ({ tables }: Pick<Manifest, 'tables'>): number => tables.reduce((sum, { rows }) => sum + rows, 0);

/** Runs `work` on the database that the settings name. */
async function withUrl<T>(flags: Flags, work: (url: string) => Promise<T>): Promise<T> {
  const config = readBackupConfig(process.env);
  const database = await openDatabaseUrl(
    flags.sourceUrl === undefined ? config : { ...config, DATABASE_URL: flags.sourceUrl },
  );
  try {
    return await work(database.url);
  } finally {
    await database.close();
  }
}

/** Exit 3 where archived files were missing. */
export async function backup(path: string, flags: Flags): Promise<number> {
  const file = resolvePath(path);
  const { DATA_DIR: dataDir, MAPPINGS_DIR: mappingsDir } = readBackupConfig(process.env);
  const noFiles = flags.files === false;
  const onSignal = () => {
    rmSync(`${file}.part`, { force: true });
    say('error interrupted: nothing was written');
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  const { manifest, strangers, sizeBytes } = await withUrl(flags, (url) =>
    makeBackup({ url, file, dataDir, mappingsDir, noFiles, onlyOurs: flags.onlyOurs === true, say }),
  );
  const { files, tables, mappings } = manifest;
  if (strangers.length > 0 && manifest.kind === 'tables')
    say(`left out, as no migration of ours made them: ${strangers.join(', ')}`);
  if (manifest.migrations.length > 0 && noFiles) {
    say(
      'without the archived files: after a restore, undo, redo and replay of batches that need a file read again are refused (undo_no_archive), and the original files cannot be fetched',
    );
  }
  for (const hash of files.missing)
    say(
      `archive/${hash.slice(0, 2)}/${hash} is not there, or not what its name says; its batches cannot be read again`,
    );
  report(flags, {
    file,
    bytes: sizeBytes,
    kind: manifest.kind,
    tables,
    files,
    mappings,
    left_out: manifest.kind === 'tables' ? strangers : [],
  });
  say(
    `wrote ${file}: ${tables.length} tables, ${sumRows(manifest)} rows, ${files.count} archived files, ${mappings.length} mapping files, ${sizeBytes} bytes`,
  );
  say(`\`pnpm backup:verify ${path}\` proves that it can be restored`);
  return files.missing.length > 0 ? REFUSED_EXIT : 0;
}

/** Opens an archive and restores it beside what is there; what `work` does not keep is dropped. */
async function withRestored<T>(
  path: string,
  flags: Flags,
  work: (restored: Restored, archive: ArchiveReader, url: string) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => controller.abort(new Fault('interrupted')));
  const archive = await openArchiveReader(resolvePath(path), controller.signal);
  try {
    say(`made ${archive.manifest.made_at} by version ${archive.manifest.product}; its checksum agrees`);
    const { migrations } = await makeContext({}, process.env);
    chooseMigrations(archive.manifest, migrations);
    return await withUrl(flags, async (url) => {
      if (flags.database !== undefined || archive.manifest.kind === 'tables') await checkTarget(url, flags);
      const restored = await restoreDatabase({
        url,
        archive,
        migrations,
        env: process.env,
        signal: controller.signal,
        say,
      });
      say(
        `restored ${archive.manifest.tables.length} tables, ${sumRows(archive.manifest)} rows: counts and checksums agree`,
      );
      for (const line of restored.schemaDifferences)
        say(`differs from what the migrations make: ${line.split('\n')[0]}`);
      return await work(restored, archive, url);
    });
  } finally {
    archive.close();
  }
}

/** Better before the work than after it. */
async function checkTarget(url: string, flags: Flags): Promise<void> {
  if (flags.disconnect === false) await assertFree(url, flags.database ?? readDatabaseName(url));
}

export async function verify(path: string, flags: Flags): Promise<number> {
  return await withRestored(path, flags, async (restored, archive) => {
    await restored.drop();
    const damaged: string[] = [];
    for (const { path: name, sha256 } of archive.manifest.members) {
      if ((await archive.measure(name)).sha256 !== sha256) damaged.push(name);
    }
    if (damaged.length > 0)
      throw new Fault('backup_damaged', undefined, { errors: damaged.map((message) => ({ message })) });
    const { manifest } = archive;
    say(`${manifest.members.length} members are whole, ${manifest.files.count} archived files among them`);
    report(flags, {
      file: resolvePath(path),
      kind: manifest.kind,
      made_at: manifest.made_at,
      tables: manifest.tables.length,
      rows: sumRows(manifest),
      members: manifest.members.length,
    });
    say('verified: this archive can be restored');
    return 0;
  });
}

const readDatabaseName = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

export async function restore(path: string, given: Flags): Promise<number> {
  const flags = { ...given, disconnect: given.disconnect === true };
  const { DATA_DIR: dataDir, MAPPINGS_DIR: mappingsDir } = readBackupConfig(process.env);
  return await withRestored(path, flags, async (restored, archive, url) => {
    try {
      const name = chooseTarget(archive, flags, url);
      const wasEmpty = await isEmpty(nameDatabase(url, name));
      const added = flags.files === false ? 0 : await restoreFiles(archive, dataDir);
      const before = await swapNames({ url, restored: restored.name, name, disconnect: flags.disconnect });
      if (before !== undefined && wasEmpty) await dropEmpty(url, before);
      const mappings = flags.files === false ? undefined : await restoreMappings(archive, { mappingsDir, dataDir });
      const kept = wasEmpty ? undefined : before;
      report(flags, { database: name, kept: kept ?? null, files_added: added, mappings: mappings ?? null });
      say(
        `${name} is now the restored database${kept === undefined ? '' : `; what it was before is kept as ${kept}, for you to drop`}`,
      );
      if (archive.manifest.files.included && flags.files !== false)
        say(`archived files: ${added} added, the others were there`);
      if (mappings !== undefined) {
        say(
          `mappings: ${mappings.dir}${mappings.before === undefined ? '' : `; those that differed lie in ${mappings.before}`}${mappingsDir === undefined ? ' (set MAPPINGS_DIR to it)' : ''}`,
        );
      }
      return 0;
    } finally {
      // Does nothing once it has the name that it was restored for.
      await restored.drop();
    }
  });
}

/** An old database never takes the place of another unasked. @throws Fault usage */
function chooseTarget(archive: ArchiveReader, flags: Flags, url: string): string {
  if (flags.database !== undefined) return flags.database;
  if (archive.manifest.kind === 'tables') return readDatabaseName(url);
  throw new Fault('usage', `This archive holds ${archive.manifest.database} whole, by pg_dump: say --database NAME.`);
}

async function isEmpty(url: string): Promise<boolean> {
  try {
    return await withConnection(url, async (connection) => (await listTables(connection)).length === 0);
  } catch (error) {
    if (error instanceof Fault && error.code === 'database_missing') return false;
    throw error;
  }
}

async function dropEmpty(url: string, name: string): Promise<void> {
  await withMaintenance(url, (run) => run(`DROP DATABASE IF EXISTS ${quoteName(name)}`));
}
