// What the load tests work with: a database of their own, a data folder, sources, and a way to load text as a file.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openArchive } from '@cei-inoe/shared/archive';
import type { LoadOptions } from '@cei-inoe/shared/batches';
import { makeLog } from '@cei-inoe/shared/log';
import { createDatabase, makeTempDir } from '@cei-inoe/shared/testing';
import type { Surroundings } from '../../src/compose/settings.ts';
import { listMappings } from '../../src/mapping/list-mappings.ts';
import { readMapping } from '../../src/mapping/read-mapping.ts';
import type { Mapping } from '../../src/model/mapping.ts';
import { registerFile } from '../../src/queue/register-file.ts';
import { type Outcome, runClaimed } from '../../src/queue/run-claimed.ts';

export interface LoadResult {
  readonly batchId: string;
  readonly outcome: Outcome;
}

export interface TrialOptions extends LoadOptions {
  readonly dryRun?: boolean;
  /** The subfolder that the file was dropped in. */
  readonly folder?: string;
  /** YAML of mappings beside the built-in ones, by name. */
  readonly mappings?: Readonly<Record<string, string>>;
}

export async function openTrial() {
  const database = await createDatabase();
  const folder = await makeTempDir();
  for (const name of ['incoming', 'processed', 'rejected']) await mkdir(join(folder.path, name), { recursive: true });
  const { mappings: builtIn } = await listMappings(undefined);
  let extra: Mapping[] = [];
  const around: Surroundings = {
    pool: database.pool,
    archive: await openArchive(folder.path),
    log: makeLog('test', 'silent'),
    dataDir: folder.path,
    listMappings: async () => [...builtIn, ...extra],
    newDatasources: 'refuse',
    defaultTimezone: undefined,
    keepRejections: 10_000,
  };
  let files = 0;
  const useMappings = (mappings: Readonly<Record<string, string>>): void => {
    extra = Object.entries(mappings).map(([key, yaml]) => readMapping(key, yaml, 'user'));
  };
  return {
    around,
    /** From now on these stand beside the built-in ones. */
    useMappings,
    dir: folder.path,
    pool: database.pool,
    url: database.url,
    async addSource(
      externalId: string,
      timezone: string | null = 'Asia/Nicosia',
      dataType = 'energy',
    ): Promise<number> {
      const { rows } = await database.pool.query<{ id: number }>(
        `INSERT INTO datasource (external_id, source_category, data_type, timezone) VALUES ($1, 'file', $2, $3) RETURNING id`,
        [externalId, dataType, timezone],
      );
      return rows[0]!.id;
    },
    /** Loads `content` as a file called `name`, as `pnpm ingest` does. */
    async load(
      name: string,
      content: string | Buffer,
      options: TrialOptions = {},
      surroundings: Surroundings = around,
    ): Promise<LoadResult> {
      const { dryRun, mappings, folder: subfolder, ...rest } = options;
      useMappings(mappings ?? {});
      const path = join(folder.path, `file-${++files}`);
      await writeFile(path, content);
      const batch = await registerFile(
        database.pool,
        around.archive,
        {
          path,
          name,
          sourceType: 'file',
          context: { options: rest, ...(subfolder === undefined ? {} : { drop: { name, folder: subfolder } }) },
          dryRun: dryRun === true,
          datasourceId: null,
          maxBytes: 1e9,
          submittedBy: null,
        },
        'test',
      );
      return { batchId: batch.batchId, outcome: await runClaimed(surroundings, batch) };
    },
    async query<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
      return (await database.pool.query(sql, values)).rows as T[];
    },
    async batch(batchId: string): Promise<Record<string, unknown>> {
      return (await database.pool.query('SELECT * FROM ingest_batch WHERE batch_id = $1', [batchId])).rows[0] as Record<
        string,
        unknown
      >;
    },
    async close(): Promise<void> {
      await folder.remove();
      await database.drop();
    },
  };
}

export type Trial = Awaited<ReturnType<typeof openTrial>>;

/** read, inserted, updated, unchanged, skipped, rejected of an outcome; the failure's code where there is none. */
export function account({ outcome }: LoadResult): string {
  if (outcome.kind === 'duplicate') return 'duplicate';
  if (outcome.kind !== 'loaded') return outcome.fault.code;
  const { read, inserted, updated, unchanged, skipped, rejected } = outcome.loaded.counts;
  return `${read} = ${inserted}+${updated}~ ${unchanged}= ${skipped}- ${rejected}!`;
}
