// The settings of the API, read once from the environment. Opens nothing.
import { resolve } from 'node:path';
import { BASE_SETTINGS, readConfig, setting } from '@cei-inoe/shared/config';
import { Fault } from '@cei-inoe/shared/errors';
import { z } from 'zod';
import { isLoopback } from './plugins/loopback.ts';
import { readAllowList } from './webhooks/addresses.ts';

/** Ten a second, by key: far more than people and loggers need, and too few to guess keys. */
const DEFAULT_RATE_LIMIT = 600;

/** @throws the names that are no origins, as zod tells them */
function readOrigins(text: string, context: z.RefinementCtx): readonly string[] {
  const names = text.split(',').flatMap((name) => name.trim() || []);
  for (const name of names) {
    if (URL.canParse(name) && new URL(name).origin === name) continue;
    context.addIssue({ code: 'custom', message: `"${name}" is no origin; one is written https://farm.example` });
  }
  return names;
}

const API_SETTINGS = {
  ...BASE_SETTINGS,
  PORT: setting(z.coerce.number().int().min(0).max(65_535).default(8000)),
  HOST: setting(z.string().default('127.0.0.1')),
  AUTH: setting(z.enum(['on', 'off']).optional()),
  /** `/ready` waits for this file: whoever starts the service writes it when seeds and samples are in. */
  READY_FILE: setting(
    z
      .string()
      .transform((path) => resolve(path))
      .optional(),
  ),
  MAX_FILE_BYTES: setting(
    z.coerce
      .number()
      .int()
      .min(1)
      .default(2 * 1024 ** 3),
  ),
  /** Names beside those of this machine under which it may be asked, as long as there are no keys: comma-separated. */
  ALLOWED_HOSTS: setting(
    z
      .string()
      .default('')
      .transform((text) =>
        text
          .toLowerCase()
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== ''),
      ),
  ),
  /** Origins of web pages that may call it: comma-separated, such as https://farm.example. */
  CORS_ORIGINS: setting(z.string().default('').transform(readOrigins)),
  /** Requests in a minute, by key or else by address; 0: as many as come. Unset: 600 where keys are asked for. */
  RATE_LIMIT: setting(z.coerce.number().int().min(0).optional()),
  /** What the ingestor does with a datasource that nobody knows: an upload that names one is refused, or left to it. */
  NEW_DATASOURCES: setting(z.enum(['refuse', 'create']).default('refuse')),
  /** Where webhooks may lead beside public addresses by https: host:port and ranges, comma-separated. */
  WEBHOOK_ALLOW: setting(z.string().default('').transform(readAllowList)),
  POOL_SIZE: setting(z.coerce.number().int().min(2).max(500).default(10)),
} as const;

export type ApiConfig = Readonly<ReturnType<typeof readConfig<typeof API_SETTINGS>>> & {
  /** Whether keys are asked for. */
  readonly auth: boolean;
  /** Requests in a minute; 0: as many as come. */
  readonly rateLimit: number;
  /** Only requests that name this machine in `Host` are served. */
  readonly loopbackOnly: boolean;
};

/** @throws Fault config_invalid that names every variable at fault */
export function readApiConfig(env: NodeJS.ProcessEnv): ApiConfig {
  const config = readConfig(API_SETTINGS, env);
  checkUrl(config.DATABASE_URL);
  const auth = config.AUTH === undefined ? !isLoopback(config.HOST) : config.AUTH === 'on';
  // Without keys, a web page that gets its name resolved to this address must not reach it, on any address it listens on.
  const rateLimit = config.RATE_LIMIT ?? (auth ? DEFAULT_RATE_LIMIT : 0);
  return Object.freeze({ ...config, auth, rateLimit, loopbackOnly: !auth });
}

function checkUrl(url: string | undefined): void {
  if (url === undefined || URL.canParse(url)) return;
  const message = 'cannot be read as a URL; a / or @ or # in the password is written %2F, %40, %23';
  throw new Fault('config_invalid', 'Not valid: DATABASE_URL.', { errors: [{ field: 'DATABASE_URL', message }] });
}
