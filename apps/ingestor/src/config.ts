// The settings of the ingestor, read once from the environment.
import { resolve } from 'node:path';
import { BASE_SETTINGS, readConfig, setting } from '@cei-inoe/shared/config';
import { openZone } from '@cei-inoe/shared/zone';
import { z } from 'zod';

function isZoneName(name: string): boolean {
  try {
    openZone(name);
    return true;
  } catch {
    return false;
  }
}

const count = (initial: number, max: number) => setting(z.coerce.number().int().min(1).max(max).default(initial));

const days = setting(z.coerce.number().int().min(1).max(36_500).optional());

const SETTINGS = {
  ...BASE_SETTINGS,
  MAPPINGS_DIR: setting(
    z
      .string()
      .transform((path) => resolve(path))
      .optional(),
  ),
  NEW_DATASOURCES: setting(z.enum(['refuse', 'create']).default('refuse')),
  DEFAULT_TIMEZONE: setting(z.string().refine(isZoneName, 'must be an IANA name such as Asia/Nicosia').optional()),
  INGEST_WORKERS: count(2, 64),
  FILE_STABLE_MS: setting(z.coerce.number().int().min(0).max(3_600_000).default(2_000)),
  MAX_FILE_BYTES: count(2 * 1024 ** 3, 1024 ** 4),
  /** Refused records of a batch that are stored in the database; the rejects file has all. */
  KEEP_REJECTIONS: count(10_000, 10_000_000),
  /** Earlier versions of readings and original files go after so many days; unset, they are kept for ever (docs/retention.md). */
  KEEP_HISTORY_DAYS: days,
  KEEP_ARCHIVE_DAYS: days,
  /** How often an idle worker looks for pending batches. */
  QUEUE_POLL_MS: count(500, 60_000),
  /** Where `watch` serves /metrics; without a port it does not. */
  METRICS_PORT: setting(z.coerce.number().int().min(0).max(65_535).optional()),
  METRICS_HOST: setting(z.string().default('127.0.0.1')),
  /** A worker that gave no sign of life for so long is dead, and its batch is taken over. Well above the heartbeat of 5 s. */
  STALE_SECONDS: setting(z.coerce.number().int().min(20).max(86_400).default(60)),
} as const;

export type IngestorConfig = ReturnType<typeof readIngestorConfig>;

/** @throws Fault config_invalid that names every variable at fault */
export const readIngestorConfig = (env: NodeJS.ProcessEnv) => readConfig(SETTINGS, env);
