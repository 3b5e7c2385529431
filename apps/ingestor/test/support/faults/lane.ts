// In the test: one database, one data folder, and the ingestor on them; brings it to rest, and lets time go by.
import { mkdir, readdir, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPool, type Pool } from '@cei-inoe/shared/database';
import { createDatabase, makeTempDir } from '@cei-inoe/shared/testing';
import { type Bundle, type FaultyProcess, startFaulty } from './faulty-process.ts';

export const FOLDERS = ['incoming', 'processed', 'rejected', 'spool', 'archive'] as const;

export interface Lane {
  readonly dir: string;
  readonly pool: Pool;
  readonly env: Readonly<Record<string, string>>;
  query<T extends object>(sql: string, values?: unknown[]): Promise<T[]>;
  addSource(externalId: string): Promise<number>;
  /** Puts a file into incoming/ whole, as careful programs do. */
  drop(name: string, content: string | Buffer, folder?: string, modified?: Date): Promise<void>;
  /** A process that has loaded everything and waits to be told what to do. */
  prepareProcess(env?: Readonly<Record<string, string>>): FaultyProcess;
  /** Waits until nothing is left to be done. @throws Error that says what is */
  awaitRest(service: FaultyProcess, options?: RestOptions): Promise<void>;
  /** Lets hours go by for what a process that was killed left behind. */
  ageLeftovers(): Promise<void>;
  /** Lets hours go by for the claims of one process that is dead. */
  ageClaimsOf(pid: number): Promise<void>;
  /** What is left to be done, in words; undefined where nothing is. */
  findWork(): Promise<string | undefined>;
  /** Waits until the sessions of a process that was killed are gone. */
  awaitNoSessions(): Promise<void>;
  close(): Promise<void>;
}

export interface RestOptions {
  /** Whether time may be put forward where something lies about that only time brings on. */
  readonly mayAge?: boolean;
  readonly untilMs?: number;
}

const OPEN_WORK = `
  SELECT
    (SELECT count(*)::int FROM ingest_batch WHERE status IN ('pending', 'processing')) AS waiting,
    (SELECT count(*)::int FROM batch_operation WHERE status IN ('pending', 'processing')) AS operations,
    (SELECT count(*)::int FROM ingest_batch WHERE source_type = 'file' AND context ? 'drop' AND NOT context ? 'delivered') AS undelivered`;

const listDeep = async (dir: string): Promise<string[]> =>
  (await readdir(dir, { recursive: true, withFileTypes: true })).filter((e) => !e.isDirectory()).map((e) => e.name);

/** How long a lane that does not come to rest by itself is given before time is put forward. */
const PATIENCE_MS = 500;
/** Faulty processes give ten signs of life in this time. */
const SILENCE = '1 second';
const AGE_MS = 2 * 60 * 60_000;

export interface LaneOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly mappings?: Readonly<Record<string, string>>;
  /** Another server than that of the run. */
  readonly serverUrl?: string;
  /** An empty folder for DATA_DIR; one of its own where it is not given. */
  readonly dir?: string;
}

