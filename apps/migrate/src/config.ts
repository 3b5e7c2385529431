// The settings of `pnpm migrate`, read from the environment.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BASE_SETTINGS, readConfig, setting } from '@cei-inoe/shared/config';
import { z } from 'zod';

const MIGRATIONS = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

const SETTINGS = {
  ...BASE_SETTINGS,
  /** Another folder of migrations; for tests. */
  MIGRATIONS_DIR: setting(
    z
      .string()
      .default(MIGRATIONS)
      .transform((path) => resolve(path)),
  ),
  /** How long to wait for another run to end. */
  MIGRATE_LOCK_WAIT_MS: setting(z.coerce.number().int().min(0).default(60_000)),
};

export type MigrateConfig = ReturnType<typeof readMigrateConfig>;

/** @throws Fault config_invalid */
export const readMigrateConfig = (env: NodeJS.ProcessEnv) => readConfig(SETTINGS, env);
