// The settings of backup and restore, read from the environment.
import { resolve } from 'node:path';
import { BASE_SETTINGS, readConfig, setting } from '@cei-inoe/shared/config';
import { z } from 'zod';

const SETTINGS = {
  ...BASE_SETTINGS,
  MAPPINGS_DIR: setting(
    z
      .string()
      .transform((path) => resolve(path))
      .optional(),
  ),
};

/** @throws Fault config_invalid */
export const readBackupConfig = (env: NodeJS.ProcessEnv) => readConfig(SETTINGS, env);

/** A path as the user means it: pnpm runs scripts in the folder of the package, and says where the user stands. */
export const resolvePath = (path: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), path);
