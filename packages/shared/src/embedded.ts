// Where the database is: DATABASE_URL, or else the embedded server of DATA_DIR, found running or started for as long as it is used.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findEmbeddedBinaries } from './embedded/binaries.ts';
import { type Cluster, findFreePort, openCluster, SUPERUSER } from './embedded/cluster.ts';
import { leaveOnSignal } from './embedded/leave-on-signal.ts';
import { registerUser, withLock } from './embedded/users.ts';
import { Fault } from './errors.ts';

/** Major version of the server that this version of the product embeds. */
const MAJOR = '18';
const DATABASE = 'cei';

export interface DatabaseSettings {
  readonly DATABASE_URL?: string | undefined;
  readonly DATA_DIR: string;
}

export interface DatabaseUrl {
  readonly url: string;
  readonly embedded: boolean;
  /** Leaves the server; the last one to leave stops it. */
  close(): Promise<void>;
}

/** Written with mode 0600 beside the cluster. */
interface ServerFile {
  readonly url: string;
  readonly port: number;
  readonly password: string;
}

/** What a server for users' own data runs with; it is kept small, as it stands beside other programs. */
const SETTINGS = {
  max_connections: 60,
  shared_buffers: '256MB',
  maintenance_work_mem: '128MB',
  work_mem: '32MB',
  max_wal_size: '2GB',
  checkpoint_completion_target: 0.9,
  timezone: 'UTC',
  log_timezone: 'UTC',
  password_encryption: 'scram-sha-256',
} as const;

/**
 * The URL to connect with. Without DATABASE_URL the embedded server is used, and started where it does not run. A signal that ends the process
 * leaves it first.
 * @throws Fault embedded_failed, embedded_version, folder_unwritable
 */
export async function openDatabaseUrl(settings: DatabaseSettings): Promise<DatabaseUrl> {
  if (settings.DATABASE_URL !== undefined)
    return { url: settings.DATABASE_URL, embedded: false, close: async () => undefined };
  const opening = openEmbedded(settings.DATA_DIR);
  const forget = leaveOnSignal(async () => (await opening).close());
  const { url, close } = await opening.catch((error: unknown) => {
    forget();
    throw error;
  });
  const closeAndForget = async () => {
    forget();
    await close();
  };
  return { url, embedded: true, close: closeAndForget };
}

async function openEmbedded(dataDir: string): Promise<Pick<DatabaseUrl, 'url' | 'close'>> {
  await mkdir(dataDir, { recursive: true }).catch((error: unknown) => {
    throw new Fault('folder_unwritable', `${dataDir} cannot be made.`, { cause: error });
  });
  const lock = join(dataDir, 'postgres.lock');
  const { url, leave } = await withLock(lock, async () => {
    const leaveServer = await registerUser(join(dataDir, 'postgres.users'));
    try {
      return { url: (await findRunning(dataDir)) ?? (await startServer(dataDir)), leave: leaveServer };
    } catch (error) {
      await leaveServer();
      throw error;
    }
  });
  const close = () =>
    withLock(lock, async () => {
      if (!(await leave())) return;
      await (await openEmbeddedCluster(dataDir)).stop();
    });
  return { url, close };
}

const findServerFile = (dataDir: string): string => join(dataDir, 'postgres.json');

async function readServerFile(dataDir: string): Promise<ServerFile | undefined> {
  try {
    return JSON.parse(await readFile(findServerFile(dataDir), 'utf8')) as ServerFile;
  } catch {
    return undefined;
  }
}

const STARTING_MS = 60_000;

/** What a server says that is ours and lives: the database is missing (a crash right after the first start), it starts or recovers, it is full. */
const SAID = { databaseMissing: '3D000', starting: '57P03', full: '53300' } as const;

/**
 * The URL of the server that runs on this data folder already, however it was started.
 * @throws Fault what the server says when it runs and cannot be used
 */
