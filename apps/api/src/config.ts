// The settings of the API, read once from the environment. Opens nothing.
import { resolve } from 'node:path';
import { BASE_SETTINGS, readConfig, setting } from '@cei-inoe/shared/config';
import { Fault } from '@cei-inoe/shared/errors';
import { z } from 'zod';
import { isLoopback } from './plugins/loopback.ts';

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
  /** What the ingestor does with a datasource that nobody knows: an upload that names one is refused, or left to it. */
  NEW_DATASOURCES: setting(z.enum(['refuse', 'create']).default('refuse')),
  POOL_SIZE: setting(z.coerce.number().int().min(2).max(500).default(10)),
} as const;

export type ApiConfig = Readonly<ReturnType<typeof readConfig<typeof API_SETTINGS>>> & {
  /** Only requests that name this machine in `Host` are served. */
  readonly loopbackOnly: boolean;
};

/** @throws Fault config_invalid that names every variable at fault */
export function readApiConfig(env: NodeJS.ProcessEnv): ApiConfig {
  const config = readConfig(API_SETTINGS, env);
  checkUrl(config.DATABASE_URL);
  checkAccess(config.HOST, config.AUTH);
  // Without keys, a web page that gets its name resolved to this address must not reach it, on any address it listens on.
  return Object.freeze({ ...config, loopbackOnly: true });
}

function checkUrl(url: string | undefined): void {
  if (url === undefined || URL.canParse(url)) return;
  const message = 'cannot be read as a URL; a / or @ or # in the password is written %2F, %40, %23';
  throw new Fault('config_invalid', 'Not valid: DATABASE_URL.', { errors: [{ field: 'DATABASE_URL', message }] });
}

/** Keys are not there yet, so the only honest answer to "on" is not to start: serving without a check would not be it. */
function checkAccess(host: string, auth: 'on' | 'off' | undefined): void {
  if (auth === 'off' || (auth === undefined && isLoopback(host))) return;
  const message =
    auth === 'on'
      ? 'is on, but this version has no API keys yet; say AUTH=off where only people you trust can reach the port'
      : `HOST=${host} is reachable from other machines and this version has no API keys yet; say AUTH=off if that is what you want, or leave HOST at 127.0.0.1`;
  throw new Fault('config_invalid', 'Not valid: AUTH.', { errors: [{ field: 'AUTH', message }] });
}
