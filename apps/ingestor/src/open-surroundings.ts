// Opens what every command of the ingestor works with: database, archive, folders, mappings, log.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openArchive } from '@cei-inoe/shared/archive';
import { openPool } from '@cei-inoe/shared/database';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { Fault } from '@cei-inoe/shared/errors';
import { makeLog } from '@cei-inoe/shared/log';
import { awaitDatabase, probeDatabase } from './await-database.ts';
import type { Surroundings } from './compose/settings.ts';
import type { IngestorConfig } from './config.ts';
import { listMappings } from './mapping/list-mappings.ts';
import { hasPolicy, readPolicy } from './retention/policy.ts';

export interface OpenSurroundings extends Surroundings {
  close(): Promise<void>;
}

/** Folders of DATA_DIR that the ingestor writes. */
export const FOLDERS = ['incoming', 'processed', 'rejected', 'spool', 'archive'] as const;

/** `patient`: waits for a database that is not there yet. @throws Fault database_*, schema_missing, folder_unwritable */
export async function openSurroundings(config: IngestorConfig, patient = false): Promise<OpenSurroundings> {
  const log = makeLog('ingestor', config.LOG_LEVEL);
  // A folder that is missing would refuse every file later on: better not to start.
  await listMappings(config.MAPPINGS_DIR);
  await makeFolders(config.DATA_DIR);
  const archive = await openArchive(config.DATA_DIR);
  const database = await openDatabaseUrl(config);
  const pool = openPool(database.url, {
    applicationName: 'cei-ingestor',
    // Beside the workers: the folder, the reaper, a command; and the two of a run of the policy of keeping.
    max: config.INGEST_WORKERS + (hasPolicy(readPolicy(config)) ? 5 : 3),
    connectTimeoutMs: 10_000,
  });
  const close = async () => {
    await pool.end();
    await database.close();
  };
  try {
    await (patient ? awaitDatabase(pool, log) : probeDatabase(pool));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    pool,
    archive,
    log,
    dataDir: config.DATA_DIR,
    newDatasources: config.NEW_DATASOURCES,
    defaultTimezone: config.DEFAULT_TIMEZONE,
    keepRejections: config.KEEP_REJECTIONS,
    listMappings: async (named) => {
      const { mappings, broken } = await listMappings(config.MAPPINGS_DIR);
      const asked = broken.find((each) => each.name === named);
      if (asked !== undefined) throw asked.fault;
      for (const { path, fault } of broken)
        log.warn({ mapping: path, code: fault.code, errors: fault.errors }, fault.message);
      return mappings;
    },
    close,
  };
}

async function makeFolders(dataDir: string): Promise<void> {
  for (const folder of FOLDERS) {
    try {
      await mkdir(join(dataDir, folder), { recursive: true });
    } catch (error) {
      throw new Fault('folder_unwritable', `${join(dataDir, folder)} cannot be made.`, { cause: error });
    }
  }
}