async function findRunning(dataDir: string): Promise<string | undefined> {
  const file = await readServerFile(dataDir);
  if (file === undefined || file.url === '') return undefined;
  for (const deadline = Date.now() + STARTING_MS; ; await sleep(100)) {
    const said = await askServer(file.url);
    if (said === undefined || said === SAID.full) return file.url;
    if (said === SAID.databaseMissing) {
      await createDatabase(file.url);
      return file.url;
    }
    // Nobody listens, or somebody whom we do not know has taken the port since.
    if (said !== SAID.starting || Date.now() > deadline) return undefined;
  }
}

/** Undefined when it answers, else the code of what it says. */
async function askServer(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return String((error as { code?: unknown }).code);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function openEmbeddedCluster(dataDir: string): Promise<Cluster> {
  return openCluster({
    binaries: await findEmbeddedBinaries(),
    dir: join(dataDir, 'postgres'),
    logFile: join(dataDir, 'postgres.log'),
    initdb: ['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
  });
}

async function startServer(dataDir: string): Promise<string> {
  const cluster = await openEmbeddedCluster(dataDir);
  const version = await cluster.readVersion();
  if (version !== undefined && version !== MAJOR) throw makeVersionFault(dataDir, version);
  const before = await readServerFile(dataDir);
  if (version !== undefined && before === undefined) {
    throw new Fault(
      'embedded_failed',
      `${findServerFile(dataDir)}, which holds the password of the data folder, is missing.`,
    );
  }
  const password = before?.password ?? randomBytes(24).toString('base64url');
  const port = await findFreePort(before?.port);
  const url = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`;
  if (before?.url === '') await clearHalfCluster(join(dataDir, 'postgres'));
  if (version === undefined || before?.url === '') await initAnew(cluster, dataDir, password);
  await writeServerFile(dataDir, { url, port, password });
  try {
    await cluster.start(port, SETTINGS);
  } catch (error) {
    // Where a server runs that could not be asked, the file that tells its port must not be lost.
    if (before !== undefined && before.url !== '') await writeServerFile(dataDir, before);
    throw error;
  }
  await createDatabase(url);
  return url;
}

/** A crash in the middle of initdb leaves half a cluster, which never held data, beside a server file without URL. */
async function clearHalfCluster(dir: string): Promise<void> {
  for (const name of await readdir(dir)) await rm(join(dir, name), { recursive: true, force: true });
}

async function initAnew(cluster: Cluster, dataDir: string, password: string): Promise<void> {
  await writeServerFile(dataDir, { url: '', port: 0, password });
  try {
    await cluster.init(password);
  } catch (error) {
    await rm(findServerFile(dataDir), { force: true });
    throw error;
  }
}

async function writeServerFile(dataDir: string, file: ServerFile): Promise<void> {
  await writeFile(findServerFile(dataDir), `${JSON.stringify(file)}\n`, { mode: 0o600 });
  await chmod(findServerFile(dataDir), 0o600);
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.replace(/\/[^/]*$/, '/postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** The way over was tried from 15 to 18. The server file, which holds the password, stays. */
function makeVersionFault(dataDir: string, version: string): Fault {
  const dir = join(dataDir, 'postgres');
  const file = findServerFile(dataDir);
  const steps = [
    `With PostgreSQL ${version} installed, and PGPASSWORD set to the password in ${file}:`,
    `pg_ctl -D ${dir} -o "-p 54321 -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" -l old.log -w start`,
    `pg_dump -h 127.0.0.1 -p 54321 -U ${SUPERUSER} -f cei.sql ${DATABASE}`,
    `pg_ctl -D ${dir} -w stop && mv ${dir} ${dir}-${version}`,
    `pnpm start makes a new cluster; while it runs, with URL for the url in ${file}:`,
    `psql "\${URL%/*}/postgres" -c 'DROP DATABASE ${DATABASE} WITH (FORCE)' -c 'CREATE DATABASE ${DATABASE}' && psql "$URL" -f cei.sql`,
    'Then stop pnpm start, and start it again.',
  ];
  return new Fault('embedded_version', `${dir} is of PostgreSQL ${version}, this version embeds ${MAJOR}.`, {
    errors: steps.map((message) => ({ message })),
  });
}
