// The settings of `pnpm start`. Everything else in the environment is handed on to the apps, which read their own.
import { BASE_SETTINGS, readConfig, setting } from '@cei-inoe/shared/config';
import { z } from 'zod';

const SETTINGS = {
  ...BASE_SETTINGS,
  PORT: setting(z.coerce.number().int().min(1).max(65_535).default(8000)),
  HOST: setting(z.string().default('127.0.0.1')),
} as const;

export type StartConfig = ReturnType<typeof readStartConfig>;

/** @throws Fault config_invalid that names every variable at fault */
export const readStartConfig = (env: NodeJS.ProcessEnv) => readConfig(SETTINGS, env);