export async function openLane(bundle: Bundle, options: LaneOptions = {}): Promise<Lane> {
  const { settings, mappings, serverUrl } = options;
  const database = await createDatabase(serverUrl);
  const folder = await makeTempDir();
  const dir = options.dir ?? folder.path;
  for (const name of FOLDERS) await mkdir(join(dir, name));
  for (const [name, yaml] of Object.entries(mappings ?? {})) {
    await mkdir(join(dir, 'mappings'), { recursive: true });
    await writeFile(join(dir, 'mappings', `${name}.yaml`), yaml);
  }
  const pool = openPool(database.url, { applicationName: 'lane', max: 2 });
  const env = {
    DATABASE_URL: database.url,
    DATA_DIR: dir,
    FILE_STABLE_MS: '0',
    QUEUE_POLL_MS: '15',
    INGEST_WORKERS: '1',
    STALE_SECONDS: '20',
    ...(mappings === undefined ? {} : { MAPPINGS_DIR: join(dir, 'mappings') }),
    ...settings,
  };
  const query = async <T extends object>(sql: string, values: unknown[] = []) =>
    (await pool.query(sql, values)).rows as T[];
  const running = new Set<FaultyProcess>();

  async function age(silence = SILENCE): Promise<void> {
    const old = new Date(Date.now() - AGE_MS);
    const spool = join(dir, 'spool');
    for (const name of await readdir(spool)) await utimes(join(spool, name), old, old).catch(() => undefined);
    for (const table of ['ingest_batch', 'batch_operation']) {
      await query(
        `UPDATE ${table} SET heartbeat_at = clock_timestamp() - interval '2 hours' WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM ${table} WHERE status = 'processing' AND heartbeat_at < clock_timestamp() - $1::interval FOR UPDATE SKIP LOCKED))`,
        [silence],
      );
    }
  }
  async function findWork(): Promise<string | undefined> {
    const incoming = await listDeep(join(dir, 'incoming'));
    const parts = (await listDeep(dir)).filter((name) => name.endsWith('.part'));
    const spool = [...(await listDeep(join(dir, 'spool'))), ...parts];
    const [open] = await query<{ waiting: number; operations: number; undelivered: number }>(OPEN_WORK);
    const { waiting, operations, undelivered } = open!;
    if (incoming.length + spool.length + waiting + operations + undelivered === 0) return undefined;
    return `incoming ${incoming.join(' ')}; spool ${spool.join(' ')}; ${JSON.stringify(open)}`;
  }
  async function awaitRest(
    service: FaultyProcess,
    { mayAge = false, untilMs = 20_000 }: RestOptions = {},
  ): Promise<void> {
    const deadline = Date.now() + untilMs;
    let agedAt = Date.now();
    for (let quiet = 0; ; ) {
      const work = await findWork();
      // Looked at twice, as a file may be moved from a folder that comes later to one that was looked at already.
      quiet = work === undefined ? quiet + 1 : 0;
      if (quiet === 2) return;
      if (!service.isAlive()) throw new Error(`the ingestor ended (${await service.ended}): ${work}\n${service.log()}`);
      if (Date.now() > deadline) throw new Error(`it does not come to rest: ${work}\n${service.log().slice(-3000)}`);
      if (mayAge && Date.now() - agedAt > PATIENCE_MS) {
        await age();
        service.putForward(AGE_MS);
        agedAt = Date.now();
      }
      await sleep(12);
    }
  }
  return {
    dir,
    pool,
    env,
    query,
    ageLeftovers: () => age('0 seconds'),
    async ageClaimsOf(pid) {
      await query(
        "UPDATE ingest_batch SET heartbeat_at = clock_timestamp() - interval '2 hours' WHERE status = 'processing' AND claimed_by LIKE $1",
        [`%:${pid}:%`],
      );
    },
    findWork,
    awaitRest,
    async addSource(externalId) {
      const [row] = await query<{ id: number }>(
        "INSERT INTO datasource (external_id, source_category, data_type, timezone) VALUES ($1, 'file', 'energy', 'UTC') RETURNING id",
        [externalId],
      );
      return row!.id;
    },
    async drop(name, content, below = '', modified = new Date()) {
      await mkdir(join(dir, 'incoming', below), { recursive: true });
      const beside = join(dir, `.${name}`);
      await writeFile(beside, content);
      await utimes(beside, modified, modified);
      await rename(beside, join(dir, 'incoming', below, name));
    },
    prepareProcess(more = {}) {
      const service = startFaulty(bundle, { ...env, ...more });
      running.add(service);
      void service.ended.then(() => running.delete(service));
      return service;
    },
    async awaitNoSessions() {
      for (const deadline = Date.now() + 5_000; ; await sleep(10)) {
        const left = await query<{ state: string; query: string }>(
          "SELECT state, query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'cei-ingestor'",
        );
        if (left.length === 0) return;
        if (Date.now() > deadline) throw new Error(`sessions of a dead process: ${JSON.stringify(left)}`);
      }
    },
    async close() {
      await Promise.all([...running].map((each) => each.kill()));
      await pool.end();
      await database.drop();
      await folder.remove();
    },
  };
}

/** Every file under the folders of users and of the spool, with its place. */
export async function listPlaces(dir: string, folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    for (const name of await readdir(join(dir, folder), { recursive: true })) {
      const path = join(dir, folder, name);
      if ((await stat(path)).isFile()) found.push(path);
    }
  }
  return found;
}
